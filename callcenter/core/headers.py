"""Reading AMI headers: what Asterisk writes for nothing, its escapes, its clocks."""

import re
import unicodedata
from datetime import UTC, datetime

from callcenter.core.floor import Member
from callcenter.core.pbx import Event

UNKNOWN = "<unknown>"
"""Asterisk's word for a number or name that it does not have."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "v": "\v", "f": "\f"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_EPOCH = re.compile(r"(?:^|-)(\d{9,11})\.\d+$")


def text(value: str) -> str:
    """A value that can be shown and stored: bytes that were no text, and controls, are marked."""
    if value.isprintable():
        return value
    return "".join(one if one.isprintable() else _shown(one) for one in value)


def _shown(one: str) -> str:
    is_space = unicodedata.category(one) == "Zs"  # French typography has several
    return " " if is_space else "\ufffd"


def number(event: Event) -> str:
    """The caller's number as the operator sent it, empty where there is none."""
    found = event.get("CallerIDNum", "")
    return "" if found == UNKNOWN else text(found)


def name(event: Event) -> str:
    """The caller's name, with Asterisk's C escapes undone; empty where there is none."""
    found = event.get("CallerIDName", "")
    if found == UNKNOWN:
        return ""
    return text(_ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), found))


def moment(event: Event, received_at: datetime) -> datetime:
    """When it happened by the PBX's clock (``timestampevents=yes``), else when it was read."""
    stamp = event.get("Timestamp")
    if stamp is None:
        return received_at
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return received_at


def born(uniqueid: str, otherwise: datetime) -> datetime:
    """When a channel was made, to the second: its Uniqueid is ``[systemname-]epoch.counter``.

    ``otherwise`` it was there already, and is what counts where the Uniqueid tells nothing.
    """
    found = _EPOCH.search(uniqueid)
    return min(datetime.fromtimestamp(int(found[1]), UTC), otherwise) if found else otherwise


def seconds(value: str) -> int:
    """A number of whole seconds; 0 where it is none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def telephone(event: Event) -> str:
    """The interface of a queue member; behind a Local channel, the telephone it is watched by.

    Empty where the event names none.
    """
    watched = text(event.get("StateInterface", ""))
    interface = text(event.get("Interface") or event.get("Location") or watched)
    return watched if interface.startswith("Local/") and "/" in watched else interface


def member(event: Event) -> Member:
    """What a queue says of one of its members."""
    name = text(event.get("Interface") or event.get("Location", ""))
    paused = event.get("Paused") == "1"
    reason = text(event.get("PausedReason", "")) if paused else ""
    return Member(name, paused, reason)
