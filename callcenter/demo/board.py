"""What is up on the demonstration's PBX, learnt from the events it sends."""

from collections.abc import Iterator, Mapping

from callcenter.demo.casting import Phone
from callcenter.demo.scripts import interface_of

Event = dict[str, str]

CHANNEL_HEADERS = (
    *("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName"),
    *("ConnectedLineNum", "ConnectedLineName", "Language", "AccountCode", "Context"),
    *("Exten", "Priority", "Uniqueid", "Linkedid"),
)
BRIDGE_HEADERS = (
    *("BridgeUniqueid", "BridgeType", "BridgeTechnology", "BridgeCreator", "BridgeName"),
    *("BridgeNumChannels", "BridgeVideoSourceMode"),
)

NOT_IN_USE, IN_USE, RINGING = "1", "2", "6"
"""Device states, as a queue shows its members' (``devicestate.h``)."""

DEVICE_STATES = {NOT_IN_USE: "NOT_INUSE", IN_USE: "INUSE", RINGING: "RINGING"}


class Board:
    """Channels, bridges and waiting callers; every list is told as Asterisk tells it."""

    def __init__(self, queue: str, phones: tuple[Phone, ...]) -> None:
        self._queue = queue
        self._phones = phones
        self._channels: dict[str, Event] = {}
        self._since: dict[str, float] = {}
        self._bridges: dict[str, Event] = {}
        self._bridge_of: dict[str, str] = {}
        self._waiting: dict[str, float] = {}
        self._pauses: dict[str, str] = {}  # reasons, by interface

    @property
    def idle(self) -> list[Phone]:
        """The telephones without a channel, whose agents take no pause."""
        busy = {interface_of(channel["Channel"]) for channel in self._channels.values()}
        busy |= self._pauses.keys()
        return [phone for phone in self._phones if phone.interface not in busy]

    def pause(self, interface: str, reason: str | None) -> Event | None:
        """Let a member pause, or (None) no more; give what is told of it, None if there is none."""
        if interface not in {phone.interface for phone in self._phones}:
            return None
        self._pauses.pop(interface, None)
        if reason is not None:
            self._pauses[interface] = reason
        return {
            "Event": "QueueMemberPause",
            "Queue": self._queue,
            "Interface": interface,
            "StateInterface": interface,
            **self._pause_of(interface),
        }

    def note(self, event: Event) -> None:
        """Learn from one event."""
        kind, uniqueid = event["Event"], event.get("Uniqueid", "")
        if "BridgeUniqueid" in event:
            self._note_bridge(kind, event)
        if kind == "Hangup":
            self._channels.pop(uniqueid, None)
            self._since.pop(uniqueid, None)
            self._bridge_of.pop(uniqueid, None)
            return
        if kind == "Newchannel":
            self._since[uniqueid] = float(event["Timestamp"])
        if kind == "Newchannel" or uniqueid in self._channels:
            self._channels[uniqueid] = {name: event.get(name, "") for name in CHANNEL_HEADERS}
        if kind == "QueueCallerJoin":
            self._waiting[uniqueid] = float(event["Timestamp"])
        elif kind == "QueueCallerLeave":
            self._waiting.pop(uniqueid, None)

    def _note_bridge(self, kind: str, event: Event) -> None:
        bridge = event["BridgeUniqueid"]
        self._bridges[bridge] = {name: event.get(name, "") for name in BRIDGE_HEADERS}
        if kind == "BridgeEnter":
            self._bridge_of[event["Uniqueid"]] = bridge
        elif kind == "BridgeLeave":
            self._bridge_of.pop(event["Uniqueid"], None)
        elif kind == "BridgeDestroy":
            del self._bridges[bridge]

    def channels(self, now: float) -> Iterator[Event]:
        """Give the rows of CoreShowChannels."""
        for uniqueid, channel in self._channels.items():
            yield {
                "Event": "CoreShowChannel",
                **channel,
                "Application": "Queue" if uniqueid == channel["Linkedid"] else "AppQueue",
                "ApplicationData": "",
                "Duration": _clock(now - self._since[uniqueid]),
                "BridgeId": self._bridge_of.get(uniqueid, ""),
            }

    def bridges(self) -> Iterator[Event]:
        """Give the rows of BridgeList."""
        for bridge in self._bridges.values():
            yield {"Event": "BridgeListItem", **bridge}

    def queue(self, now: float) -> Iterator[Event]:
        """Give the rows of QueueStatus: the queue, its members, its waiting callers."""
        calls = str(len(self._waiting))
        yield {"Event": "QueueParams", "Queue": self._queue, "Strategy": "ringall", "Calls": calls}
        states = self._states()
        for phone in self._phones:
            yield {
                "Event": "QueueMember",
                "Queue": self._queue,
                "Name": phone.name,
                "Location": phone.interface,
                "StateInterface": phone.interface,
                "Membership": "static",
                "Penalty": "0",
                "Status": states.get(phone.interface, NOT_IN_USE),
                **self._pause_of(phone.interface),
            }
        for position, (uniqueid, since) in enumerate(self._waiting.items(), start=1):
            channel = self._channels[uniqueid]
            yield {
                "Event": "QueueEntry",
                "Queue": self._queue,
                "Position": str(position),
                "Channel": channel["Channel"],
                "Uniqueid": uniqueid,
                "CallerIDNum": channel["CallerIDNum"],
                "CallerIDName": channel["CallerIDName"],
                "Wait": f"{now - since:.0f}",
                "Priority": "0",
            }

    def devices(self) -> Iterator[Event]:
        """Give the rows of DeviceStateList: the telephones."""
        states = self._states()
        for phone in self._phones:
            state = DEVICE_STATES[states.get(phone.interface, NOT_IN_USE)]
            yield {"Event": "DeviceStateChange", "Device": phone.interface, "State": state}

    def _pause_of(self, interface: str) -> Event:
        is_paused = "1" if interface in self._pauses else "0"
        return {"Paused": is_paused, "PausedReason": self._pauses.get(interface, "")}

    def _states(self) -> Mapping[str, str]:
        return {
            interface_of(channel["Channel"]): (
                RINGING if channel["ChannelStateDesc"] == "Ringing" else IN_USE
            )
            for channel in self._channels.values()
        }


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
