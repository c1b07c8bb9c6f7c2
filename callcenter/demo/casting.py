"""Give the parts of a recorded call to today's people, and its channels new names and ids."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random

from callcenter.demo.scripts import Beat, Script, interface_of

UNKNOWN = "<unknown>"
"""What Asterisk says for a number or a name it does not have."""

CHANNEL = re.compile(r"(?P<interface>PJSIP/[\w.-]+)-(?P<instance>[0-9a-f]{8})")
LOCAL = re.compile(
    r"Local/(?P<number>\w+)@(?P<context>[\w-]+)-(?P<instance>[0-9a-f]{8});(?P<half>[12])"
)
UNIQUEID = re.compile(r"\d{10}\.\d+")
BRIDGE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

ESCAPES = str.maketrans({each: f"\\{each}" for each in "\\'\"?"})
"""Asterisk writes names as C strings."""


@dataclass(frozen=True, slots=True)
class Phone:
    """An agent's telephone, as the queue knows it."""

    interface: str  # PJSIP/101
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer's number as the operator sends it, empty where he hides it; and the name."""

    number: str
    name: str = ""


@dataclass(slots=True)
class Numbering:
    """Channels and ids that no other call has."""

    random: Random
    channels: "count[int]" = field(default_factory=count)
    uniqueids: "count[int]" = field(default_factory=count)


class Casting:
    """One call about to be played: who plays whom is decided, and every name is new."""

    def __init__(
        self,
        script: Script,
        caller: Caller,
        phones: Mapping[str, Phone],
        *,
        queue: str,
        extension: str,
        started_at: float,
        numbering: Numbering,
    ) -> None:
        """``phones`` gives recorded interfaces to telephones; those without one do not appear."""
        cast = script.cast
        self._phones = phones
        self._started_at = started_at
        self._numbering = numbering
        self._absent = {*cast.leads, *cast.extras} - set(phones)
        self._ids: dict[str, str] = {}
        self._exact = {
            cast.number: caller.number or UNKNOWN,
            cast.name: caller.name.translate(ESCAPES) or UNKNOWN,
            cast.extension: extension,
            cast.queue: queue,
        }
        for recorded, phone in phones.items():
            self._exact[recorded] = phone.interface
            self._exact[_number(recorded)] = _number(phone.interface)

    def plays(self, beat: Beat) -> bool:
        """Tell whether everybody in this event is there."""
        channels = (beat.get("Channel"), beat.get("DestChannel"))
        return not any(interface_of(channel) in self._absent for channel in channels)

    def rewrite(self, beat: Beat, at: float) -> dict[str, str]:
        """Give the event of this call, as of a moment in seconds since 1970."""
        return {
            name: f"{at:.6f}" if name == "Timestamp" else self._value(name, value)
            for name, value in beat.headers
        }

    def _value(self, header: str, value: str) -> str:
        if header == "MemberName" and value in self._phones:
            return self._phones[value].name
        return self._exact.get(value) or self._renamed(value)

    def _renamed(self, value: str) -> str:
        """Give the new name of a channel or a bridge; what is neither stays."""
        if UNIQUEID.fullmatch(value):
            return self._new(value, self._uniqueid)
        if BRIDGE.fullmatch(value):
            return self._new(value, self._bridge)
        if channel := CHANNEL.fullmatch(value):
            recorded = channel["interface"]
            interface = self._exact.get(recorded, recorded)
            return f"{interface}-{self._new(value, self._instance)}"
        if local := LOCAL.fullmatch(value):
            number = self._exact.get(local["number"], local["number"])
            instance = self._new(local["instance"], self._instance)
            return f"Local/{number}@{local['context']}-{instance};{local['half']}"
        return value

    def _new(self, old: str, make: Callable[[], str]) -> str:
        if old not in self._ids:
            self._ids[old] = make()
        return self._ids[old]

    def _uniqueid(self) -> str:
        return f"{self._started_at:.0f}.{next(self._numbering.uniqueids)}"

    def _instance(self) -> str:
        return f"{next(self._numbering.channels):08x}"

    def _bridge(self) -> str:
        return str(uuid.UUID(int=self._numbering.random.getrandbits(128), version=4))


def _number(interface: str) -> str:
    """Give the number of an interface: ``101`` of ``PJSIP/101``."""
    return interface.partition("/")[2]
