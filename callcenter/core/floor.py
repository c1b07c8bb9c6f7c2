"""The floor as a PBX tells it: whether telephones can be reached, and which queue members pause.

A telephone is heard of by its device state; one that a queue watches otherwise (a Local channel
with a hint) by the state of its member, as often as a snapshot is taken. That a telephone rings is
no change here: the legs of calls tell that.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class TelephoneState(StrEnum):
    """What a telephone could do with a call."""

    UNREACHABLE = "unreachable"  # not registered, unplugged, or unknown to the PBX
    IDLE = "idle"  # it rings, or would
    IN_USE = "in_use"  # somebody talks, dials, holds, or wants no call


DEVICE_STATES: Final[Mapping[str, TelephoneState]] = {
    # What DeviceStateChange says, and the number that QueueMember has for the same
    # (include/asterisk/devicestate.h).
    "UNKNOWN": TelephoneState.IDLE,  # its channel driver cannot tell, and would ring it
    "0": TelephoneState.IDLE,
    "NOT_INUSE": TelephoneState.IDLE,
    "1": TelephoneState.IDLE,
    "INUSE": TelephoneState.IN_USE,
    "2": TelephoneState.IN_USE,
    "BUSY": TelephoneState.IN_USE,
    "3": TelephoneState.IN_USE,
    "INVALID": TelephoneState.UNREACHABLE,
    "4": TelephoneState.UNREACHABLE,
    "UNAVAILABLE": TelephoneState.UNREACHABLE,
    "5": TelephoneState.UNREACHABLE,
    "RINGING": TelephoneState.IDLE,
    "6": TelephoneState.IDLE,
    "RINGINUSE": TelephoneState.IN_USE,
    "7": TelephoneState.IN_USE,
    "ONHOLD": TelephoneState.IN_USE,
    "8": TelephoneState.IN_USE,
}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a line's queue. ``name`` is the interface by which QueuePause finds it."""

    name: str
    paused: bool
    reason: str  # of the pause; empty where none was given


class Telephones:
    """The last state of every device of a PBX, and which of it was told."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[TelephoneState, datetime]] = {}
        self._told: dict[str, TelephoneState] = {}

    def see(self, interface: str, state: TelephoneState, at: datetime) -> bool:
        """Note what a device does; tell whether that is new."""
        if interface in self._seen and self._seen[interface][0] is state:
            return False
        self._seen[interface] = state, at
        return True

    def news(self, interfaces: Collection[str]) -> list[tuple[str, TelephoneState, datetime]]:
        """Those of these telephones whose state was not told yet, which it is now."""
        found = []
        for interface in sorted(interfaces & self._seen.keys()):
            state, at = self._seen[interface]
            if self._told.get(interface) is not state:
                self._told[interface] = state
                found.append((interface, state, at))
        return found
