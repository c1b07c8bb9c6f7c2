"""Gathers what an audit compares: from the database, from each PBX, and from the desks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from callcenter.ami.endpoint import Endpoint
from callcenter.ami.ledger import LedgerReader
from callcenter.ami.login import logged_in
from callcenter.calls.sight import LEDGER
from callcenter.core.backfill import Unseen
from callcenter.core.call import Call, call_id
from callcenter.core.coverage import spans
from callcenter.core.differences import Report
from callcenter.core.evidence import Debt, Evidence, Gap, Holding, Records, Removed
from callcenter.core.line import Lines
from callcenter.core.noted import Noted
from callcenter.core.reconcile import reconcile
from callcenter.db import alert_desk_tickets, audited, sights
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.desks.desk import Desk, DeskError, ListsKeys, TicketRef
from callcenter.errors import CallcenterError
from callcenter.records.source import RecordsError, Source

log = structlog.get_logger(__name__)

PART = timedelta(hours=1)
"""Read in one go, so that a call that rings need not wait for a whole day."""

REST = 3.0
"""So many times as long as a part took is nothing done after it, where nobody waits: the audit of a
week leaves most of the machine to calls and pages."""

REST_MAX_S = 2.0
"""A database that was slow once does not put an audit off."""

MARGIN = timedelta(minutes=5)
"""The PBX's clock and ours may disagree on which side of a span a call was answered."""

UNWATCHED_AFTER = timedelta(seconds=30)
"""A PBX that is followed was seen a few seconds ago."""

KEYS_TOGETHER = 200
DESK_MAX_S = 60.0
"""For a desk to say what it holds for so many calls."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)

Part = TypeVar("Part")

ReadLedger = Callable[[], Awaitable[Mapping[str, Noted]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedPbx:
    """A PBX with what it records: the ledger, and other sources where they are configured."""

    name: str
    lines: Lines
    ledger: ReadLedger
    sources: Sequence[Source] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a comparison goes. A person may ask for everything; what is made every few minutes
    must cost little, and must not complain of what was before our time.

    ``remote_since``: desks that have to be asked for call after call are asked for later calls
    alone. ``with_ledger``: the ledger is read, by a login of its own. ``ours_alone``: what a PBX
    recorded before the first call that is known of it is no difference. ``unhurried``: nobody waits
    for it.
    """

    remote_since: datetime | None = None
    with_ledger: bool = True
    ours_alone: bool = False
    unhurried: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A report, and the tickets that the desks hold for calls, by call."""

    report: Report
    held: Mapping[str, Sequence[TicketRef]]
    debts: Mapping[str, Debt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparer:
    """Compares, and writes nothing."""

    database: Database
    desks: Mapping[str, Desk]
    pbxs: Sequence[AuditedPbx]
    now: Callable[[], datetime] = field(repr=False)

    async def compare(
        self, since: datetime, until: datetime, scope: Scope | None = None
    ) -> Comparison:
        """Of the calls answered from ``since`` until before ``until``. What cannot be read or asked
        is a difference; an error of our own database is raised."""
        scope = scope or Scope()
        now = self.now()
        records = await self._records(since, until, now, scope)
        calls, debts = await self._known(since, until, records, scope)
        asked = {id_: debt for id_, debt in debts.items() if _is_in(calls.get(id_), since, until)}
        holdings, held = await self._holdings(calls, asked.values(), scope)
        unseen, gaps = await self._unseen(since, until, now)
        evidence = Evidence(
            since=since,
            until=until,
            now=now,
            calls=calls,
            debts=debts,
            records=records,
            holdings=holdings,
            removed=await self._removed(since, until, scope),
            unseen=unseen,
            gaps=gaps,
        )
        # In a thread: a call that rings must not wait for the comparison of a whole day.
        return Comparison(await asyncio.to_thread(reconcile, evidence), held, debts)

    # -- the PBXs ------------------------------------------------------------------------------

    async def _records(
        self, since: datetime, until: datetime, now: datetime, scope: Scope
    ) -> list[Records]:
        found = []
        for pbx in self.pbxs:
            ours = await self._first_started_at(pbx.name) if scope.ours_alone else EVER
            if scope.with_ledger:
                found.append(_since(await _ledger(pbx), ours or until))
            for source in pbx.sources:
                told = await _told(pbx, source, (since - MARGIN, until + MARGIN), now)
                found.append(_since(told, ours or until))
        return found

    async def _first_started_at(self, pbx: str) -> datetime | None:
        async with self.database.reading() as connection:
            return await audited.first_started_at(connection, pbx)

    # -- the database --------------------------------------------------------------------------

    async def _known(
        self, since: datetime, until: datetime, records: Iterable[Records], scope: Scope
    ) -> tuple[dict[str, Call], dict[str, Debt]]:
        noted = await asyncio.to_thread(_ids, records)
        calls: dict[str, Call] = {}
        debts: dict[str, Debt] = {}
        async for begin, end in _paced(spans(since, until, PART), scope):
            async with self.database.reading() as connection:
                part = await audited.answered(connection, begin, end)
                debts |= await audited.debts(connection, part)
            calls |= part
        async with self.database.reading() as connection:
            calls |= await audited.by_ids(connection, noted - calls.keys())
        return calls, debts

    async def _unseen(
        self, since: datetime, until: datetime, now: datetime
    ) -> tuple[dict[str, list[Unseen]], list[Gap]]:
        async with self.database.reading() as connection:
            intervals = await sights.between(connection, since - MARGIN, until + MARGIN)
            seen_at = await audited.seen_at(connection)
        watched = {pbx.name for pbx in self.pbxs}
        unseen: dict[str, list[Unseen]] = {}
        gaps = []
        for one in intervals:
            time = Unseen(one.began_at, one.ended_at)
            unseen.setdefault(one.pbx, []).append(time)
            if one.closed_at is None and one.pbx in watched and one.began_at < until:
                gaps.append(Gap(one.pbx, time, one.reason))
        for pbx, at in seen_at.items():
            is_over = all(time.ended_at is not None for time in unseen.get(pbx, ()))
            if pbx in watched and is_over and at < min(until, now - UNWATCHED_AFTER):
                gaps.append(Gap(pbx, Unseen(at), sights.UNWATCHED))
        return unseen, gaps

    async def _removed(self, since: datetime, until: datetime, scope: Scope) -> list[Removed]:
        found: list[Removed] = []
        async for begin, end in _paced(spans(since, until, PART), scope):
            async with self.database.reading() as connection:
                found += await audited.removed(connection, begin, end)
            carried = await self._carried(begin, end)
            async with self.database.reading() as connection:
                known = await audited.by_ids(connection, carried)
                of_alerts = await alert_desk_tickets.keys(connection, carried)
            found += [
                Removed(key, None, ticket_number=ref.number)
                for key, ref in carried.items()
                if key not in known and key not in of_alerts
            ]
        return found

    async def _carried(self, since: datetime, until: datetime) -> dict[str, TicketRef]:
        carried: dict[str, TicketRef] = {}
        for desk in self.desks.values():
            if isinstance(desk, ListsKeys):
                with contextlib.suppress(DeskError):  # told of already: what it holds was asked
                    carried |= await desk.carried(since, until)
        return carried

    # -- the desks -----------------------------------------------------------------------------

    async def _holdings(
        self, calls: Mapping[str, Call], debts: Iterable[Debt], scope: Scope
    ) -> tuple[list[Holding], dict[str, Sequence[TicketRef]]]:
        by_desk: dict[str, list[str]] = {name: [] for name in self.desks}
        far = {name for name, desk in self.desks.items() if not isinstance(desk, ListsKeys)}
        for debt in debts:
            at = calls[debt.call_id].answered_at
            is_late = scope.remote_since is None or (at is not None and at >= scope.remote_since)
            if is_late or debt.desk not in far:
                by_desk.setdefault(debt.desk, []).append(debt.call_id)
        held: dict[str, Sequence[TicketRef]] = {}
        holdings = []
        for name, keys in by_desk.items():
            problem = None
            try:
                refs = await self._held(name, keys, scope)
            except (DeskError, TimeoutError) as error:
                refs, problem = {}, str(error) or "it did not answer in time"
            except Exception as error:  # the same as of records
                if is_away(error):
                    raise
                log.exception("audit.unasked", desk=name)
                refs, problem = {}, f"{type(error).__name__}; see the log"
            held |= refs
            numbers = {key: [ref.number for ref in some] for key, some in refs.items()}
            holdings.append(Holding(name, frozenset(keys), numbers, problem))
        return holdings, held

    async def _held(
        self, name: str, keys: Sequence[str], scope: Scope
    ) -> dict[str, Sequence[TicketRef]]:
        desk = self.desks.get(name)
        if desk is None:
            raise DeskError(f"no desk is called {name!r}: add it to the configuration again")
        found: dict[str, Sequence[TicketRef]] = {}
        async for start in _paced(range(0, len(keys), KEYS_TOGETHER), scope):
            async with asyncio.timeout(DESK_MAX_S):
                found |= await desk.held(keys[start : start + KEYS_TOGETHER])
        return found


async def _paced(parts: Iterable[Part], scope: Scope) -> AsyncIterator[Part]:
    """One after the other, with rests where nobody waits."""
    clock = asyncio.get_running_loop().time
    for part in parts:
        began = clock()
        yield part
        if scope.unhurried:
            await asyncio.sleep(min(REST_MAX_S, REST * (clock() - began)))


async def read_ledger(endpoint: Endpoint) -> Mapping[str, Noted]:
    """The notes in a PBX's ledger, by Linkedid, by a login of its own. Raises CallcenterError."""
    async with logged_in(endpoint) as manager:
        notes = await LedgerReader(endpoint.name).read(manager.request)
    if notes is None:
        raise RecordsError("the PBX does not tell its ledger; the log says why")
    return notes


async def _ledger(pbx: AuditedPbx) -> Records:
    try:
        return Records(pbx.name, LEDGER, await pbx.ledger())
    except CallcenterError as error:
        return Records(pbx.name, LEDGER, {}, problem=str(error))


async def _told(
    pbx: AuditedPbx, source: Source, span: tuple[datetime, datetime], now: datetime
) -> Records:
    lines = _lines_of(pbx.lines, source.name)
    try:
        told = await source.between(*span, now)
    except RecordsError as error:
        return Records(pbx.name, source.name, {}, problem=str(error))
    except Exception as error:
        # A fault of ours: without the rest of the comparison nobody would hear of it.
        log.exception("audit.unread", pbx=pbx.name, source=source.name)
        return Records(pbx.name, source.name, {}, problem=f"{type(error).__name__}; see the log")
    notes = {note.linkedid: note for note in told.notes}
    return Records(pbx.name, source.name, notes, told.since, lines)


def _ids(records: Iterable[Records]) -> set[str]:
    return {call_id(one.pbx, linkedid) for one in records for linkedid in one.notes}


def _lines_of(lines: Lines, source: str) -> frozenset[str]:
    """The lines whose every answered call is in these records: queue_log knows nothing of Dial."""
    return frozenset(line.name for line in lines.every if line.queue or source != "queue_log")


def _since(records: Records, at: datetime) -> Records:
    """Without what was answered before then."""
    notes = {key: note for key, note in records.notes.items() if note.answered_at >= at}
    return replace(records, notes=notes)


def _is_in(call: Call | None, since: datetime, until: datetime) -> bool:
    return call is not None and call.answered_at is not None and since <= call.answered_at < until
