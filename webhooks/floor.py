"""Telephones, queue members and agents: who could take a call now."""

from typing import Literal

from webhooks.shape import Shape


class Telephone(Shape):
    """What a telephone does, as its PBX has it. That it rings is told by calls."""

    pbx: str
    interface: str
    state: Literal["unreachable", "idle", "in_use"]


class QueueMember(Shape):
    """Whether the PBX lets the member of a line's queue pause, for whatever reason."""

    line: str
    interface: str
    paused: bool
    reason: str | None
