"""From facts to the database: the one place where an answered call and its debt are written.

Facts of many calls are written in one transaction, so that a busy PBX costs few commits; the
answered fact and its obligation are never in two. Everything is written so that writing it again
changes nothing: after an error the same facts are simply written again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

import webhooks
from callcenter.core import identity
from callcenter.core.call import Call, CallState
from callcenter.core.facts import CallChanged, Fact, RingGroupChanged, SightChanged
from callcenter.db import calls, directory, journal, recording
from callcenter.db.engine import Database
from webhooks.event import EventType, PbxSight, RingGroup


@dataclass(frozen=True, slots=True)
class LineRecord:
    """What recording needs to know of a line: its desk, and the country to read numbers in."""

    desk: str
    country: str


GONE = LineRecord(desk="", country="ZZ")
"""A line that was taken out of the configuration while its call went on."""


@dataclass(kw_only=True)
class Recorder:
    """Writes the facts of one PBX. ``committed`` is called after each commit."""

    database: Database
    lines: Mapping[str, LineRecord]
    committed: Callable[[], None]
    _known: set[str] = field(default_factory=set, init=False)  # open calls that are written

    async def record(self, facts: Sequence[Fact], agent_ids: Mapping[str, int]) -> None:
        """Write the facts, all or none. ``agent_ids`` is by login."""
        if not facts:
            return
        changed = [fact for fact in facts if isinstance(fact, CallChanged)]
        latest = {fact.call.id: fact.call for fact in changed}
        async with self.database.transaction() as connection:
            await self._write_calls(connection, list(latest.values()), agent_ids)
            for fact in facts:
                if isinstance(fact, RingGroupChanged):
                    await recording.write_ring_group(connection, fact.line, fact.interfaces)
            shapes = await calls.by_ids(connection, latest)
            entries = [_entry(fact, shapes) for fact in _thinned(facts)]
            await journal.append(connection, entries)
        self._remember(latest.values())
        self.committed()

    async def _write_calls(
        self, connection: AsyncConnection, found: Sequence[Call], agent_ids: Mapping[str, int]
    ) -> None:
        new = [call for call in found if call.id not in self._known]
        callers = await self._callers(connection, new)
        await recording.write_calls(connection, found, callers, agent_ids)
        answered = [call for call in found if call.answered_at is not None]
        desks = {call.line: self.lines.get(call.line, GONE).desk for call in answered}
        await recording.write_obligations(connection, answered, desks, agent_ids)

    async def _callers(
        self, connection: AsyncConnection, new: Iterable[Call]
    ) -> dict[str, recording.Caller]:
        numbers = {
            call.id: identity.normalise(
                call.caller_raw, country=self.lines.get(call.line, GONE).country
            )
            for call in new
        }
        matches = await directory.match(connection, {one for one in numbers.values() if one})
        return {id_: _caller(e164, matches.get(e164 or "")) for id_, e164 in numbers.items()}

    def _remember(self, written: Iterable[Call]) -> None:
        for call in written:
            if call.state is CallState.ENDED:
                self._known.discard(call.id)
            else:
                self._known.add(call.id)


def _caller(e164: str | None, match: directory.Match | None) -> recording.Caller:
    if match is None:
        return recording.Caller(e164)
    return recording.Caller(e164, match.company_id, tuple(one.id for one in match.contacts))


def _thinned(facts: Sequence[Fact]) -> list[Fact]:
    """Without facts that a later one of the same batch repeats about the same call."""
    last: dict[object, int] = {}
    for position, fact in enumerate(facts):
        last[_kind(fact) or position] = position
    return [facts[position] for position in sorted(last.values())]


def _kind(fact: Fact) -> tuple[str, str] | None:
    return (fact.change, fact.call.id) if isinstance(fact, CallChanged) else None


def _entry(fact: Fact, shapes: Mapping[str, webhooks.Call]) -> journal.NewEntry:
    match fact:
        case CallChanged():
            body = shapes[fact.call.id].model_dump_json()
            kind = EventType(fact.change)
            return journal.NewEntry(fact.at, kind, fact.call.line, fact.call.id, body)
        case RingGroupChanged():
            group = RingGroup(line=fact.line, interfaces=sorted(fact.interfaces))
            return journal.NewEntry(
                fact.at, EventType.RING_GROUP_CHANGED, fact.line, None, group.model_dump_json()
            )
        case SightChanged():
            kind = EventType.PBX_IN_SIGHT if fact.reason is None else EventType.PBX_OUT_OF_SIGHT
            sight = PbxSight(pbx=fact.pbx, reason=fact.reason)
            return journal.NewEntry(fact.at, kind, None, None, sight.model_dump_json())
