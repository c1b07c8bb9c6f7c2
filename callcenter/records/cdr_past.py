"""The calls of years of CDR: of queues and of ``Dial`` ring groups, as far as a telephone rang.

A call's rows are written together when its caller is gone. What a row has no word for is not made
up: of the time before the first telephone rang it tells nothing, so that the wait begins with the
call; and a call for which none rang, in a menu or outside opening hours, is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callcenter.core.call import Call, CallState, Leg, Outcome
from callcenter.core.headers import text
from callcenter.core.line import Line
from callcenter.core.noted import LOCAL
from callcenter.records.cdr import Cdr, CdrRow, Told
from callcenter.records.queue_past import LATEST_ROWS
from callcenter.records.queue_story import WORD_MAX, Who
from callcenter.records.source import OPEN_MAX

UNANSWERED_MAX = 100_000
"""Channels that are remembered, and as many before: a call's rows are hours apart at most."""

RINGS = frozenset({"Dial", "Queue"})


@dataclass(kw_only=True)
class CdrPast:
    """Of one PBX. ``elsewhere`` counts calls of no line, ``unrung`` those for which no telephone
    rang."""

    pbx: str
    format: Cdr
    who: Who
    elsewhere: int = field(default=0, init=False)
    unrung: int = field(default=0, init=False)
    _rows: defaultdict[str, list[CdrRow]] = field(
        default_factory=lambda: defaultdict(list), init=False
    )
    _unanswered: set[str] = field(default_factory=set, init=False)  # channels with such a row
    _before: set[str] = field(default_factory=set, init=False)

    def take(self, rows: Sequence[CdrRow]) -> list[Call]:
        """The calls that are over by the end of these rows, which follow those before."""
        if len(self._unanswered) > UNANSWERED_MAX:
            self._before, self._unanswered = self._unanswered, set()
        for row in rows:
            self._rows[row.linkedid].append(row)
            if not row.is_answered:
                self._unanswered.add(row.channel)
        if not rows:
            return []
        present = min(row.end for row in rows[-LATEST_ROWS:])
        over = [id_ for id_, own in self._rows.items() if present - own[-1].end > OPEN_MAX]
        return list(self._made(over))

    def rest(self) -> list[Call]:
        """The others, once there are no more rows."""
        return list(self._made(list(self._rows)))

    def _made(self, ids: Sequence[str]) -> Iterator[Call]:
        for id_ in ids:
            own = self._rows.pop(id_)
            called = {row.dstchannel for row in own}
            unanswered = called & self._unanswered | called & self._before
            told = self.format.told(own, unanswered)
            if told is None:
                self.elsewhere += 1
                continue
            call = self._call(told)
            if call is None:
                self.unrung += 1
            else:
                yield call

    def _call(self, told: Told) -> Call | None:
        rang = _rang(told.rows)
        if not rang:
            return None
        started_at = min(row.start for row in told.rows)
        ended_at = max(row.end for row in told.rows)
        answered_at = told.note.answered_at if told.note else None
        legs = tuple(self._legs(told, rang))
        call = Call(
            pbx=self.pbx,
            linkedid=told.rows[0].linkedid,
            channel=told.rows[0].linkedid,
            line=told.line.name,
            caller_raw=text(min(told.rows, key=_start).src),
            caller_name="",
            state=CallState.ENDED,
            started_at=started_at,
            queued_at=started_at,
            answered_at=answered_at,
            ended_at=ended_at,
            outcome=_outcome(told, rang, started_at),
            transfers=max(0, sum(leg.answered_at is not None for leg in legs) - 1),
            imported=True,
            legs=legs,
        )
        return _shifted(call, told.shift)

    def _legs(self, told: Told, rang: Sequence[CdrRow]) -> Iterator[Leg]:
        of: dict[str, list[CdrRow]] = {}
        for row in sorted(rang, key=_start):
            of.setdefault(row.dstchannel, []).append(row)
        for channel, rows in of.items():
            agent, interface = self.who(text(channel[:WORD_MAX]))
            is_first = told.note is not None and told.note.channel == text(channel)
            is_over = channel in told.passed_over
            later = [row.answer for row in rows if row.is_answered and not is_over]
            answered_at = (
                told.note.answered_at if told.note and is_first else min(later, default=None)
            )
            ended_at = max(row.end for row in rows)
            offered_at = min(rows[0].start, answered_at or rows[0].start)
            yield Leg(agent, interface, offered_at, answered_at, ended_at)


def _rang(rows: Sequence[CdrRow]) -> list[CdrRow]:
    """The rows of telephones. One half of a Local channel is between two people who are handed on
    to each other: where others answered, it is nobody's."""
    rang = [row for row in rows if row.dstchannel and row.lastapp in RINGS]
    own = [row for row in rang if not row.dstchannel.startswith(LOCAL)]
    return own if any(row.is_answered for row in own) else rang


def _outcome(told: Told, rang: Sequence[CdrRow], queued_at: datetime) -> Outcome:
    if told.note is not None:
        return Outcome.ANSWERED
    rang_until = max(row.end for row in rang)
    if any(row.start >= rang_until and not row.dstchannel for row in told.rows):
        return Outcome.OVERFLOW  # the PBX went on with it: a mailbox, an announcement
    waited_s = (rang_until - queued_at).total_seconds()
    return _given_up(told.line, waited_s)


def _given_up(line: Line, waited_s: float) -> Outcome:
    return Outcome.SHORT_ABANDON if waited_s < line.short_abandon_s else Outcome.ABANDONED


def _shifted(call: Call, shift: timedelta) -> Call:
    if not shift:
        return call
    legs = tuple(
        replace(
            leg,
            offered_at=leg.offered_at + shift,
            answered_at=leg.answered_at + shift if leg.answered_at else None,
            ended_at=leg.ended_at + shift if leg.ended_at else None,
        )
        for leg in call.legs
    )
    return replace(
        call,
        started_at=call.started_at + shift,
        queued_at=call.queued_at + shift if call.queued_at else None,
        answered_at=call.answered_at + shift if call.answered_at else None,
        ended_at=call.ended_at + shift if call.ended_at else None,
        legs=legs,
    )


def _start(row: CdrRow) -> datetime:
    return row.start
