"""A recorder of a test's own, on a database that can be made to fail."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.db.journal import Entry
from tests.calls.database import FlakyDatabase

LINES = {"support": LineRecord("builtin", "FR"), "sales": LineRecord("autotask", "FR")}


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What was logged, and in no terminal: a traceback drawn there takes a second."""
    with capture_logs() as events:
        yield events


@dataclass
class Counts:
    """What a recorder reported."""

    commits: int = 0
    ends: list[tuple[str, str]] = field(default_factory=list)

    def committed(self, _entries: Sequence[Entry]) -> None:
        self.commits += 1

    def ended(self, line: str, outcome: str) -> None:
        self.ends.append((line, outcome))


@pytest.fixture
async def flaky(database_url: str) -> AsyncIterator[FlakyDatabase]:
    """A migrated database, open: SQLite, then PostgreSQL."""
    async with FlakyDatabase.open(database_url) as opened:
        yield opened


@pytest.fixture
def counts() -> Counts:
    """What the recorder reports."""
    return Counts()


@pytest.fixture
def recorder(flaky: FlakyDatabase, counts: Counts) -> Recorder:
    """Of the PBX "main", with two lines."""
    return Recorder(database=flaky, lines=LINES, committed=counts.committed, count_end=counts.ended)
