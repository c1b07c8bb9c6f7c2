"""Call tracking: what a PBX says in, facts about calls out."""

from collections.abc import Iterable, Mapping

from callcenter.core.call import Call
from callcenter.core.dialling import Dialling
from callcenter.core.events import handle
from callcenter.core.facts import Fact
from callcenter.core.floor import Member
from callcenter.core.line import Line, Lines
from callcenter.core.pbx import Batch, OutOfSight, Snapshot
from callcenter.core.resync import resync
from callcenter.core.state import PbxState
from callcenter.core.supervising import Supervising
from callcenter.core.tracked import TrackedCall


class Tracker:
    """The calls of one PBX. Holds state, does no I/O and reads no clock.

    ``roster`` maps interfaces to agents' logins; set it whenever agents change.
    """

    def __init__(self, pbx: str, lines: Iterable[Line], roster: Mapping[str, str] = {}) -> None:
        self._state = PbxState(pbx, Lines(lines), roster)

    @property
    def pbx(self) -> str:
        """The name of the PBX."""
        return self._state.pbx

    @property
    def lines(self) -> Lines:
        """Its lines."""
        return self._state.lines

    @property
    def roster(self) -> Mapping[str, str]:
        """Logins by interface, as they are now."""
        return self._state.roster

    @roster.setter
    def roster(self, roster: Mapping[str, str]) -> None:
        if self._state.roster == roster:
            return
        self._state.roster = roster
        self._state.look_at_telephones()

    @property
    def in_sight(self) -> bool:
        """Whether what the PBX says is being heard, by the last item that was applied."""
        return self._state.in_sight

    @property
    def queue_members(self) -> Mapping[tuple[str, str], Member]:
        """Every member of a line's queue, by line and telephone."""
        return self._state.queue_members

    @property
    def dialling(self) -> Dialling:
        """The calls that we make on it."""
        return self._state.dialling

    @property
    def supervising(self) -> Supervising:
        """Who listens to a call on it."""
        return self._state.supervising

    def talking_channel(self, linkedid: str, interface: str) -> str | None:
        """The Uniqueid of the channel by which this telephone talks in the call with this Linkedid;
        None where it does no more, or was not seen to begin.
        """
        call = self._state.calls.get(linkedid)
        talking = [
            leg.channel
            for leg in (call.legs if call is not None else ())
            if leg.is_talking and leg.interface == interface
        ]
        return next((one for one in talking if one in self._state.topology.channels), None)

    def supervisions_over(self) -> list[str]:
        """The ids of supervisions whose call is over, though they go on."""
        if not self.in_sight:
            return []
        going_on = self._state.supervising.going_on.values()
        return [one.id for one in going_on if not self.is_open(one.linkedid)]

    def is_open(self, linkedid: str) -> bool:
        """Whether a call with this Linkedid goes on, known or not: its caller's channel is up."""
        return linkedid in self._state.calls or linkedid in self._state.topology.channels

    def linkedid_of(self, channel_id: str) -> str:
        """What queue_log tells a call by is the channel that waited, which may have stood for the
        caller: the Linkedid of that call, as far as it was seen; else the channel's own id.
        """
        return self._state.linkedid_of(channel_id)

    def telephone_of(self, member: str) -> str:
        """The telephone of a queue's member, whom queue_log may have by name; else the same."""
        return self._state.members.get(member, member)

    def settled(self, linkedid: str) -> None:
        """A call was made whole from elsewhere: its events would come too late."""
        self._state.remember_ended(linkedid)

    def restore(self, records: Iterable[Call]) -> None:
        """Take up calls that were open when the service stopped; the next snapshot settles them."""
        for record in records:
            line = self.lines.by_name.get(record.line) or Line(record.line, frozenset())
            self._state.adopt(TrackedCall.of(record, line))

    def apply(self, item: Batch | Snapshot | OutOfSight) -> list[Fact]:
        """Take in what the PBX said; give the facts that follow, in order."""
        match item:
            case Batch():
                for event in item.events:
                    handle(self._state, event, item.received_at)
            case Snapshot():
                resync(self._state, item)
            case OutOfSight():
                self._state.lose_sight(item.since, item.reason)
        return self._state.take_facts()
