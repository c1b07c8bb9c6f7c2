"""What an agent is told about the tickets they have yet to write.

The first row that is true decides:

========  ======================================================================================
told      when
========  ======================================================================================
blocked   they are left out of a line until the tickets are written
waived    a supervisor let all of them go: calls come, and the tickets are still to be written
spared    they would be left out, but are the last one who can be reached
allowed   so many may wait before calls stop
grace     calls stop at a moment that is yet to come
remind    nothing stops: no line that blocks is concerned, or they still talk
nothing   they owe nothing
========  ======================================================================================

It is derived from the same rules as the decision (``enforcement``), and decides nothing itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.core.enforcement import OFF, Mode, Policy


class Told(StrEnum):
    """What the agent is told."""

    BLOCKED = "blocked"
    WAIVED = "waived"
    SPARED = "spared"
    ALLOWED = "allowed"
    GRACE = "grace"
    REMIND = "remind"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Owed:
    """An answered call whose ticket says nothing yet. ``ended_at`` None: its agent still talks.

    ``is_released``: a supervisor let it go; ``is_escalated``: supervisors were told of it.
    """

    call_id: str
    line: str
    answered_at: datetime
    ended_at: datetime | None
    is_released: bool = False
    is_escalated: bool = False

    @property
    def is_overdue(self) -> bool:
        """Whether a supervisor is to look after it."""
        return self.is_escalated and not self.is_released

    @property
    def since(self) -> datetime:
        """From when its clock runs: the hang-up, and before that the answer."""
        return self.ended_at or self.answered_at


@dataclass(frozen=True, slots=True)
class Notice:
    """``until`` is when calls stop, of GRACE; ``allowed`` is how many may wait, of ALLOWED."""

    told: Told
    until: datetime | None = None
    allowed: int = 0


def notice(
    owed: Sequence[Owed], policies: Mapping[str, Policy], *, is_blocked: bool, now: datetime
) -> Notice:
    """Say what the agent is to be told. ``policies`` is by line."""
    if not owed:
        return Notice(Told.NOTHING)
    if is_blocked:
        return Notice(Told.BLOCKED)
    if all(one.is_released for one in owed):
        return Notice(Told.WAIVED)
    blocking = [
        (one, policy)
        for one in owed
        if not one.is_released
        and (policy := policies.get(one.line, OFF)).mode is Mode.BLOCK
        and (one.ended_at is not None or not policy.from_hangup)
    ]
    if not blocking:
        return Notice(Told.REMIND)
    allowed = min(policy.allowed for _, policy in blocking)
    if len(blocking) <= allowed:
        return Notice(Told.ALLOWED, allowed=allowed)
    return _late(blocking, allowed, now)


def _late(blocking: Sequence[tuple[Owed, Policy]], allowed: int, now: datetime) -> Notice:
    """More than may wait: calls stop once the grace of that many is over."""
    stops = sorted(
        one.since + policy.grace if policy.from_hangup else one.answered_at
        for one, policy in blocking
    )
    until = stops[allowed]
    return Notice(Told.GRACE, until=until) if until > now else Notice(Told.SPARED)
