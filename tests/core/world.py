"""A PBX rebuilt from all that it says: what a snapshot would show after any of its events."""

from collections.abc import Iterable
from datetime import UTC, datetime

from callcenter.core import headers
from callcenter.core.events import HANDLERS
from callcenter.core.pbx import Event, Snapshot

ROW = (
    "Channel",
    "ChannelState",
    "ChannelStateDesc",
    "CallerIDNum",
    "CallerIDName",
    "Context",
    "Exten",
    "Uniqueid",
    "Linkedid",
)
"""Headers of a channel's events that its row in a snapshot has too."""


HEARD = frozenset({*HANDLERS, "Newstate", "Newexten"})
"""Events from which a PBX is rebuilt. Call tracking passes over what it does not know."""


class World:
    """Channels, bridges and waiting callers, by the events so far. Nothing may be kept from it."""

    def __init__(self) -> None:
        self.channels: dict[str, dict[str, str]] = {}
        self.technologies: dict[str, str] = {}
        self.waiting: dict[str, Event] = {}

    def see(self, event: Event) -> None:
        """Let this happen."""
        name, id_ = event.get("Event"), event.get("Uniqueid", "")
        if name == "Hangup":
            self.channels.pop(id_, None)
        elif name == "Newchannel":
            self.channels[id_] = {"BridgeId": "", "Application": "", "ApplicationData": ""}
        elif name == "Rename" and id_ in self.channels:
            self.channels[id_]["Channel"] = event["Newname"]
        if id_ in self.channels and "ChannelStateDesc" in event:
            self._look_at(self.channels[id_], event)
        self._bridge(name, id_, event)
        self._queue(name, id_, event)

    def _look_at(self, channel: dict[str, str], event: Event) -> None:
        for header in ROW:
            channel[header] = event[header]
        if event["Event"] == "Newexten":
            channel["Application"] = event["Application"]
            channel["ApplicationData"] = event["AppData"]

    def _bridge(self, name: str | None, id_: str, event: Event) -> None:
        if name == "BridgeEnter" and id_ in self.channels:
            self.channels[id_]["BridgeId"] = event["BridgeUniqueid"]
            self.technologies[event["BridgeUniqueid"]] = event["BridgeTechnology"]
        elif name == "BridgeLeave" and id_ in self.channels:
            self.channels[id_]["BridgeId"] = ""

    def _queue(self, name: str | None, id_: str, event: Event) -> None:
        if name == "QueueCallerJoin":
            self.waiting[id_] = event
        elif name in {"QueueCallerLeave", "Hangup"}:
            self.waiting.pop(id_, None)

    def snapshot(self, at: datetime) -> Snapshot:
        """What is up, by a clock that shows ``at``."""
        bridges = {row["BridgeId"] for row in self.channels.values()} - {""}
        return Snapshot(
            taken_at=at,
            channels=tuple(dict(row) for row in self.channels.values()),
            bridges=tuple(
                {"BridgeUniqueid": one, "BridgeTechnology": self.technologies[one]}
                for one in sorted(bridges)
            ),
            queue_entries=tuple(
                {"Queue": joined["Queue"], "Uniqueid": id_, "Wait": _wait(joined, at)}
                for id_, joined in self.waiting.items()
            ),
            queue_members=(),
        )


def _wait(joined: Event, at: datetime) -> str:
    return str(max(0, int((at - headers.moment(joined, at)).total_seconds())))


def true_snapshot(seen: Iterable[Event]) -> Snapshot:
    """What is up after these events, by the PBX's own clock."""
    world, at = World(), datetime.fromtimestamp(0, UTC)
    for event in seen:
        world.see(event)
        at = headers.moment(event, at)
    return world.snapshot(at)
