"""Who took part in a call, and for how long: what time is accounted for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WRAP_UP_MAX = timedelta(minutes=30)
"""Whoever says the next morning what a call was about did not work on it all night."""


@dataclass(frozen=True, slots=True)
class Part:
    """An agent's: from the answer to the end of the talk, or of the wrap-up."""

    agent: str  # the login
    began_at: datetime
    ended_at: datetime


def with_wrap_up(ended_at: datetime, finished_at: datetime) -> datetime:
    """When the part ended of who also wrote the wrap-up."""
    return max(ended_at, min(finished_at, ended_at + WRAP_UP_MAX))
