"""How often a report is sent, and which days it is about: always days that are over."""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple


class Cadence(StrEnum):
    """How often."""

    DAILY = "daily"
    WEEKLY = "weekly"  # on Monday
    MONTHLY = "monthly"  # on the first


class Days(NamedTuple):
    """From ``first`` to ``last``, both in it."""

    first: date
    last: date


def last_days(cadence: Cadence, today: date) -> Days:
    """The last day, week or month that is over today."""
    yesterday = today - timedelta(days=1)
    match cadence:
        case Cadence.DAILY:
            return Days(yesterday, yesterday)
        case Cadence.WEEKLY:
            monday = today - timedelta(days=today.weekday())
            return Days(monday - timedelta(days=7), monday - timedelta(days=1))
        case Cadence.MONTHLY:
            last = today.replace(day=1) - timedelta(days=1)
            return Days(last.replace(day=1), last)
