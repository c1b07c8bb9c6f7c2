"""What Asterisk itself says of a call: its queue_log, and every event to a manager of the rig's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from tests.e2e.api import Json
from tests.e2e.site import QUEUES
from tests.rig.ami import Ami, Message
from tests.rig.queue_log import QueueLogLine
from tests.rig.scenarios import Expected

WITHIN = timedelta(seconds=1)
TRUNK = "from-callcenter-trunk"
IN_QUEUE_LOG = {
    "ENTERQUEUE": "queued_at",
    "CONNECT": "answered_at",
    "ABANDON": "ended_at",
}


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario that is over: what was meant, and the Linkedids of its calls in their order."""

    expected: list[Expected]
    linkedids: list[str]
    events: list[Message]
    queue_log: list[QueueLogLine]

    @classmethod
    async def seen(
        cls, expected: list[Expected], ami: Ami, queue_log: Callable[[], list[QueueLogLine]]
    ) -> Self:
        """What was seen until every caller's channel was gone."""
        linkedids = [
            event["Linkedid"] for event in ami.events("Newchannel") if event["Context"] == TRUNK
        ]
        assert len(linkedids) == len(expected)
        for linkedid in linkedids:
            await ami.event("Hangup", Uniqueid=linkedid)
        return cls(expected, linkedids, ami.events(), queue_log())

    def assert_times(self, call: Json) -> None:
        """The API's times of a call are Asterisk's, to the second."""
        measured = self.measured(call["linkedid"])
        for name in ("queued_at", "answered_at", "ended_at"):
            told, true = call[name] and moment(call[name]), measured.get(name)
            assert (told is None) == (true is None), name
            if told and true:
                # The age of a channel that was there first is known in whole seconds.
                true = true if told.microsecond else true.replace(microsecond=0)
                assert abs(told - true) <= WITHIN, f"{name} is {told}, not {true}"
        logged = self._logged(call["linkedid"])
        assert bool(logged) == (call["line"] in QUEUES)
        for name, at in logged.items():
            # queue_log has no fraction of a second.
            assert abs(moment(call[name]).replace(microsecond=0) - at) <= WITHIN, name

    def answered_by(self) -> dict[str, str]:
        """The telephone that was first in a bridge with each caller, by Linkedid."""
        found: dict[str, str] = {}
        for event in self.events:
            if event["Event"] == "BridgeEnter" and event["Uniqueid"] != event["Linkedid"]:
                found.setdefault(event["Linkedid"], event["Channel"].rpartition("-")[0])
        return found

    def measured(self, linkedid: str) -> dict[str, datetime]:
        """By the events: a ring group first asked, together with a person, gone."""
        found: dict[str, datetime] = {}
        for event in self.events:
            of_call = event.get("Linkedid") == linkedid
            match event["Event"]:
                case "QueueCallerJoin" if of_call:
                    found.setdefault("queued_at", _at(event))
                case "DialBegin" if event["DestLinkedid"] == linkedid:
                    found.setdefault("queued_at", _at(event))
                case "HangupRequest" | "Hangup" if event["Uniqueid"] == linkedid:
                    found.setdefault("ended_at", _at(event))  # some channels take long to go
        if met := self._met(linkedid):
            found["answered_at"] = met
        return found

    def _met(self, linkedid: str) -> datetime | None:
        """When a second channel was in the bridge with the caller's: a telephone that picks a call
        up is there first.
        """
        entered: dict[str, list[Message]] = {}
        for event in self.events:
            if event["Event"] == "BridgeEnter":
                entered.setdefault(event["BridgeUniqueid"], []).append(event)
        for events in entered.values():
            if len(events) > 1 and linkedid in {event["Uniqueid"] for event in events[:2]}:
                return _at(events[1])
        return None

    def _logged(self, linkedid: str) -> dict[str, datetime]:
        """By queue_log: nothing where no queue was asked."""
        return {
            IN_QUEUE_LOG[line.event]: datetime.fromtimestamp(line.at_s, UTC)
            for line in self.queue_log
            if line.call == linkedid and line.event in IN_QUEUE_LOG
        }


def moment(text: str) -> datetime:
    """A time of the API's, which has its offset."""
    at = datetime.fromisoformat(text)
    assert at.tzinfo is not None
    return at


def _at(event: Message) -> datetime:
    return datetime.fromtimestamp(float(event["Timestamp"]), UTC)
