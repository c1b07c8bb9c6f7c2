"""What queue_log tells of one call, from the first queue to the last, made into the call.

Of a call that began in a line's queue every later queue is told too: it is the same caller. Where
the beginning is in a log that is gone, the seconds that later events have stand in for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from callcenter.core import headers
from callcenter.core.backfill import began_at
from callcenter.core.call import Call, CallState, Leg, Outcome
from callcenter.core.headers import text
from callcenter.core.line import Line
from callcenter.records.queue_log import COMPLETED, HANDED_ON, NUMBER, QueueRow
from callcenter.records.source import OPEN_MAX

Who: TypeAlias = Callable[[str], tuple[str | None, str]]
"""The login and the telephone of what a record calls a member."""

WORD_MAX = 255
"""Characters kept of a member's name."""

CLOCK_MAX_S = 86_400
"""No wait and no ringing is longer: such a number is none of seconds."""

RANG = {"RINGNOANSWER": 0.001, "RINGCANCELED": 0.001}
"""A member rang in vain; its first argument says for how long, in these seconds."""

WAITED_AT = {"ABANDON": 2, "EXITWITHTIMEOUT": 2, "EXITEMPTY": 2, "EXITWITHKEY": 3}
"""Where these have the seconds that the caller waited, among their arguments."""


@dataclass(slots=True)
class Part:
    """A member's part."""

    name: str
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class Story:
    """The events of one call so far."""

    call: str
    line: Line
    last_at: datetime
    shift: timedelta = timedelta()  # to be added to the rows' times
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    exit: str | None = None  # the event with which it left a queue unanswered
    is_handed_on: bool = False
    is_cut: bool = False  # Asterisk began anew: no more is told of it
    transfers: int = 0
    caller: str = ""
    parts: list[Part] = field(default_factory=list)
    _open: dict[str, Part] = field(default_factory=dict)  # who talks again has another part

    def tell(self, row: QueueRow) -> None:
        """Take in the next event. Times never go back."""
        at = row.at
        at = max(at, self.last_at)
        self.last_at = at
        if row.event in RANG:  # of a million, most are
            self._rang(row, at)
            return
        match row.event:
            case "ENTERQUEUE":
                self._enter(row, at)
            case "CONNECT":
                self._connect(row, at)
            case event if event in COMPLETED:
                self._complete(row, at)
            case event if event in HANDED_ON:
                self._end_parts(at)
                self.ended_at, self.is_handed_on = at, True
                self.transfers += 1
            case event:
                self._leave(row, event, at)

    def made(self, pbx: str, who: Who) -> Call | None:
        """The call; None where nothing tells what became of it."""
        if self.answered_at is None and self.exit is None:
            return None
        queued_at = self.queued_at or self.answered_at or self.last_at
        answered_at = self.answered_at
        # Of a call whose end nobody noted no talk is made up.
        ended_at = self.ended_at or answered_at or self.last_at
        return Call(
            pbx=pbx,
            linkedid=self.call,
            channel=self.call,
            line=self.line.name,
            caller_raw=self.caller,
            caller_name="",
            state=CallState.ENDED,
            started_at=max(began_at(self.call, queued_at), queued_at - OPEN_MAX),
            queued_at=queued_at,
            answered_at=answered_at,
            ended_at=ended_at,
            outcome=self._outcome(queued_at, ended_at),
            transfers=self.transfers,
            end_seen=self.ended_at is not None and not self.is_handed_on,
            imported=True,
            legs=tuple(_leg(part, ended_at, who) for part in self.parts),
        )

    def _outcome(self, queued_at: datetime, ended_at: datetime) -> Outcome:
        if self.answered_at is not None:
            return Outcome.ANSWERED
        if self.exit != "ABANDON":
            return Outcome.OVERFLOW
        waited_s = (ended_at - queued_at).total_seconds()
        is_short = waited_s < self.line.short_abandon_s
        return Outcome.SHORT_ABANDON if is_short else Outcome.ABANDONED

    def _enter(self, row: QueueRow, at: datetime) -> None:
        self.queued_at = self.queued_at or at
        self.ended_at, self.exit, self.is_handed_on = None, None, False
        if not self.caller and len(row.arguments) > NUMBER:
            self.caller = text(row.arguments[NUMBER])

    def _connect(self, row: QueueRow, at: datetime) -> None:
        self.queued_at = self.queued_at or at - _seconds(row.arguments, 0)
        self.answered_at = self.answered_at or at
        self.ended_at, self.exit = None, None
        part = self._part(row.agent, at - _seconds(row.arguments, 2))
        part.answered_at, part.ended_at = at, None

    def _rang(self, row: QueueRow, at: datetime) -> None:
        part = self._open.get(row.agent)
        if part is None:
            part = self._part(row.agent, at - _seconds(row.arguments, 0, RANG[row.event]))
        if part.answered_at is None:
            part.ended_at = at

    def _complete(self, row: QueueRow, at: datetime) -> None:
        if self.answered_at is None:  # the log begins amid the call: hold and talk are told
            answered_at = at - _seconds(row.arguments, 1)
            self.queued_at = self.queued_at or answered_at - _seconds(row.arguments, 0)
            self.answered_at = max(answered_at, self.queued_at)
            self._part(row.agent, self.answered_at).answered_at = self.answered_at
        self._end_parts(at)
        self.ended_at, self.exit = at, None

    def _leave(self, row: QueueRow, event: str, at: datetime) -> None:
        waited = _seconds(row.arguments, WAITED_AT.get(event, len(row.arguments)))
        self.queued_at = self.queued_at or at - waited
        self._end_parts(at)
        self.exit, self.ended_at = event, at

    def _part(self, name: str, offered_at: datetime) -> Part:
        """The member's part that goes on, or a new one."""
        part = self._open.get(name)
        if part is None:
            part = self._open[name] = Part(name, max(offered_at, self.queued_at or offered_at))
            self.parts.append(part)
        return part

    def _end_parts(self, at: datetime) -> None:
        for name, part in list(self._open.items()):
            part.ended_at = part.ended_at or at
            if part.answered_at is not None:
                del self._open[name]


def _leg(part: Part, ended_at: datetime, who: Who) -> Leg:
    agent, interface = who(part.name[:WORD_MAX])
    return Leg(agent, interface, part.offered_at, part.answered_at, part.ended_at or ended_at)


def _seconds(arguments: Sequence[str], place: int, unit_s: float = 1.0) -> timedelta:
    """The number there, as a time; none where it is none."""
    value = arguments[place] if place < len(arguments) else ""
    seconds = headers.seconds(value) * unit_s
    return timedelta(seconds=seconds if seconds <= CLOCK_MAX_S else 0.0)
