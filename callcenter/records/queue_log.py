"""queue_log: what Asterisk writes of each caller in a queue, as it happens.

A line of the file is ``EPOCH|CALLID|QUEUE|AGENT|EVENT|ARGUMENT|...``; a table (realtime) has the
columns time, callid, queuename, agent, event and data, or data1 to data5. The call's id is the
Uniqueid of the caller's channel, which is the Linkedid of a call that came in by a trunk.

==========================  =======================================================================
ENTERQUEUE url|number|...   the caller joined the queue
CONNECT hold|uniqueid|ring  a member answered; AGENT is the member's name, or the interface
COMPLETE...                 the conversation is over, and with it the caller's way through the queue
BLINDTRANSFER,              the member handed the caller on: what became of the call is not told
ATTENDEDTRANSFER
ABANDON, EXIT..., ...       nobody answered
QUEUESTART                  Asterisk has begun: of the calls before it no more is told
==========================  =======================================================================

Source: https://docs.asterisk.org/Configuration/Applications/Queue-Logs/, and ``app_queue.c``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from callcenter.core.headers import text
from callcenter.core.line import Line, Lines
from callcenter.core.noted import Noted
from callcenter.records.clock import moment
from callcenter.records.source import OPEN_MAX, Found

COMPLETED = frozenset({"COMPLETEAGENT", "COMPLETECALLER"})
HANDED_ON = frozenset({"BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"})
UNANSWERED = frozenset(
    {"ABANDON", "EXITEMPTY", "EXITWITHKEY", "EXITWITHTIMEOUT", "SYSCOMPAT", "WITHDRAW"}
)
OF_A_CALL = COMPLETED | HANDED_ON | UNANSWERED | {"ENTERQUEUE", "CONNECT"}
BEGUN = "QUEUESTART"
WORDS = ("callid", "queuename", "agent", "event")

SETTLED_AFTER = timedelta(seconds=7)
"""Later than CDR, which is written when a call is over and knows which telephone it was."""

CALL_MAX = 150
"""Characters of a Uniqueid, in Asterisk 13 and later."""

NUMBER = 1
"""Where ENTERQUEUE has the caller's number among its arguments."""


class QueueRow(NamedTuple):
    """One event of a call."""

    at: datetime
    call: str
    queue: str
    agent: str
    event: str
    arguments: Sequence[str]


@dataclass(slots=True)
class _Story:
    """What the rows say of one call, as far as they go."""

    first: int
    line: Line
    last_at: datetime
    entered: QueueRow | None = None
    answered: QueueRow | None = None
    ended: QueueRow | None = None
    is_cut: bool = False  # Asterisk died before the end


@dataclass(frozen=True, slots=True)
class QueueLog:
    """The format, with the lines whose queues it speaks of. ``timezone`` is of a table's times."""

    lines: Lines
    timezone: tzinfo = field(default=UTC)
    name: str = field(default="queue_log", init=False)
    time_columns: Sequence[str] = field(default=("time",), init=False)

    def from_text(self, line: str) -> QueueRow | None:
        """The event in a line of the file."""
        parts = line.split("|")
        if len(parts) <= len(WORDS):
            return None
        return self._row(parts[0], parts[1:5], parts[5:])

    def why_not(self, line: str) -> str:
        """Why a line is no event."""
        at, *words = line.split("|")
        if moment(at, self.timezone) is None:
            return "it begins with no time"
        if len(words) < len(WORDS):
            return f"it has {len(words) + 1} fields, and an event has five or more"
        return f"it names no event, or no call (of up to {CALL_MAX} characters)"

    def from_columns(self, columns: Mapping[str, Any]) -> QueueRow | None:
        """The event in the columns of a table."""
        parts = [str(columns.get(f"data{number}") or "") for number in range(1, 6)]
        arguments = parts if any(parts) else str(columns.get("data") or "").split("|")
        words = [str(columns.get(name) or "") for name in WORDS]
        return self._row(columns.get("time"), words, arguments)

    def _row(self, time: Any, words: Sequence[str], arguments: Sequence[str]) -> QueueRow | None:
        at = moment(time, self.timezone)
        call, queue, agent, event = words
        if at is None or not 0 < len(call) <= CALL_MAX or not event:
            return None
        return QueueRow(at, call, queue, agent, event, arguments)

    def written_at(self, row: QueueRow) -> datetime:
        """The time of the event."""
        return row.at

    def calls(self, rows: Sequence[QueueRow], now: datetime) -> list[Found]:
        """The calls that went through a line's queue. A later queue's line does not change it."""
        stories: dict[str, _Story] = {}
        for place, row in enumerate(rows):
            if row.event == BEGUN:
                for before in stories.values():
                    before.is_cut = True
            line = self.lines.by_queue.get(row.queue)
            if line is not None and row.event in OF_A_CALL:
                story = stories.setdefault(row.call, _Story(place, line, row.at))
                _tell(story, row)
        return [_found(story, now) for story in stories.values()]


def _tell(story: _Story, row: QueueRow) -> None:
    story.last_at = row.at
    if row.event == "ENTERQUEUE":
        story.entered = story.entered or row
        story.ended = None  # handed on, to a queue again
    elif row.event == "CONNECT":
        story.answered = story.answered or row
        story.ended = None
    else:
        story.ended = row


def _found(story: _Story, now: datetime) -> Found:
    waited = now - story.last_at
    is_told = story.ended is not None or story.is_cut
    is_over = waited > (SETTLED_AFTER if is_told else OPEN_MAX)
    return Found(_note(story), story.first, is_over)


def _note(story: _Story) -> Noted | None:
    answered, entered, ended = story.answered, story.entered, story.ended
    if answered is None:
        return None
    has_number = entered is not None and len(entered.arguments) > NUMBER
    is_end = ended is not None and ended.event not in HANDED_ON
    return Noted(
        linkedid=answered.call,
        line=story.line.name,
        answered_at=answered.at,
        channel=text(answered.agent),
        caller_raw=text(entered.arguments[NUMBER]) if entered and has_number else "",
        queued_at=entered.at if entered else None,
        ended_at=ended.at if ended and is_end else None,
    )
