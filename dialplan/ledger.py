"""The ledger: Asterisk's own note of each answered call, kept in its database until erased.

The subroutine ``sub-answered`` writes it on the telephone's channel at the moment of answer,
before caller and agent are bridged: a note is a candidate, to be confirmed by what else is known.
The first answer of a call is kept; a call transferred into a second ring group has one note. An
agent's own call to a line has none.

=======  ==============================================================================
family   ``callcenter``
key      ``answered/LINKEDID``; DBGetTree sends it as ``/callcenter/answered/LINKEDID``
value    ``v1|EPOCH|LINE|CHANNEL|CALLER``, none of which can hold a ``|``
=======  ==============================================================================
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from dialplan.errors import DialplanError

FAMILY = "callcenter"
BRANCH = "answered"
VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Note:
    """One answered call, as Asterisk noted it."""

    linkedid: str
    answered_at: datetime  # UTC, to the microsecond
    line: str  # the line's name
    channel: str  # the answering telephone's, "PJSIP/101-0000002a", or a Local member's ";1"
    caller: str  # letters, digits and + of the caller's number; may be empty


def parse(key: str, value: str) -> Note:
    """The note in one row of DBGetTree. Raises DialplanError when it is not one of ours."""
    try:
        version, epoch, line, channel, caller = value.split("|")
        if version != VERSION:
            raise ValueError(version)
        answered_at = datetime.fromtimestamp(float(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise DialplanError(
            f"{key}: {value!r} is no note of an answered call; render the dialplan again, and "
            "erase the row once the call is known"
        ) from None
    return Note(linkedid(key), answered_at, line, channel, caller)


def linkedid(key: str) -> str:
    """The Linkedid in a row's key. Raises DialplanError when the row is not a note."""
    prefix = f"/{FAMILY}/{BRANCH}/"
    if not key.startswith(prefix) or key == prefix:
        raise DialplanError(f"{key}: not a row of the ledger; its rows begin with {prefix}")
    return key.removeprefix(prefix)


def database_key(linkedid: str) -> str:
    """The Key that DBDel takes, with Family ``callcenter``."""
    return f"{BRANCH}/{linkedid}"
