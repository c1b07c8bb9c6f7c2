"""Keeping a PBX to what is wanted of it: who must not ring, against whom it would not ring now.

A telephone is kept from a queue by pausing its member, and from a ``Dial`` ring group by a note
that the dialplan reads. Both carry why: an agent's own pause, or a ticket that is to be written.

What another made of a queue's member, at the PBX itself, is the agent's own doing: a pause begins
their own pause, and its end ends it. A pause that is only found, after a time in which nobody
looked, begins one too; that one is gone does not end it, for a PBX forgets pauses when it restarts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from callcenter.core.enforcement import TICKET
from callcenter.core.facts import MemberChanged
from callcenter.core.floor import Member

Place: TypeAlias = tuple[str, str]
"""A line, and a telephone that rings for it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom the PBX is to leave out: ``blocks``, and by telephone the ``pauses`` of the agents' own,
    with their reasons. ``held`` are the telephones that are somebody's.
    """

    blocks: Collection[Place] = frozenset()
    pauses: Mapping[str, str] = field(default_factory=dict)
    held: Collection[str] = frozenset()

    def reason(self, place: Place) -> str | None:
        """Why that telephone must not ring for that line; None: it may."""
        own = self.pauses.get(place[1])
        if own is not None:
            return own
        return TICKET if place in self.blocks else None


@dataclass(frozen=True, slots=True)
class MemberPause:
    """A member of a line's queue is to be paused for this reason, or (None) no more."""

    place: Place
    member: str  # what QueuePause finds it by
    reason: str | None

    def is_done_by(self, member: Member) -> bool:
        """Whether a member is like that."""
        return member.paused == (self.reason is not None) and member.reason == (self.reason or "")


def member_pauses(wanted: Wanted, members: Mapping[Place, Member]) -> list[MemberPause]:
    """What queues have to be told. A pause that is no agent's and not ours is nobody's to end."""
    found = []
    for place, member in sorted(members.items()):
        is_foreign = member.paused and member.reason != TICKET and place[1] not in wanted.held
        pause = MemberPause(place, member.name, wanted.reason(place))
        if not is_foreign and not pause.is_done_by(member):
            found.append(pause)
    return found


def notes(wanted: Wanted, groups: Mapping[str, Collection[str]]) -> dict[Place, str]:
    """The notes that the dialplan is to find about the telephones of ``Dial`` ring groups."""
    places = [(line, interface) for line, group in groups.items() for interface in group]
    reasons = {place: wanted.reason(place) for place in places}
    return {
        place: PAUSE if place[1] in wanted.pauses else TICKET
        for place, reason in reasons.items()
        if reason is not None
    }


PAUSE = "pause"
"""What a note says of an agent's own pause, whatever its reason."""


def begins_own_pause(change: MemberChanged) -> bool:
    """Whether the agent went on a pause at the PBX."""
    return change.paused and change.reason != TICKET and not change.ours


def ends_own_pause(before: Member | None, change: MemberChanged) -> bool:
    """Whether somebody ended the pause at the PBX, before our eyes."""
    was_paused = before is not None and before.paused
    return was_paused and not change.paused and change.seen and not change.ours
