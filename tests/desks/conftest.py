"""Desks of a test's own, and answered calls that owe them a ticket."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.db import agents
from callcenter.db.engine import Database
from callcenter.desks.desk import Desk, DeskError, Draft, TicketRef
from callcenter.desks.follower import DeskFollower
from callcenter.desks.worker import TicketWorker
from tests.calls.database import FlakyDatabase
from tests.calls.facts import CALLER, started, story
from tests.desks.clock import Clock
from tests.desks.trial import Kind, Trial

LINES = {name: LineRecord(name, "FR") for name in ("builtin", "other", "nowhere")}
"""Each line has the desk of its own name."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Nothing is logged to the terminal: a traceback drawn there takes a second."""
    with capture_logs():
        yield


@dataclass
class FakeDesk:
    """A remote desk that makes a ticket each time it is asked to: it knows no key by itself."""

    name: str = "builtin"
    searchable: bool = True
    settles_s: float = 0.0
    made: list[Draft] = field(default_factory=list)
    finds: int = 0
    down: bool = False
    refuses: Exception | None = None
    asked: int = 0  # how often, for whatever
    creates_and_fails: int = 0  # so often the ticket is made and the answer is lost
    hangs_on: set[str] = field(default_factory=set)
    hung: bool = False

    async def find(self, key: str) -> TicketRef | None:
        self.finds += 1
        self._refuse_if_down()
        places = [place for place, draft in enumerate(self.made, 1) if draft.key == key]
        return self._ref(places[-1]) if places else None

    async def held(self, keys: Collection[str]) -> dict[str, list[TicketRef]]:
        self._refuse_if_down()
        found: dict[str, list[TicketRef]] = {}
        for place, draft in enumerate(self.made, 1):
            if draft.key in keys:
                found.setdefault(draft.key, []).append(self._ref(place))
        return found

    async def create(self, draft: Draft) -> TicketRef:
        self._refuse_if_down()
        if draft.key in self.hangs_on:
            self.hung = True
            await asyncio.Event().wait()
        self.made.append(draft)
        if self.creates_and_fails:
            self.creates_and_fails -= 1
            raise DeskError("the connection broke while it answered")
        return self._ref(len(self.made))

    def _refuse_if_down(self) -> None:
        self.asked += 1
        if self.down:
            raise DeskError("the desk does not answer")
        if self.refuses:
            raise self.refuses

    def _ref(self, number: int) -> TicketRef:
        return TicketRef(f"F{number:04}", f"https://desk.test/{number}")


class KilledError(BaseException):
    """The process is no more, and does nothing more."""


@dataclass
class DeadlyDesk(FakeDesk):
    """Whose process of ours dies with the ticket just made, in ``alive``."""

    alive: FakeDesk = field(default_factory=FakeDesk)

    async def create(self, draft: Draft) -> TicketRef:
        await self.alive.create(draft)
        raise KilledError


@dataclass
class Counts:
    """What a worker reported."""

    commits: int = 0
    tickets: list[tuple[str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    failed: asyncio.Event = field(default_factory=asyncio.Event)

    def committed(self) -> None:
        self.commits += 1

    def ticket(self, desk: str, delay_s: float) -> None:
        self.tickets.append((desk, delay_s))

    def failure(self, desk: str) -> None:
        self.failures.append(desk)
        self.failed.set()

    async def failed_times(self, count: int) -> None:
        while len(self.failures) < count:
            self.failed.clear()
            await self.failed.wait()


@dataclass
class Office:
    """Lines, desks and the job between them, at a time that stands."""

    database: FlakyDatabase
    clock: Clock = field(default_factory=Clock)
    counts: Counts = field(default_factory=Counts)

    async def answer(
        self,
        *numbers: int,
        line: str = "builtin",
        caller: str = CALLER,
        by: str | None = None,
    ) -> None:
        """Calls are answered on the line: by the agent with that login, or by no known one."""
        recorder = Recorder(database=self.database, lines=LINES, committed=lambda _entries: None)
        calls = (started(number, line=line, caller=caller) for number in numbers)
        facts = [fact for call in calls for fact in story(call, by)]
        async with self.database.reading() as connection:
            ids = await agents.ids(connection)
        await recorder.record(facts, ids)

    def worker(self, *desks: Desk) -> TicketWorker:
        return TicketWorker(
            database=self.database,
            desks={desk.name: desk for desk in desks},
            now=self.clock,
            shared_now=self.clock.shared,
            monotonic=self.clock.monotonic,
            random=Random(1),
            committed=self.counts.committed,
            count_ticket=self.counts.ticket,
            count_failure=self.counts.failure,
        )

    def follower(self, desk: Desk, poll_s: float = 60.0) -> DeskFollower:
        return DeskFollower(
            desk=desk,
            poll_s=poll_s,
            random=Random(1),
            committed=lambda: None,
            owed=lambda: None,
            shared_now=self.clock.shared,
            monotonic=self.clock.monotonic,
        )


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """On SQLite, then on PostgreSQL."""
    async with FlakyDatabase.open(database_url) as opened:
        yield Office(opened)


@pytest.fixture
async def sqlite_office(sqlite_url: str) -> AsyncIterator[Office]:
    """For what happens above the database."""
    async with FlakyDatabase.open(sqlite_url) as opened:
        yield Office(opened)


@pytest.fixture
async def database(office: Office) -> Database:
    """The office's."""
    return office.database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trial(
    request: pytest.FixtureRequest,
    _sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Trial]:
    """The kind of desk that the test is given, with what is behind it, for all tests of a file."""
    folder = tmp_path_factory.mktemp("trial")
    database = shutil.copyfile(_sqlite_template, folder / "callcenter.db")
    kind: Kind = request.param
    async with kind.open(folder, f"sqlite+aiosqlite:///{database}") as opened:
        yield opened
