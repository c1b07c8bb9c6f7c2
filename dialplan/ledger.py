"""The ledger: Asterisk's own note of each answered call, kept in its database until erased.

The subroutine ``sub-answered`` writes it on the telephone's channel at the moment of answer,
before caller and agent are bridged: a note is a candidate, to be confirmed by what else is known.
The first answer of a call is kept; a call transferred into a second ring group has one note. An
agent's own call to a line has none. When the caller's channel is gone, wherever it was sent on to,
``sub-ended`` adds the end to the note, if it is still there: erase a note only once its call is
over. One that is erased while its end is added is there again, whole: erase it again.

=======  ==============================================================================
family   ``callcenter``
key      ``answered/LINKEDID``; DBGetTree sends it as ``/callcenter/answered/LINKEDID``
value    ``v2|ANSWERED|LINE|CHANNEL|CALLER|STARTED|QUEUED``, later with ``|ENDED``: four
         times as epochs with microseconds, the rest without any ``|``
before   ``v1|ANSWERED|LINE|CHANNEL|CALLER``, which an older dialplan left
=======  ==============================================================================

STARTED is when the line took the call, QUEUED just before its ring group is asked. Either is empty
where the call was in the line already when the dialplan that notes it was loaded.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from dialplan.errors import DialplanError

FAMILY = "callcenter"
BRANCH = "answered"
TIMES = {"v1": (0,), "v2": (2, 3)}
"""How many times may follow the caller, by the note's version."""


@dataclass(frozen=True, slots=True)
class Note:
    """One answered call, as Asterisk noted it. Times are UTC, to the microsecond."""

    linkedid: str
    answered_at: datetime
    line: str  # the line's name
    channel: str  # the answering telephone's, "PJSIP/101-0000002a", or a Local member's ";1"
    caller: str  # letters, digits and + of the caller's number; may be empty
    started_at: datetime | None = None
    queued_at: datetime | None = None
    ended_at: datetime | None = None  # None: the caller is there still, or Asterisk died first


def parse(key: str, value: str) -> Note:
    """The note in one row of DBGetTree. Raises DialplanError when it is not one of ours."""
    try:
        version, answered, line, channel, caller, *times = value.split("|")
        if len(times) not in TIMES.get(version, ()):
            raise ValueError(version)
        more = [_moment(one) if one else None for one in times]
        return Note(linkedid(key), _moment(answered), line, channel, caller, *more)
    except (ValueError, OverflowError, OSError) as error:
        if isinstance(error, DialplanError):
            raise
        raise DialplanError(
            f"{key}: {value!r} is no note of an answered call; render the dialplan again, and "
            "erase the row once the call is known"
        ) from None


def linkedid(key: str) -> str:
    """The Linkedid in a row's key. Raises DialplanError when the row is not a note."""
    prefix = f"/{FAMILY}/{BRANCH}/"
    if not key.startswith(prefix) or key == prefix:
        raise DialplanError(f"{key}: not a row of the ledger; its rows begin with {prefix}")
    return key.removeprefix(prefix)


def database_key(linkedid: str) -> str:
    """The Key that DBDel takes, with Family ``callcenter``."""
    return f"{BRANCH}/{linkedid}"


def _moment(epoch: str) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
