"""From facts to the database: the one place where an answered call and its debt are written.

Facts of many calls are written in one transaction, so that a busy PBX costs few commits; the
answered fact and its obligation are never in two. Everything is written so that writing it again
changes nothing: after an error, which may have come after the commit was done, the same facts are
simply written again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls import floor
from callcenter.core import identity
from callcenter.core.call import Call, CallState
from callcenter.core.facts import (
    CallChanged,
    Change,
    Fact,
    FloorFact,
    OutgoingChanged,
    OwnFact,
    RingGroupChanged,
    SightChanged,
    SupervisionChanged,
)
from callcenter.db import (
    calls,
    directory,
    journal,
    missed,
    outgoing,
    recording,
    sights,
    supervision_claims,
)
from callcenter.db.engine import Database
from webhooks import Call as Shape
from webhooks.event import EventType, PbxSight, RingGroup


@dataclass(frozen=True, slots=True)
class LineRecord:
    """What recording needs to know of a line: its desk, and the country to read numbers in."""

    desk: str
    country: str


NO_COUNTRY = "ZZ"
"""For ``phonenumbers``: only numbers that name their country can be read."""


@dataclass(kw_only=True)
class Recorder:
    """Writes the facts of one PBX. ``committed`` is given the journal's entries of each commit,
    and ``owed`` is called after one with a new debt.

    ``count_end`` is given line and outcome of each call that ended, for what is measured: once a
    call, whatever had to be written again. ``base_url`` is where our pages are.
    """

    database: Database
    lines: Mapping[str, LineRecord]
    committed: Callable[[Sequence[journal.Entry]], None]
    base_url: str = ""
    owed: Callable[[], None] = lambda: None
    count_end: Callable[[str, str], None] = lambda _line, _outcome: None
    _known: set[str] = field(default_factory=set, init=False)  # open calls that are written
    _in_doubt: bool = field(default=False, init=False)  # whether the last commit was done
    _last_seq: int = field(default=0, init=False)  # of the journal, that is known to be ours

    def take_up(self, found: Iterable[Call]) -> None:
        """These calls are written already: who called is not asked again."""
        self._known.update(call.id for call in found)

    async def record(self, facts: Sequence[Fact], agent_ids: Mapping[str, int]) -> None:
        """Write the facts, all or none. ``agent_ids`` is by login."""
        if not facts:
            return
        changed = [fact for fact in facts if isinstance(fact, CallChanged)]
        latest = {fact.call.id: fact.call for fact in changed}
        is_again, self._in_doubt = self._in_doubt, True
        async with self.database.transaction(urgent=True) as connection:
            await self._write_calls(connection, list(latest.values()), agent_ids)
            for fact in facts:
                await _write_beside(connection, fact)
            of_floor = await floor.write(connection, facts)
            shapes = await calls.by_ids(connection, latest)
            of_missed = await missed.write(connection, *_missed_and_answered(changed, shapes))
            bodies = {id_: shape.model_dump_json() for id_, shape in shapes.items()}
            ours = [fact.outgoing for fact in facts if isinstance(fact, OutgoingChanged)]
            of_ours = await outgoing.write(connection, ours, base_url=self.base_url)
            heard = [fact.supervision for fact in facts if isinstance(fact, SupervisionChanged)]
            of_heard = await supervision_claims.write(connection, heard)
            told = [_entry(fact, bodies) for fact in _thinned(facts)]
            entries = [*told, *of_missed, *of_ours, *of_heard, *of_floor]
            if is_again:
                entries = await journal.unwritten(connection, entries, behind=self._last_seq)
            written = await journal.append(connection, entries)
        self._in_doubt, self._last_seq = False, max(written, default=self._last_seq)
        self._remember(latest.values())
        self.committed(journal.numbered(entries, written))
        if any(fact.change is Change.ANSWERED for fact in changed):
            self.owed()
        self._count_ends(changed)

    async def _write_calls(
        self, connection: AsyncConnection, found: Sequence[Call], agent_ids: Mapping[str, int]
    ) -> None:
        new = [call for call in found if call.id not in self._known]
        callers = await self._callers(connection, new)
        await recording.write_calls(connection, found, callers, agent_ids)
        answered = [call for call in found if call.answered_at is not None]
        desks = {call.line: self._line(call.line).desk for call in answered}
        await recording.write_obligations(connection, answered, desks, agent_ids)

    async def _callers(
        self, connection: AsyncConnection, new: Iterable[Call]
    ) -> dict[str, recording.Caller]:
        numbers = {
            call.id: identity.normalise(call.caller_raw, country=self._line(call.line).country)
            for call in new
        }
        matches = await directory.match(connection, {one for one in numbers.values() if one})
        return {id_: _caller(e164, matches.get(e164 or "")) for id_, e164 in numbers.items()}

    def _line(self, name: str) -> LineRecord:
        """The line's record; for one that was taken out of the configuration while its call went
        on, the desk of another: a ticket can be moved, a debt to nobody would stay for ever."""
        if name in self.lines:
            return self.lines[name]
        return LineRecord(next((one.desk for one in self.lines.values()), ""), NO_COUNTRY)

    def _count_ends(self, changed: Iterable[CallChanged]) -> None:
        for fact in changed:
            if fact.change is Change.ENDED and fact.call.outcome is not None:
                self.count_end(fact.call.line, fact.call.outcome.value)

    def _remember(self, written: Iterable[Call]) -> None:
        for call in written:
            if call.state is CallState.ENDED:
                self._known.discard(call.id)
            else:
                self._known.add(call.id)


async def _write_beside(connection: AsyncConnection, fact: Fact) -> None:
    """Write what is not of a call."""
    match fact:
        case RingGroupChanged():
            await recording.write_ring_group(connection, fact.line, fact.interfaces)
        case SightChanged(reason=None):
            await sights.found(connection, fact.pbx, fact.at)
        case SightChanged():
            await sights.lost(connection, fact.pbx, fact.at, fact.reason)


def _caller(e164: str | None, match: directory.Match | None) -> recording.Caller:
    if match is None:
        return recording.Caller(e164)
    return recording.Caller(e164, match.company_id, tuple(one.id for one in match.contacts))


def _missed_and_answered(
    changed: Sequence[CallChanged], shapes: Mapping[str, Shape]
) -> tuple[list[Shape], list[Shape]]:
    """The calls that were missed, and those that were answered, as they are written now."""

    def of(change: Change) -> list[Shape]:
        ids = dict.fromkeys(fact.call.id for fact in changed if fact.change is change)
        return [shapes[id_] for id_ in ids]

    return of(Change.MISSED), of(Change.ANSWERED)


Told: TypeAlias = CallChanged | RingGroupChanged | SightChanged


def _thinned(facts: Sequence[Fact]) -> list[Told]:
    """Without facts that a later one of the same batch repeats about the same call, and those of
    the floor and of our own calls, which are told where they are news.
    """
    told = [fact for fact in facts if not isinstance(fact, FloorFact | OwnFact)]
    last: dict[object, int] = {}
    for position, fact in enumerate(told):
        last[_kind(fact) or position] = position
    return [told[position] for position in sorted(last.values())]


def _kind(fact: Fact) -> tuple[str, str] | None:
    return (fact.change, fact.call.id) if isinstance(fact, CallChanged) else None


def _entry(fact: Told, bodies: Mapping[str, str]) -> journal.NewEntry:
    match fact:
        case CallChanged():
            kind, call = EventType(fact.change), fact.call
            return journal.NewEntry(fact.at, kind, call.line, call.id, bodies[call.id])
        case RingGroupChanged():
            group = RingGroup(line=fact.line, interfaces=sorted(fact.interfaces))
            return journal.NewEntry(
                fact.at, EventType.RING_GROUP_CHANGED, fact.line, None, group.model_dump_json()
            )
        case SightChanged():
            kind = EventType.PBX_IN_SIGHT if fact.reason is None else EventType.PBX_OUT_OF_SIGHT
            sight = PbxSight(pbx=fact.pbx, reason=fact.reason)
            return journal.NewEntry(fact.at, kind, None, None, sight.model_dump_json())
