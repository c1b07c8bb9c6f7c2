"""What an audit is made of in tests: an office, its desk, and records that a test writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from callcenter.ami.errors import AmiUnreachableError
from callcenter.calls.auditor import Auditor
from callcenter.calls.comparison import AuditedPbx, Comparer
from callcenter.core.line import Line, Lines
from callcenter.core.noted import Noted
from callcenter.db.schema import calls, obligations, tickets
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Desk
from callcenter.records.source import Reading, RecordsError, Span
from tests.calls.facts import START, started
from tests.desks.conftest import Office

LINES = Lines([Line("builtin", frozenset({"100"}), queue="builtin")])
DAY = (START - timedelta(hours=9), START + timedelta(hours=15))


@dataclass
class Written:
    """Records that a test writes: what the PBX noted, from an hour before the first call on."""

    name: str = "cdr"
    notes: list[Noted] = field(default_factory=list)
    problem: str | None = None

    async def read(self, position: str | None, now: datetime) -> Reading:
        raise NotImplementedError

    async def between(self, since: datetime, until: datetime, now: datetime) -> Span:
        if self.problem:
            raise RecordsError(self.problem)
        found = [note for note in self.notes if since <= note.answered_at < until]
        return Span(found, START - timedelta(hours=1))


def noted(number: int, *, at: float = 4) -> Noted:
    """As a PBX notes the call of this number: it lasted a minute."""
    answered_at = started(number).started_at + timedelta(seconds=at)
    return Noted(
        started(number).linkedid,
        "builtin",
        answered_at,
        "PJSIP/101-00000001",
        "0639981122",
        ended_at=answered_at + timedelta(seconds=60),
    )


@dataclass
class House:
    """An office an hour after its calls, whose tickets are made."""

    office: Office
    records: Written = field(default_factory=Written)
    ledger: dict[str, Noted] | None = field(default_factory=dict)
    others: Sequence[Desk] = ()

    def __post_init__(self) -> None:
        self.desk = BuiltinDesk(
            name="builtin",
            database=self.office.database,
            base_url="http://callcenter.test",
            zones={},
            now=self.office.clock,
        )
        self.committed = self.owed = 0

    async def answer(self, *numbers: int) -> None:
        """Calls are answered, recorded, and paid; an hour passes."""
        await self.office.answer(*numbers)
        self.records.notes += [noted(number) for number in numbers]
        await self.pay()
        self.office.clock.advance(3600)

    async def pay(self) -> None:
        """The job makes the tickets that are due."""
        await self.office.worker(self.desk, *self.others).pay_due("builtin")

    @property
    def comparer(self) -> Comparer:
        pbx = AuditedPbx(name="main", lines=LINES, ledger=self._ledger, sources=[self.records])
        desks = {desk.name: desk for desk in (self.desk, *self.others)}
        return Comparer(
            database=self.office.database, desks=desks, pbxs=[pbx], now=self.office.clock
        )

    @property
    def auditor(self) -> Auditor:
        return Auditor(
            comparer=self.comparer,
            timezone=UTC,
            every=timedelta(minutes=5),
            night_hour=3,
            now=self.office.clock,
            committed=self._count_commit,
            owed=self._count_debt,
        )

    async def differences(self) -> list[tuple[str, str | None]]:
        """Kind and ticket of each, with nothing written."""
        found = await self.comparer.compare(*DAY)
        return [(one.kind.value, one.ticket_number) for one in found.report.differences]

    async def remove_ticket(self, number: str) -> None:
        """By hand."""
        async with self.office.database.transaction() as connection:
            await connection.execute(delete(tickets).where(tickets.c.number == number))

    async def remove_call(self, number: int) -> None:
        """The same."""
        id_ = started(number).id
        async with self.office.database.transaction() as connection:
            await connection.execute(delete(obligations).where(obligations.c.call_id == id_))
            await connection.execute(delete(calls).where(calls.c.id == id_))

    async def _ledger(self) -> Mapping[str, Noted]:
        if self.ledger is None:
            raise AmiUnreachableError("connection refused")
        return self.ledger

    def _count_commit(self) -> None:
        self.committed += 1

    def _count_debt(self) -> None:
        self.owed += 1
