"""Two people who edit the same thing: a form says what it began with, and is told of later changes.

What was typed is never lost: whoever is told sees both, and sends theirs again if it is right.
"""

import hashlib

from callcenter.errors import CallcenterError


class StaleError(CallcenterError):
    """Somebody changed it since the form was shown."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("somebody changed it meanwhile: compare both, and save again")


def version_of(*values: object) -> str:
    """What a form begins with: equal for equal values alone."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def require(begun_with: str, *values: object) -> None:
    """Raise StaleError unless the form began with these values."""
    if begun_with != version_of(*values):
        raise StaleError
