"""How much a desk lets itself be asked: what can wait leaves room for tickets.

Some desks tell with each answer how many requests of this minute are left, of all that ask them.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.desks.client import Answer
from callcenter.desks.desk import RateLimitedError

SPARED = 0.25
"""The part of a minute's requests that is left to tickets, and to others."""

MINUTE = timedelta(minutes=1)


@dataclass(kw_only=True)
class Spare:
    """``total`` and ``remaining`` are the headers that tell of this minute."""

    total: str
    remaining: str
    _scarce_until: datetime | None = field(default=None, init=False)

    def require_room(self, now: datetime) -> None:
        """For what can wait. Raises RateLimitedError where too little was left."""
        if self._scarce_until is not None and now < self._scarce_until:
            wait_s = min(self._scarce_until - now, MINUTE).total_seconds()
            raise RateLimitedError(
                "few of the requests that may be made within a minute are left: what can wait is "
                "not asked",
                wait_s,
            )

    def note(self, answer: Answer, now: datetime) -> None:
        """Look at what an answer tells; one that says nothing of it changes nothing."""
        total, left = answer.headers.get(self.total, ""), answer.headers.get(self.remaining, "")
        if total.isdecimal() and left.isdecimal():
            is_scarce = int(left) < int(total) * SPARED
            self._scarce_until = now + MINUTE if is_scarce else None
