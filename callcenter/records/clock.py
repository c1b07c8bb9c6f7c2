"""Times as records have them: seconds since 1970, or a date and a time by the PBX's own clock."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any


def moment(value: Any, timezone: tzinfo) -> datetime | None:
    """The moment in UTC; None where it is none. ``timezone`` is of times that do not say theirs."""
    if isinstance(value, str):  # all of a file's, of which there are a million
        return _written(value.strip(), timezone)
    match value:
        case datetime():
            return _utc(value, timezone)
        case bool() | None:
            return None
        case int() | float() | Decimal():
            return _epoch(float(value))
        case _:
            return None


def like(sample: Any, at: datetime, timezone: tzinfo) -> Any:
    """The moment in the form that ``sample`` has, to be compared with values beside it."""
    local = at.astimezone(timezone).replace(tzinfo=None)
    match sample:
        case datetime():
            return at if sample.tzinfo is not None else local
        case int() | float() | Decimal():
            return type(sample)(int(at.timestamp()))
        case str() if _is_number(sample.strip()):
            return str(int(at.timestamp()))
        case _:
            return local.isoformat(" ", "seconds")


WRITTEN_KEPT = 4_096
"""Rows of the same second are beside each other, and there are a million of them."""


@lru_cache(WRITTEN_KEPT)
def _written(text: str, timezone: tzinfo) -> datetime | None:
    if _is_number(text):
        return _epoch(float(text))
    try:
        return _utc(datetime.fromisoformat(text), timezone)
    except (ValueError, OverflowError):
        return None


def _is_number(text: str) -> bool:
    whole, _, fraction = text.partition(".")
    return text.isascii() and whole.isdigit() and (not fraction or fraction.isdigit())


def _epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _utc(at: datetime, timezone: tzinfo) -> datetime:
    return (at if at.tzinfo is not None else at.replace(tzinfo=timezone)).astimezone(UTC)
