"""The supervisions of one PBX while they last: what its events and snapshots say of them.

Each is known by the id that it was originated with. Its channel is never a caller's, and no
telephone of a call, whatever context or extension it has: ``is_ours`` is asked before either.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from callcenter.core.pbx import Event, Snapshot
from callcenter.core.supervision import Supervision, SupervisionResult, SupervisionState
from callcenter.core.topology import Topology

BUSY_CAUSE: Final = "17"
"""User busy (Q.850): HangupRequest has it, and OriginateResponse behind it has no reason at all."""

APPLICATION: Final = "ChanSpy"
"""Whoever is in it hears a call and is none, also where it was not us who asked."""

ORDER: Final = tuple(SupervisionState)


@dataclass(slots=True, eq=False)
class Supervised:
    """One that goes on. ``linkedid`` is the call's, ``channel`` the Uniqueid of the agent's; None
    after a restart, or before it is asked for.

    ``is_doubted``: the next snapshot without it ends it.
    """

    id: str
    linkedid: str
    channel: str | None = None
    state: SupervisionState = SupervisionState.SENT
    began_at: datetime | None = None
    is_cancelled: bool = False
    is_hanging: bool = False
    is_busy: bool = False
    is_doubted: bool = False

    def record(self) -> Supervision:
        """What is known of it now."""
        return Supervision(self.id, self.state, began_at=self.began_at)

    def ended(self, at: datetime, result: SupervisionResult) -> Supervision:
        """The same once it is over."""
        return Supervision(self.id, SupervisionState.ENDED, result, self.began_at, at)

    def result(self, topology: Topology) -> SupervisionResult:
        """What an end now is."""
        if self.began_at is not None:
            return SupervisionResult.DONE
        if self.is_cancelled:
            return SupervisionResult.CANCELLED
        if self.state is SupervisionState.SENT:
            return SupervisionResult.TELEPHONE
        if self.state is SupervisionState.PICK_UP:
            return SupervisionResult.BUSY if self.is_busy else SupervisionResult.NO_ANSWER
        if self.channel not in topology.channels:
            return SupervisionResult.CALL_OVER
        return SupervisionResult.CANCELLED if self.is_hanging else SupervisionResult.NO_CHANSPY


@dataclass(slots=True, eq=False)
class Supervising:
    """Every one that goes on, by id, and what has changed about them."""

    going_on: dict[str, Supervised] = field(default_factory=dict)
    _news: list[tuple[datetime, Supervision]] = field(default_factory=list)

    def take_news(self) -> list[tuple[datetime, Supervision]]:
        """What changed since this was asked last, in order."""
        news, self._news = self._news, []
        return news

    def expect(self, id_: str, linkedid: str, channel: str) -> None:
        """The PBX is about to be told."""
        self.going_on.setdefault(id_, Supervised(id_, linkedid, channel))

    def restore(self, record: Supervision, linkedid: str) -> None:
        """This went on when the service stopped; the next snapshot settles it."""
        self.going_on[record.id] = Supervised(
            record.id, linkedid, state=record.state, began_at=record.began_at, is_doubted=True
        )

    def cancel(self, id_: str) -> None:
        """The supervisor wants it no more: whatever ends it now, it was that."""
        if id_ in self.going_on:
            self.going_on[id_].is_cancelled = True

    def forget(self, id_: str) -> None:
        """The PBX did not take it."""
        self.going_on.pop(id_, None)

    def lose_sight(self) -> None:
        """Nothing is seen from here on."""
        for one in self.going_on.values():
            one.is_doubted = True

    def is_ours(self, event: Event) -> bool:
        """Whether the channel of this event, or row of a snapshot, is a supervisor's."""
        return event.get("Uniqueid") in self.going_on or event.get("Application") == APPLICATION

    def hear(self, topology: Topology, event: Event, at: datetime) -> None:
        """Take in an event that the topology has already."""
        one = self.going_on.get(event.get("Uniqueid", ""))
        called = self.going_on.get(event.get("DestUniqueid", ""))
        spying = self.going_on.get(event.get("SpyerUniqueid", ""))
        match event.get("Event"), event.get("DialStatus") or event.get("Response"):
            case "ChanSpyStart", _ if spying:
                self._begins(spying, event.get("SpyeeUniqueid"), at)
            case "Newchannel", _ if one:
                self._step(one, SupervisionState.PICK_UP, at)
            case "DialEnd", "ANSWER" if called:
                self._step(called, SupervisionState.PICKED_UP, at)
            case "OriginateResponse", "Success" if one:
                self._step(one, SupervisionState.PICKED_UP, at)
            case "HangupRequest", _ if one:
                one.is_hanging, one.is_busy = True, event.get("Cause") == BUSY_CAUSE
            case (("OriginateResponse" | "Hangup"), _) if one:
                self._over(one.ended(at, one.result(topology)), at)

    def settle(self, topology: Topology, snapshot: Snapshot) -> None:
        """Bring all in line with a snapshot, which the topology is of."""
        at = snapshot.taken_at
        rows = {row["Uniqueid"]: row for row in snapshot.channels}
        for one in list(self.going_on.values()):
            row = rows.get(one.id)
            if row is None:
                self._missing(one, at)
                continue
            one.is_doubted = False
            self._step(one, SupervisionState.PICK_UP, at)
            if row.get("ChannelStateDesc") == "Up":
                self._step(one, SupervisionState.PICKED_UP, at)
            channel = (row.get("ApplicationData") or "").partition(",")[0]
            if row.get("Application") == APPLICATION and channel in topology.channels:
                self._begins(one, channel, at)

    def _missing(self, one: Supervised, at: datetime) -> None:
        """Its end may be among the events behind this snapshot, but not behind the next one."""
        if not one.is_doubted:
            one.is_doubted = True
            return
        result = SupervisionResult.DONE if one.began_at else SupervisionResult.UNKNOWN
        self._over(one.ended(at, SupervisionResult.CANCELLED if one.is_cancelled else result), at)

    def _begins(self, one: Supervised, channel: str | None, at: datetime) -> None:
        one.channel = channel
        if one.began_at is None:
            one.began_at = at
            self._step(one, SupervisionState.LISTENING, at)

    def _step(self, one: Supervised, state: SupervisionState, at: datetime) -> None:
        if ORDER.index(state) > ORDER.index(one.state):
            one.state, one.is_doubted = state, False
            self._news.append((at, one.record()))

    def _over(self, over: Supervision, at: datetime) -> None:
        self.going_on.pop(over.id, None)
        self._news.append((at, over))
