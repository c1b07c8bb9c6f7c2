"""The keeper of the floor: what each agent does, and who is kept from calls, decided anew whenever
something changed.

It remembers nothing. Everything is read, the core decides, and what differs from what is written is
written, in one transaction with what is journaled of it; whoever does the same again, after a crash
or on another instance, finds nothing to change.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import agent_state
from callcenter.core.enforcement import Block, Policy, Verdict, decide
from callcenter.db import blocks, floor, journal, overdue, states
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.leases import LeaseLostError
from callcenter.db.states import Standing
from webhooks import AgentState, EventType

log = structlog.get_logger(__name__)

POLL_S = 1.0
"""How late something is seen of which this instance was not told."""

GAP_S = 0.2
"""Between two looks: the first follows at once, those of a busy moment share one."""

FAULT_PAUSE_S = 2.0

OWN: Final = frozenset({EventType.AGENT_STATE, EventType.OBLIGATION_OVERDUE})
"""What the keeper journals itself."""

OF_NO_MATTER: Final = OWN | {
    EventType.CALL_STARTED,
    EventType.CALL_RINGING,
    EventType.CALL_OFFERED,
    EventType.CALL_MISSED,
}
"""What changes nothing here: that a call rings is no state of anybody's."""

DUE_TOGETHER: Final = 100
"""Debts escalated, or stubbed, in one transaction; the rest follows in the next."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from what is written. ``standings`` are those that are new, ``told`` those of
    whom something is to be told: their state, or what they are kept from.
    """

    standings: tuple[Standing, ...]
    told: tuple[Standing, ...]
    blocks: tuple[Block, ...]
    known_blocks: tuple[Block, ...]
    overdue: tuple[str, ...]
    stubs: tuple[str, ...]
    look_again_at: datetime | None

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it should be."""
        due = self.overdue or self.stubs
        return not (self.standings or due or set(self.blocks) != set(self.known_blocks))


@dataclass(kw_only=True)
class FloorKeeper:
    """Of one instance; it works while it has the lease.

    ``policies`` has what each line demands. ``committed`` is given what each commit journalled of
    agents, which may not be all; ``decided`` is called after each one.
    """

    policies: Mapping[str, Policy]
    base_url: str
    now: Callable[[], datetime]
    committed: Callable[[Sequence[journal.Entry]], None] = field(default=lambda _entries: None)
    decided: Callable[[], None] = field(default=lambda: None)
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """Something was committed that may matter here."""
        self._wake.set()

    async def work(self, database: Database) -> None:
        """Keep the floor until cancelled."""
        while True:
            try:
                again_at = await self.keep(database)
            except LeaseLostError:
                raise
            except Exception as error:  # noqa: BLE001  (whatever it is, calls go on)
                say = log.warning if is_away(error) else log.exception
                say("floor.put_off", error=type(error).__name__, pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)
            else:
                await self._rest(again_at)

    async def keep(self, database: Database) -> datetime | None:
        """Look once, and write what differs; give when something becomes due by itself."""
        if not database.is_sqlite:  # there a transaction locks the lease, which is itself a write
            async with database.reading() as connection:
                found = await self._look(connection)
            if found.is_nothing:
                return found.look_again_at
        async with database.transaction() as connection:
            found = await self._look(connection)
            if found.is_nothing:
                return found.look_again_at
            entries = await self._write(connection, found)
        self.committed(entries)
        self.decided()
        return found.look_again_at

    async def _rest(self, again_at: datetime | None) -> None:
        """Until somebody says so, or it is time; never for longer than POLL_S."""
        left = POLL_S if again_at is None else (again_at - self.now()).total_seconds()
        await asyncio.sleep(GAP_S)
        try:
            async with asyncio.timeout(min(max(left, 0.0), POLL_S)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    # -- what differs --------------------------------------------------------------------------

    async def _look(self, connection: AsyncConnection) -> Changes:
        now = self.now()
        seen = await floor.read(connection, self.policies, now)
        verdict = decide(seen.floor, seen.debts, now)
        known = await states.written(connection)
        known_blocks = await blocks.everyone(connection)
        facts = seen.facts([one.agent_id for one in known])
        changed = [_changed(one, *agent_state.state_of(facts[one.agent_id]), now) for one in known]
        return _changes(known, changed, verdict, known_blocks)

    async def _write(self, connection: AsyncConnection, found: Changes) -> list[journal.Entry]:
        now = self.now()
        # Tickets before debts before the journal: whoever locks in another order may be ended.
        await overdue.stub(connection, found.stubs, now=now, base_url=self.base_url)
        await blocks.write(connection, found.blocks, found.known_blocks)
        await states.write(connection, found.standings, now=now)
        await overdue.escalate(connection, found.overdue, now=now)
        kept_from = _lines_by_agent(found.blocks)
        entries = [_entry(one, kept_from.get(one.agent_id, []), now) for one in found.told]
        written = await journal.append(connection, entries)
        return journal.numbered(entries, written)


def _changed(
    known: Standing, state: agent_state.AgentState, reason: str | None, now: datetime
) -> Standing:
    is_known = known.since is not None and (known.state, known.reason) == (state, reason)
    return known if is_known else replace(known, state=state, reason=reason, since=now)


def _changes(
    known: list[Standing], changed: list[Standing], verdict: Verdict, known_blocks: list[Block]
) -> Changes:
    before, after = _lines_by_agent(known_blocks), _lines_by_agent(verdict.blocks)
    pairs = list(zip(known, changed, strict=True))
    return Changes(
        standings=tuple(new for old, new in pairs if new != old),
        told=tuple(
            new
            for old, new in pairs
            if new != old or before.get(new.agent_id) != after.get(new.agent_id)
        ),
        blocks=verdict.blocks,
        known_blocks=tuple(known_blocks),
        overdue=tuple(debt.call_id for debt in verdict.overdue[:DUE_TOGETHER]),
        stubs=tuple(debt.call_id for debt in verdict.stubs[:DUE_TOGETHER]),
        look_again_at=verdict.look_again_at,
    )


def _lines_by_agent(found: Iterable[Block]) -> dict[int, list[str]]:
    lines: defaultdict[int, set[str]] = defaultdict(set)
    for block in found:
        if block.agent_id is not None:
            lines[block.agent_id].add(block.line)
    return {agent_id: sorted(of_agent) for agent_id, of_agent in lines.items()}


def _entry(standing: Standing, blocked_on: list[str], now: datetime) -> journal.NewEntry:
    shape = AgentState.model_validate(
        {
            "agent": standing.login,
            "name": standing.name,
            "state": standing.state.value,
            "reason": standing.reason,
            "since": standing.since or now,
            "blocked_on": blocked_on,
        }
    )
    return journal.NewEntry(now, EventType.AGENT_STATE, None, None, shape.model_dump_json())
