"""How often somebody may try to sign in.

Kept in this process: the limit is against guessing, and an attacker gains little by as many tries
again at another instance.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

ATTEMPTS = 5
WINDOW = timedelta(minutes=5)
"""So many attempts at one login from one address within the window; success forgets them."""

KEPT = 10_000
"""Pairs of login and address remembered; the one longest without an attempt goes first."""


class SignInLimiter:
    """Counts attempts when they begin, so that many at the same moment count as many."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[tuple[str, str], list[datetime]] = OrderedDict()

    def admit(self, login: str, address: str, now: datetime) -> bool:
        """Whether this attempt may go on; if so, it counts."""
        key = (login, address)
        recent = [at for at in self._attempts.get(key, ()) if now - at < WINDOW]
        admitted = len(recent) < ATTEMPTS
        if admitted:
            recent.append(now)
        self._attempts[key] = recent
        self._attempts.move_to_end(key)
        if len(self._attempts) > KEPT:
            self._attempts.popitem(last=False)
        return admitted

    def forget(self, login: str, address: str) -> None:
        """The attempt succeeded: who signs in often is no attacker."""
        self._attempts.pop((login, address), None)
