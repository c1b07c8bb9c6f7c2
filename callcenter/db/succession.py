"""When a lease may be taken from another: pure, of what was seen of it and a clock of our own.

It may at once when its holder let go of it, and when it ran out by the database's clock. With two
exceptions, because clocks and databases have faults of their own:

- After the database was away, its holder could not renew it any more than we could look. Whoever
  held it has calls in mind that are written nowhere yet, and is given time to come back.
- Where the database's clock was set back, a lease may be good for hours. One that is not renewed
  for twice its time by our own clock has nobody who renews it.
"""

from datetime import datetime

from callcenter.db.leases import Sighting

LONG_AGO = float("-inf")


class Succession:
    """Judges one lease. Times are seconds of one monotonic clock; ``ttl_s`` is the lease's."""

    def __init__(self, *, ttl_s: float) -> None:
        self._ttl_s = ttl_s
        self._last: tuple[int, datetime] | None = None
        self._unchanged_since = LONG_AGO
        self._missed_at = LONG_AGO

    def missed(self, now: float) -> None:
        """It could not be looked at."""
        self._missed_at = now
        self._last = None

    def may_take(self, seen: Sighting | None, now: float) -> bool:
        """Whether the lease, seen like this now, may be taken."""
        if seen is None or seen.is_released:
            return True
        if self._last != (seen.token, seen.expires_at):
            self._last, self._unchanged_since = (seen.token, seen.expires_at), now
        if now - self._unchanged_since >= 2 * self._ttl_s:
            return True
        return seen.is_over and now - self._missed_at >= self._ttl_s
