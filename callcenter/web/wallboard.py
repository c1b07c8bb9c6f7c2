"""The wallboard's one look at everything, shared by all who watch it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentState
from callcenter.core.counts import Counts
from callcenter.core.slots import begins, slot_of
from callcenter.core.wallboard import Alarm, LineRules, LineState, alarms
from callcenter.db import calls, journal, outgoing, pauses, states
from callcenter.db import wallboard as db
from callcenter.db.presence import Presence
from callcenter.db.sights import Interval
from callcenter.db.today import today
from callcenter.web.context import WebContext
from callcenter.web.sights import times_out_of_sight
from webhooks import Call, Leg, OutgoingCall

READ_EVERY_S: Final = 1.0
"""Everybody who asks within it is shown the same: ten televisions cost one read a second."""

KEPT_S: Final = 5.0
"""For so long what was read is true while nothing is journalled: debts grow older without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An agent on the wall. ``lines`` are those that ring for them. They talk in ``call``, or in
    ``made``, a call that they made themselves; both None: it is not known with whom."""

    presence: Presence
    lines: frozenset[str]
    call: Call | None = None
    made: OutgoingCall | None = None

    @property
    def since(self) -> datetime | None:
        """From when they do what they do."""
        if self.presence.state is AgentState.ON_CALL and self.call is not None:
            login = self.presence.standing.login
            talks = [leg.answered_at for leg in _talking(self.call) if leg.agent == login]
            return min((at for at in talks if at), default=self.presence.since)
        return self.presence.since

    @property
    def reason(self) -> str | None:
        """Why they pause."""
        if self.presence.state is not AgentState.PAUSED:
            return None
        pause = self.presence.pause
        return pause.reason if pause else self.presence.standing.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What one wallboard shows: of one line, or of all. ``alarms`` has the lines that each concerns
    with when it begins to, where that is known."""

    line: str | None
    state: LineState
    people: Sequence[Person]
    alarms: Mapping[Alarm, Sequence[tuple[str, datetime]]]
    unclear: Sequence[Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything as of one entry of the journal."""

    at: datetime
    seq: int
    lines: Mapping[str, LineState]
    people: Sequence[Person]
    unclear: Sequence[Interval]


class Wallboard:
    """Looks when somebody asks and something may have changed, and never more often than
    READ_EVERY_S."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._read_at = float("-inf")  # by the event loop's clock

    async def read(self) -> Snapshot:
        """How everything stands: with all that the hub has told so far."""
        clock = asyncio.get_running_loop().time
        async with self._lock:
            known = self._snapshot
            if known is None or not self._is_current(known, clock() - self._read_at):
                await asyncio.sleep(self._read_at + READ_EVERY_S - clock())
                self._read_at = clock()
                known = self._snapshot = await self._look()
            return known

    def board(self, snapshot: Snapshot, line: str | None) -> Board:
        """What is shown of one line; None: of all of them."""
        context, lines = self._context, snapshot.lines
        shown = lines if line is None else {line: lines[line]}
        people = [one for one in snapshot.people if _is_shown(one, line)]
        pbxs = {context.line_pbxs.get(name) for name in shown}
        return Board(
            line=line,
            state=LineState.total(shown.values(), _doing(people)) if line is None else lines[line],
            people=people,
            alarms=self._alarms(shown, snapshot.at),
            unclear=[one for one in snapshot.unclear if line is None or one.pbx in pbxs],
        )

    def _alarms(
        self, shown: Mapping[str, LineState], now: datetime
    ) -> Mapping[Alarm, Sequence[tuple[str, datetime]]]:
        found: defaultdict[Alarm, list[tuple[str, datetime]]] = defaultdict(list)
        for line, state in shown.items():
            for alarm, due in alarms(state, self.rules(line).limits, now).items():
                found[alarm].append((line, due))
        return found

    def rules(self, line: str) -> LineRules:
        """By what the line is counted, and what is an alarm of it."""
        return self._context.wallboard.get(line, LineRules())

    def _is_current(self, known: Snapshot, age_s: float) -> bool:
        return known.seq >= self._context.hub.last_seq and age_s < KEPT_S

    async def _look(self) -> Snapshot:
        context = self._context
        now, reached = context.now(), context.hub.last_seq  # an old journal may be empty again
        counted = {line: await self._today(line, now) for line in context.lines}
        async with context.database.reading() as connection:
            seq = max(reached, await journal.last_seq(connection))
            await context.hub.ring_groups.reload(connection)
            current = await calls.current(connection, None)
            people = await self._people(connection, current)
            owed = await db.owed(connection, now)
            missed = await db.missed(connection)
            unclear = await times_out_of_sight(connection, context)
        lines = {}
        for line in context.lines:
            debts, todo = owed.get(line, db.Owed()), missed.get(line, db.Missed())
            lines[line] = LineState(
                waiting=_waiting(current, line),
                agents=_doing([one for one in people if _is_shown(one, line)]),
                today=counted[line],
                without_ticket=debts.without_ticket,
                unwritten=debts.unwritten,
                missed=todo.count,
                missed_since=todo.since,
            )
        return Snapshot(at=now, seq=seq, lines=lines, people=people, unclear=unclear)

    async def _today(self, line: str, now: datetime) -> Counts:
        """In a read of its own: a call that rings does not wait for a whole day of every line."""
        rules = self.rules(line)
        zone = rules.timezone or self._context.timezone
        day = slot_of(now, zone).day
        since, until = begins(day, zone), begins(day + 1, zone)
        async with self._context.database.reading() as connection:
            return await today(connection, line, since, until, threshold_s=rules.service_level_s)

    async def _people(
        self, connection: AsyncConnection, current: Sequence[Call]
    ) -> Sequence[Person]:
        taken = await pauses.everyone(connection)
        talking = {leg.agent: call for call in current for leg in _talking(call)}
        made = {one.agent: one for one in await outgoing.current(connection)}
        return [
            Person(
                presence=Presence(
                    standing=one,
                    pause=taken.get(one.agent_id),
                    interfaces=(),
                    owed=(),
                    blocked_on=(),
                ),
                lines=self._context.hub.ring_groups.lines_of(one.agent_id),
                call=talking.get(one.login),
                made=made.get(one.login),
            )
            for one in await states.everyone(connection)
        ]


WALLBOARD = web.AppKey("wallboard", Wallboard)


def _talking(call: Call) -> list[Leg]:
    return [leg for leg in call.legs if leg.answered_at and not leg.ended_at]


def _waiting(current: Sequence[Call], line: str) -> tuple[datetime, ...]:
    """Since when each call of the line waits for somebody to answer."""
    return tuple(
        sorted(
            call.queued_at or call.started_at
            for call in current
            if call.line == line and call.state == "ringing"
        )
    )


def _is_shown(one: Person, line: str | None) -> bool:
    """Whether somebody is on a wall: who is here without a telephone, on that of all lines."""
    if line is not None:
        return line in one.lines or (one.call is not None and one.call.line == line)
    return bool(one.lines) or one.presence.state is not AgentState.OFFLINE


def _doing(people: Sequence[Person]) -> Counter[AgentState]:
    return Counter(one.presence.state for one in people)
