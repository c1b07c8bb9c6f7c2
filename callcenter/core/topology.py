"""Who is connected with whom: channels, bridges and Local pairs of one PBX.

Neither AgentConnect nor DialEnd proves that two people talk; being in one bridge does. A Local
channel is a pair of halves, ``;1`` and ``;2``, that pass sound on to each other, so two people can
be connected through several bridges.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

HOLDING_TECHNOLOGY = "holding_bridge"
"""Channels in such a bridge (parked, waiting with music) do not hear each other."""


@dataclass(slots=True, eq=False)
class Channel:
    """A channel that is up. ``hanging_since``: when its own side asked to hang up, if it did."""

    id: str
    name: str
    linkedid: str
    bridge: str | None = None
    hanging_since: datetime | None = None
    member: str | None = None  # the queue member's interface that this channel was called for

    @property
    def hanging(self) -> bool:
        """Whether its own side asked to hang up."""
        return self.hanging_since is not None

    @property
    def is_local(self) -> bool:
        """Whether this is half of a Local pair, behind which somebody else is."""
        return self.name.startswith("Local/")

    @property
    def interface(self) -> str:
        """``PJSIP/101`` of ``PJSIP/101-0000000f``: the telephone without this call's suffix."""
        return self.name.rpartition("-")[0] or self.name


@dataclass(slots=True, eq=False)
class Bridge:
    """A bridge and the ids of the channels in it, in the order of their coming."""

    holding: bool = False
    channels: dict[str, None] = field(default_factory=dict)


class Topology:
    """All channels and bridges of a PBX, kept up to date by events in any order."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self._local_ids: dict[str, str] = {}  # name of a Local half -> channel id

    def add(self, id_: str, name: str, linkedid: str) -> Channel:
        """The channel with this id, made if it is new, renamed if its name changed."""
        channel = self.channels.get(id_)
        if channel is None:
            channel = self.channels[id_] = Channel(id_, name, linkedid)
        else:
            self._forget_name(channel)
            channel.name, channel.linkedid = name, linkedid
        if channel.is_local:
            self._local_ids[name] = id_
        return channel

    def remove(self, id_: str) -> Channel | None:
        """Forget a channel that hung up."""
        channel = self.channels.pop(id_, None)
        if channel is not None:
            self._forget_name(channel)
            self._unbridge(channel)
        return channel

    def _forget_name(self, channel: Channel) -> None:
        if self._local_ids.get(channel.name) == channel.id:  # another may have this name by now
            del self._local_ids[channel.name]

    def enter(self, channel: Channel, bridge_id: str, *, holding: bool) -> None:
        """Put a channel into a bridge, out of any other."""
        if channel.bridge != bridge_id:
            self._unbridge(channel)
        bridge = self.bridges.setdefault(bridge_id, Bridge())
        bridge.holding = holding
        bridge.channels[channel.id] = None
        channel.bridge = bridge_id

    def leave(self, channel: Channel, bridge_id: str) -> None:
        """Take a channel out of a bridge, if that is where it is."""
        if channel.bridge == bridge_id:
            self._unbridge(channel)

    def destroy(self, bridge_id: str) -> None:
        """Forget a bridge; whoever was left in it is in none."""
        bridge = self.bridges.pop(bridge_id, None)
        for id_ in bridge.channels if bridge else ():
            self.channels[id_].bridge = None

    def _unbridge(self, channel: Channel) -> None:
        if channel.bridge is None:
            return
        bridge = self.bridges[channel.bridge]
        bridge.channels.pop(channel.id, None)
        if not bridge.channels:
            del self.bridges[channel.bridge]
        channel.bridge = None

    def member_behind(self, half: Channel) -> str | None:
        """The queue member that a Local channel was called for, whichever half is asked."""
        other = self.channels.get(self._local_ids.get(_other_half(half.name), ""))
        return half.member or (other.member if other is not None else None)

    def talks(self, id_: str) -> bool:
        """Whether the channel is in a bridge where people hear each other, even if alone in it."""
        channel = self.channels.get(id_)
        bridge = self.bridges.get(channel.bridge or "") if channel is not None else None
        return bridge is not None and not bridge.holding

    def connected(self, start: str) -> dict[str, Channel]:
        """Every channel that hears this one, by id, itself first; empty if it is not up."""
        found: dict[str, Channel] = {}
        waiting = deque([start])
        while waiting:
            channel = self.channels.get(waiting.popleft())
            if channel is None or channel.id in found:
                continue
            found[channel.id] = channel
            waiting.extend(self._neighbours(channel))
        return found

    def _neighbours(self, channel: Channel) -> Iterator[str]:
        bridge = self.bridges.get(channel.bridge) if channel.bridge else None
        if bridge is not None and not bridge.holding:
            yield from bridge.channels
        if channel.is_local:
            half = self._local_ids.get(_other_half(channel.name))
            if half is not None:
                yield half


def _other_half(local_name: str) -> str:
    name, half = local_name[:-1], local_name[-1]
    return name + ("2" if half == "1" else "1")
