"""CDR: Asterisk's own record of each call, written when it is over, several rows a call.

A file (``Master.csv``) has the columns of cdr_csv.conf: sixteen that are always there, then
uniqueid (``loguniqueid``), userfield (``loguserfield``), and peeraccount, linkedid and sequence
(``newcdrcolumns``). A table (cdr_adaptive_odbc, cdr_pgsql, FreePBX's asteriskcdrdb) has them by
name, calldate for start. Times are by the PBX's clock, unless ``usegmtime`` says otherwise.

There is a row for each telephone that was tried, from the caller's side, and more for what those
telephones' own channels did. Answered is a call of whose caller there is a row with the disposition
ANSWERED and a telephone: a menu or a mailbox alone has none. Where a queue took the caller before
anybody answered, as one with music does, the row's answer is the queue's: the agent's is when the
other telephones stopped ringing, as far as others rang.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from callcenter.core.headers import text
from callcenter.core.line import Line, Lines
from callcenter.core.noted import Noted
from callcenter.records.clock import moment
from callcenter.records.source import Found

ALWAYS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp",
    "lastdata", "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
NEW = ("peeraccount", "linkedid", "sequence")
UNIQUEID = re.compile(r"(?:.+-)?(\d{9,11})\.\d+")

ZONE_STEP = timedelta(minutes=30)
"""What clocks of time zones differ by, at the least."""

BIRTH_MAX = timedelta(minutes=1)
"""A first row begins with its channel."""

SETTLED_AFTER = timedelta(seconds=5)
"""The rows of a call are written together, one after another, when its caller is gone."""


@dataclass(frozen=True, slots=True)
class CdrRow:
    """One row. ``linkedid`` is the uniqueid where the records have none."""

    uniqueid: str
    linkedid: str
    channel: str
    dstchannel: str
    src: str
    dialled: Sequence[str]  # what the PBX was dialled, in any form it is written
    dcontext: str
    lastapp: str
    lastdata: str
    start: datetime
    answer: datetime
    end: datetime
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A caller's rows, the line, and the note of the answer if there was one; ``shift`` is yet to
    be added to all of their times."""

    rows: Sequence[CdrRow]
    line: Line
    note: Noted | None
    passed_over: AbstractSet[str]  # telephones that rang, while another picked their call up
    shift: timedelta


@dataclass(frozen=True, slots=True)
class Cdr:
    """The format, with the lines that it speaks of. ``timezone`` is of the rows' times."""

    lines: Lines
    timezone: tzinfo
    name: str = field(default="cdr", init=False)
    time_columns: Sequence[str] = field(default=("calldate", "start"), init=False)

    def from_text(self, line: str) -> CdrRow | None:
        """The row in a line of Master.csv."""
        values = next(csv.reader([line], strict=False), [])
        always, more = values[: len(ALWAYS)], values[len(ALWAYS) :]
        if len(always) < len(ALWAYS) or not more or not UNIQUEID.fullmatch(more[0]):
            return None
        columns = dict(zip(ALWAYS, always, strict=True), uniqueid=more[0])
        if len(more) > len(NEW):
            columns |= zip(NEW, more[-len(NEW) :], strict=True)
        return self.from_columns(columns)

    def why_not(self, line: str) -> str:
        """Why a line is no row."""
        values = next(csv.reader([line], strict=False), [])
        if len(values) <= len(ALWAYS):
            return f"it has {len(values)} columns, and needs {len(ALWAYS)} and a uniqueid"
        if not UNIQUEID.fullmatch(values[len(ALWAYS)]):
            return f"its column {len(ALWAYS) + 1} is no uniqueid: is loguniqueid=yes?"
        return "it has no time of its beginning"

    def from_columns(self, columns: Mapping[str, Any]) -> CdrRow | None:
        """The row in the columns of a table."""

        def value(name: str) -> str:
            return str(columns.get(name) or "")

        start = moment(columns.get("start") or columns.get("calldate"), self.timezone)
        uniqueid = value("uniqueid")
        if start is None or not uniqueid:
            return None
        end = start + timedelta(seconds=_seconds(columns.get("duration")))
        return CdrRow(
            uniqueid=uniqueid,
            linkedid=value("linkedid") or uniqueid,
            channel=value("channel"),
            dstchannel=value("dstchannel"),
            src=value("src"),
            dialled=[one for one in (value("dst"), value("did")) if one],
            dcontext=value("dcontext"),
            lastapp=value("lastapp"),
            lastdata=value("lastdata"),
            start=start,
            answer=moment(columns.get("answer") or None, self.timezone)
            or end - timedelta(seconds=_seconds(columns.get("billsec"))),
            end=moment(columns.get("end") or None, self.timezone) or end,
            is_answered=value("disposition").upper() == "ANSWERED",
        )

    def written_at(self, row: CdrRow) -> datetime:
        """The end of what it tells of."""
        return row.end

    def calls(self, rows: Sequence[CdrRow], now: datetime) -> list[Found]:
        """The calls of lines. Rows of a telephone that was called are not a caller's."""
        called = {row.dstchannel for row in rows}
        passed_over = {row.channel for row in rows if not row.is_answered} & called
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if row.channel not in called:
                places.setdefault(row.linkedid, []).append(place)
        found = (
            self._call([rows[place] for place in own], own[0], passed_over, now)
            for own in places.values()
        )
        return [call for call in found if call is not None]

    def _call(
        self, rows: Sequence[CdrRow], first: int, passed_over: AbstractSet[str], now: datetime
    ) -> Found | None:
        caller = [row for row in rows if row.uniqueid == row.linkedid] or rows
        told = self._told(caller, passed_over)
        if told is None:
            return None
        is_over = now - max(row.end for row in caller) - told.shift > SETTLED_AFTER
        return Found(_shifted(told.note, told.shift) if told.note else None, first, is_over)

    def told(self, rows: Sequence[CdrRow], unanswered: AbstractSet[str]) -> "Told | None":
        """What all of the rows of one call tell; None where it is no line's.

        ``unanswered`` are channels that have such a row, of this call or another.
        """
        called = {row.dstchannel for row in rows}
        passed_over = unanswered & called
        own = [row for row in rows if row.channel not in called]
        caller = [row for row in own if row.uniqueid == row.linkedid] or own
        return self._told(caller, passed_over) if caller else None

    def _told(self, caller: Sequence[CdrRow], passed_over: AbstractSet[str]) -> "Told | None":
        line = next(filter(None, map(self._line, sorted(caller, key=_start))), None)
        if line is None:
            return None
        shift = _clock_shift(min(caller, key=_start))
        return Told(caller, line, _note(line, caller, passed_over), passed_over, shift)

    def _line(self, row: CdrRow) -> Line | None:
        lines, rung = self.lines, row.lastdata.split(",")[0]
        if row.lastapp == "Queue" and rung in lines.by_queue:
            return lines.by_queue[rung]
        if row.lastapp == "Dial":
            # A caller who was handed on has where to in place of where it began.
            dialled = set(rung.split("&"))
            if line := next((one for one in lines.every if dialled == set(one.ring)), None):
                return line
        by_extension = (lines.by_extension.get(one) for one in row.dialled)
        return lines.by_context.get(row.dcontext) or next(filter(None, by_extension), None)


def _note(line: Line, rows: Sequence[CdrRow], passed_over: AbstractSet[str]) -> Noted | None:
    """``passed_over``: telephones that rang, while another picked their call up."""
    answered = [row for row in rows if row.is_answered and row.dstchannel]
    if not answered:
        return None
    first = min(answered, key=lambda row: (row.dstchannel in passed_over, row.start))
    return Noted(
        linkedid=first.linkedid,
        line=line.name,
        answered_at=_answered_at(first, rows),
        channel=text(first.dstchannel),
        caller_raw=text(first.src),
        started_at=min(row.start for row in rows),
        ended_at=max(row.end for row in rows),
    )


def _clock_shift(first: CdrRow) -> timedelta:
    """What the rows' clock is off by: the hour that comes twice in autumn, or a time zone that is
    not the configured one. A caller's uniqueid has the second in which the first row begins.
    """
    born = UNIQUEID.fullmatch(first.uniqueid)
    if born is None:
        return timedelta()
    off = datetime.fromtimestamp(int(born[1]), UTC) - first.start
    shift = round(off / ZONE_STEP) * ZONE_STEP
    return shift if abs(off - shift) < BIRTH_MAX else timedelta()  # else rows before are missing


def _shifted(note: Noted, shift: timedelta) -> Noted:
    if not shift or note.started_at is None or note.ended_at is None:
        return note
    return replace(
        note,
        answered_at=note.answered_at + shift,
        started_at=note.started_at + shift,
        ended_at=note.ended_at + shift,
    )


def _answered_at(answering: CdrRow, rows: Iterable[CdrRow]) -> datetime:
    if answering.lastapp != "Queue":
        return answering.answer
    stopped = (row.end for row in rows if row.dstchannel and not row.is_answered)
    return max((end for end in stopped if end <= answering.end), default=answering.answer)


def _seconds(value: Any) -> int:
    digits = str(value or "").partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0


def _start(row: CdrRow) -> datetime:
    return row.start
