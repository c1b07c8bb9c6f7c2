"""The calls that we make while they last: what a PBX's events and snapshots say of them.

A call is known by the id that it was originated with: that of the agent's channel. What else
happens on the PBX does not concern it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from callcenter.core.outgoing import Outgoing, OutgoingState, Result, Trouble
from callcenter.core.pbx import Event, Snapshot
from callcenter.core.topology import Topology

OF_DIAL: Final[Mapping[str, tuple[Result, Trouble | None]]] = {
    "BUSY": (Result.BUSY, None),
    "NOANSWER": (Result.NO_ANSWER, None),
    "CANCEL": (Result.CANCELLED, None),  # the agent hung up
    "ANSWER": (Result.CANCELLED, None),  # the same, in the very moment
}
"""What DialStatus means where nobody answered; any other is a way out that there is not."""

ORDER: Final = tuple(OutgoingState)


@dataclass(slots=True, eq=False)
class Dialled:
    """A call under way. ``is_doubted``: the next snapshot without it ends it, for nobody knows
    whether it ever began, or went on while nobody watched.
    """

    id: str
    state: OutgoingState = OutgoingState.SENT
    agent_answered_at: datetime | None = None
    answered_at: datetime | None = None
    dial_status: str | None = None
    is_cancelled: bool = False
    is_hanging: bool = False
    is_doubted: bool = False

    def record(self) -> Outgoing:
        """What is known of it now."""
        return Outgoing(
            self.id,
            self.state,
            agent_answered_at=self.agent_answered_at,
            answered_at=self.answered_at,
        )

    def ended(self, at: datetime) -> Outgoing:
        """The same once it is over."""
        result, trouble = self._result()
        return Outgoing(
            self.id,
            OutgoingState.ENDED,
            result,
            trouble,
            self.agent_answered_at,
            self.answered_at,
            at,
        )

    def _result(self) -> tuple[Result, Trouble | None]:
        if self.answered_at is not None:
            return Result.ANSWERED, None
        if self.is_cancelled:
            return Result.CANCELLED, None
        if self.state is OutgoingState.SENT:
            return Result.FAILED, Trouble.TELEPHONE
        if self.agent_answered_at is None:
            return Result.AGENT_NO_ANSWER, None
        if self.dial_status is None and self.is_hanging:
            return Result.CANCELLED, None
        return OF_DIAL.get(self.dial_status or "", (Result.FAILED, Trouble.TRUNK))


@dataclass(slots=True, eq=False)
class Dialling:
    """Every call under way on one PBX, by id, and what has changed about them."""

    calls: dict[str, Dialled] = field(default_factory=dict)
    _news: list[tuple[datetime, Outgoing]] = field(default_factory=list)

    def take_news(self) -> list[tuple[datetime, Outgoing]]:
        """What changed since this was asked last, in order."""
        news, self._news = self._news, []
        return news

    def expect(self, id_: str) -> None:
        """The PBX is about to be told of this call."""
        self.calls.setdefault(id_, Dialled(id_))

    def restore(self, record: Outgoing) -> None:
        """This call went on when the service stopped; the next snapshot settles it."""
        self.calls[record.id] = Dialled(
            record.id,
            record.state,
            record.agent_answered_at,
            record.answered_at,
            is_doubted=True,
        )

    def cancel(self, id_: str) -> None:
        """The agent wants this call no more: whatever ends it now, it was that."""
        if id_ in self.calls:
            self.calls[id_].is_cancelled = True

    def forget(self, id_: str) -> None:
        """The PBX did not take this call."""
        self.calls.pop(id_, None)

    def lose_sight(self) -> None:
        """Nothing is seen from here on."""
        for call in self.calls.values():
            call.is_doubted = True

    def hear(self, topology: Topology, event: Event, at: datetime) -> None:
        """Take in an event that the topology has already."""
        call = self.calls.get(event.get("Uniqueid", ""))
        called = self.calls.get(event.get("DestUniqueid", ""))
        match event.get("Event"), event.get("DialStatus") or event.get("Response"):
            case "BridgeEnter", _:
                for each in list(self.calls.values()):
                    self._connect(each, topology, at)
            case "Newchannel", _ if call:
                self._step(call, OutgoingState.PICK_UP, at)
            case "DialEnd", "ANSWER" if called:
                self._agent_answered(called, at)
            case ("OriginateResponse", "Success") | ("DialBegin", _) if call:
                self._agent_answered(call, at)
            case "DialEnd", status if call:
                call.dial_status = status
            case "HangupRequest", _ if call:
                call.is_hanging = True
            case (("OriginateResponse" | "Hangup"), _) if call:
                self._over(call.ended(at), at)

    def settle(self, topology: Topology, snapshot: Snapshot) -> None:
        """Bring all in line with a snapshot, which the topology is of."""
        at = snapshot.taken_at
        states = {row["Uniqueid"]: row.get("ChannelStateDesc") for row in snapshot.channels}
        for call in list(self.calls.values()):
            if call.id not in states:
                self._missing(call, at)
                continue
            call.is_doubted = False
            self._step(call, OutgoingState.PICK_UP, at)
            if states[call.id] == "Up":
                self._agent_answered(call, at)
            self._connect(call, topology, at)

    def _missing(self, call: Dialled, at: datetime) -> None:
        """Its end may be among the events behind this snapshot, but not behind the next one."""
        if not call.is_doubted:
            call.is_doubted = True
            return
        over = call.ended(at)
        if call.answered_at is None and not call.is_cancelled:
            over = Outgoing(
                call.id,
                OutgoingState.ENDED,
                Result.UNKNOWN,
                agent_answered_at=call.agent_answered_at,
                ended_at=at,
            )
        self._over(over, at)

    def _connect(self, call: Dialled, topology: Topology, at: datetime) -> None:
        """Somebody hears the agent, beyond whatever Local channels: that is the customer."""
        heard = topology.connected(call.id).values()
        if call.answered_at is None and any(
            not one.is_local and one.id != call.id for one in heard
        ):
            self._agent_answered(call, at)
            call.answered_at = at
            self._step(call, OutgoingState.TALKING, at)

    def _agent_answered(self, call: Dialled, at: datetime) -> None:
        if call.agent_answered_at is None:
            call.agent_answered_at = at
            self._step(call, OutgoingState.CALLING, at)

    def _step(self, call: Dialled, state: OutgoingState, at: datetime) -> None:
        if ORDER.index(state) > ORDER.index(call.state):
            call.state, call.is_doubted = state, False
            self._news.append((at, call.record()))

    def _over(self, over: Outgoing, at: datetime) -> None:
        self.calls.pop(over.id, None)
        self._news.append((at, over))
