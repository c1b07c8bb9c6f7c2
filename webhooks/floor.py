"""Telephones, queue members and agents: who could take a call now."""

from typing import Literal

from webhooks.shape import Moment, Shape


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


class AgentState(Shape):
    """What an agent does; that a call rings for them is told by the call. ``blocked_on`` are the
    lines that do not ring for them until they have written a ticket that they owe.
    """

    agent: str  # login
    name: str
    state: Literal["available", "on_call", "wrap_up", "paused", "offline"]
    reason: str | None  # of a pause, where one was given
    since: Moment
    blocked_on: list[str]


class OverdueObligation(Shape):
    """A call whose ticket says nothing yet, so late that a supervisor is to look after it."""

    call: str
    line: str
    agent: str | None  # login of who answered; None where nobody has that telephone
    name: str | None
    answered_at: Moment


class Seat(Shape):
    """Whose a telephone is from now on, and whose it was: logins, null for nobody's."""

    interface: str
    agent: str | None
    before: str | None
