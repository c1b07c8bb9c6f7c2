"""Durations between two moments, worked out by the database."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, cast, extract, func

DAY_MS = 86_400_000


def between_ms(
    dialect: str, since: ColumnElement[datetime], until: ColumnElement[datetime]
) -> ColumnElement[int]:
    """Whole milliseconds from one to the other; below zero where they are the other way round."""
    if dialect == "sqlite":
        days: ColumnElement[float] = func.julianday(until) - func.julianday(since)
        return cast(func.round(days * DAY_MS), BigInteger)
    return cast(func.round(extract("epoch", until - since) * 1000), BigInteger)
