"""Audits by the service itself: every few minutes, every night, and when somebody asked for one.

Each is noted before it is made, and is made by whoever finds it without an end: one that a crash
cut short is made again. What it can mend it mends: a ticket that is gone from the desk is owed
again, and of a merged one the survivor's number is noted.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

import structlog

from callcenter.calls.comparison import Comparer, Comparison, Scope
from callcenter.core.differences import Difference, Kind, Report
from callcenter.db import audited, audits, obligations
from callcenter.db.audits import Audit, Occasion
from callcenter.db.engine import Database
from callcenter.db.leases import LeaseLostError
from callcenter.desks.desk import DeskError

log = structlog.get_logger(__name__)

POLL_S = 2.0
"""How late an audit that somebody asked for is begun."""

FAULT_PAUSE_S = 30.0
"""After an error of the database, or of ours."""

DAY = timedelta(days=1)

NIGHT_SPAN = timedelta(days=7)
"""How far back a night's audit looks: a ticket may be deleted days after its call."""

MISSED_NIGHTS = timedelta(days=14)
"""So many days that nobody compared, for nothing ran, are compared with them."""

REMOTE_SPAN = timedelta(hours=1)
"""What is asked of a desk over a network every few minutes; every night it is the days that were
not compared yet."""

KEPT = timedelta(days=400)
"""Audits of a year, and of the month it is compared with."""

GONE_MAX = 10
"""More tickets gone at once, and more than half of those asked for, are not believed: rather a desk
that was restored from a backup, or asked with other rights. A person has to look."""


TOLD_ELSEWHERE = frozenset(
    {Kind.OBLIGATION_OPEN, Kind.TIMES_OPEN, Kind.TICKET_REOPENED, Kind.TICKET_FOLLOWED}
)
"""What is logged, listed or kept in the trail where it happens: no second warning of it."""


@dataclass(kw_only=True)
class Auditor:
    """Of one instance; it works while it has the lease.

    ``committed`` is called after each commit that was journalled, ``owed`` after one with a debt
    that is open again.
    """

    comparer: Comparer
    timezone: tzinfo
    every: timedelta
    night_hour: int
    now: Callable[[], datetime]
    committed: Callable[[], None] = field(default=lambda: None)
    owed: Callable[[], None] = field(default=lambda: None)

    async def work(self, database: Database) -> None:
        """Make audits when it is time for them, until cancelled."""
        while True:
            try:
                is_idle = not await self.make_next(database)
            except LeaseLostError:
                raise
            except Exception:
                log.exception("audit.put_off", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)
            else:
                await asyncio.sleep(POLL_S if is_idle else 0)

    async def make_next(self, database: Database) -> bool:
        """Make the audit that is due, if there is one; give whether there was."""
        async with database.reading() as connection:
            due = await audits.asked(connection)
            nightly = await audits.last(connection, Occasion.NIGHT)
            rolling = await audits.last(connection, Occasion.ROLLING)
            began_at = await audited.first_started_at(connection)
        now = self.now()
        compared_until = nightly.until if nightly else began_at or now  # nothing before our time
        if due is None and (span := self._due(now, compared_until, rolling)):
            async with database.transaction() as connection:
                occasion, since, until = span
                id_ = await audits.ask(connection, since, until, occasion=occasion, now=now)
                due = await audits.get(connection, id_)
        if due is None:
            return False
        await self._make(database, due)
        return True

    def _due(
        self, now: datetime, compared_until: datetime, rolling: Audit | None
    ) -> tuple[Occasion, datetime, datetime] | None:
        local = now.astimezone(self.timezone)
        midnight = datetime.combine(local.date(), time(), self.timezone)
        if local.hour >= self.night_hour and compared_until < midnight:
            week = datetime.combine(local.date() - NIGHT_SPAN, time(), self.timezone)
            missed = max(compared_until, midnight - MISSED_NIGHTS)
            return Occasion.NIGHT, min(week, missed), midnight
        # A clock that was set back must not put it off.
        if rolling is None or abs(now - rolling.started_at) >= self.every:
            return Occasion.ROLLING, now - DAY, now
        return None

    async def _make(self, database: Database, audit: Audit) -> None:
        scope = Scope(
            remote_since=_remote_since(audit),
            # While it is followed, its ledger is read every two minutes anyhow.
            with_ledger=audit.occasion is not Occasion.ROLLING,
            ours_alone=True,
            unhurried=audit.occasion is not Occasion.ASKED,
        )
        found = await self.comparer.compare(audit.since, audit.until, scope)
        doubted = _doubted(found)
        differences = [
            one if _desk_of(one, found) in doubted else await self._mend(database, one, found)
            for one in found.report.differences
        ]
        report = Report(found.report.counts, differences)
        now = self.now()
        async with database.transaction() as connection:
            await audits.finish(connection, audit.id, report, now=now)
            await audits.prune(connection, now - KEPT)
        _tell(audit, report)

    # -- mending -------------------------------------------------------------------------------

    async def _mend(self, database: Database, one: Difference, found: Comparison) -> Difference:
        match one.kind:
            case Kind.TICKET_GONE:
                is_mended = await self._reopen(database, one, found)
            case Kind.TICKET_RENUMBERED:
                is_mended = await self._follow(database, one, found)
            case _:
                is_mended = False
        return one.mended() if is_mended else one

    async def _reopen(self, database: Database, one: Difference, found: Comparison) -> bool:
        if not one.call_id or not one.ticket_number or await self._is_held(one, found):
            return False
        async with database.transaction() as connection:
            is_open = await obligations.reopened(
                connection,
                one.call_id,
                number=one.ticket_number,
                why="the desk has it no more",
                now=self.now(),
            )
        self.committed()
        self.owed()
        return is_open

    async def _is_held(self, one: Difference, found: Comparison) -> bool:
        """Whether the desk has a ticket of the call after all, or does not say."""
        call_id = one.call_id or ""
        try:
            held = await self.comparer.desks[found.debts[call_id].desk].held([call_id])
        except (DeskError, TimeoutError):
            return True
        return bool(held.get(call_id))

    async def _follow(self, database: Database, one: Difference, found: Comparison) -> bool:
        if not one.call_id or not one.ticket_number:
            return False
        survivor = found.held[one.call_id][0]
        async with database.transaction() as connection:
            follows = await obligations.renumbered(
                connection,
                one.call_id,
                merged=one.ticket_number,
                number=survivor.number,
                url=survivor.url,
                now=self.now(),
            )
        self.committed()
        return follows


def _remote_since(audit: Audit) -> datetime:
    match audit.occasion:
        case Occasion.ROLLING:
            return audit.until - REMOTE_SPAN
        case Occasion.NIGHT:  # the last day of its week, and what is before the week was missed
            return audit.since + NIGHT_SPAN - DAY
        case Occasion.ASKED:
            return audit.since


def _desk_of(one: Difference, found: Comparison) -> str | None:
    debt = found.debts.get(one.call_id or "")
    return debt.desk if debt else None


def _doubted(found: Comparison) -> set[str]:
    """The desks of which more tickets are gone than can be believed: see GONE_MAX."""
    gone = Counter(
        found.debts[one.call_id].desk
        for one in found.report.differences
        if one.kind is Kind.TICKET_GONE and one.call_id
    )
    doubted = set()
    for desk, count in gone.items():
        held = found.report.counts.get(f"desk.{desk}", 0)
        if count > GONE_MAX and count > held:
            doubted.add(desk)
            log.error(
                "audit.many_tickets_gone",
                desk=desk,
                gone=count,
                held=held,
                hint="none is made anew: look whether the desk shows this account all its tickets",
            )
    return doubted


def _tell(audit: Audit, report: Report) -> None:
    kinds: Mapping[str, int] = Counter(one.kind.value for one in report.differences)
    say = log.info if kinds.keys() <= TOLD_ELSEWHERE else log.warning
    say("audit.made", occasion=audit.occasion.value, calls=report.counts["calls"], **kinds)
