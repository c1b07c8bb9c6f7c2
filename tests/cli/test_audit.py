"""``audit`` as a person calls it: beside a PBX and its records, on both databases, the service off.

The real command, as a process of its own; a hand removes rows between its runs.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import click
import pytest
from sqlalchemy import text

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.cli.audit import span_of
from callcenter.db.engine import Database
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.worker import TicketWorker
from tests.ami.scripted import ScriptedAmi, listing
from tests.calls.facts import started, story
from tests.cli.conftest import Call

START = 1795424400
"""2026-11-23 09:00 UTC, when the calls of ``facts`` begin."""

PARIS = ZoneInfo("Europe/Paris")


@dataclass
class Beside:
    """The command, called beside a PBX and a database with two calls and their tickets."""

    config: Path
    environ: dict[str, str]
    database: Database

    async def audit(self, *words: str) -> tuple[int, str]:
        """Its exit code, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "callcenter", "audit", "--from", "2026-11-23", *words),
            env={**os.environ, **self.environ},
            cwd=self.config.parent,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def by_hand(self, *statements: str) -> None:
        """What an administrator does in the database's own console."""
        async with self.database.transaction() as connection:
            for statement in statements:
                await connection.execute(text(statement))


@pytest.fixture
async def beside(config: Path, folder: Path, database: Database) -> AsyncIterator[Beside]:
    await _two_calls(database)
    rows = [
        f"{START + place}|{started(place).linkedid}|support|{agent}|{event}||||"
        for place in (1, 2)
        for agent, event in (
            ("NONE", "ENTERQUEUE"),
            ("PJSIP/101", "CONNECT"),
            ("PJSIP/101", "COMPLETECALLER"),
        )
    ]
    before = f"{START - 60}|NONE|NONE|NONE|QUEUESTART|"
    (folder / "queue_log").write_text("\n".join([before, *rows, ""]))
    async with ScriptedAmi() as pbx:
        pbx.answers["DBGetTree"] = listing("DBGetTreeComplete")
        environ = {
            "CALLCENTER_DATABASE__URL": database.engine.url.render_as_string(hide_password=False),
            "CALLCENTER_PBX__MAIN__PORT": str(pbx.port),
            "CALLCENTER_PBX__MAIN__SECRET": "right",
            "CALLCENTER_PBX__MAIN__RECORDS__QUEUE_LOG": "queue_log",
        }
        yield Beside(config, environ, database)


async def _two_calls(database: Database) -> None:
    """Two calls are answered, and their tickets made."""
    lines = {"support": LineRecord("builtin", "FR")}
    recorder = Recorder(database=database, lines=lines, committed=lambda _entries: None)
    facts = [fact for number in (1, 2) for fact in story(started(number), None)]
    await recorder.record(facts, {})

    def now() -> datetime:
        return datetime(2026, 11, 23, 10, tzinfo=UTC)

    desk = BuiltinDesk(
        name="builtin", database=database, base_url="http://desk.test", zones={}, now=now
    )
    worker = TicketWorker(
        database=database,
        desks={"builtin": desk},
        now=now,
        random=Random(1),
        committed=lambda: None,
    )
    await worker.pay_due("builtin")


async def test_it_names_a_ticket_deleted_by_hand_and_a_call_removed_by_hand(
    beside: Beside,
) -> None:
    code, said = await beside.audit("--to", "2026-11-23")
    assert (code, said.splitlines()[-1]) == (0, "no difference"), said
    assert "  calls                   2" in said
    assert "  records.main.queue_log  2" in said
    assert "calls answered from 2026-11-23 00:00:00 to 2026-11-24 00:00:00" in said

    first, second = started(1).id, started(2).id
    await beside.by_hand(
        f"DELETE FROM tickets WHERE call_key = '{first}'",
        f"DELETE FROM obligations WHERE call_id = '{second}'",
        f"DELETE FROM calls WHERE id = '{second}'",
    )
    code, said = await beside.audit()
    assert code == 1
    assert "2 differences" in said
    gone, removed = (
        next(line for line in said.splitlines() if id_ in line) for id_ in (first, second)
    )
    assert "2026-11-23 10:00:04" in gone
    assert "support" in gone
    assert "its ticket is gone from the desk" in gone
    assert "the call was removed: it was known here once" in removed

    code, said = await beside.audit("--json")
    told = {one["call"]: one for one in json.loads(said)["differences"]}
    assert code == 1
    assert {one["kind"] for one in told.values()} == {"ticket_gone", "call_removed"}
    assert told[second]["ticket"] in {"T20261123.0001", "T20261123.0002"}


def test_without_records_it_says_what_was_compared(call: Call, config: Path) -> None:
    result = call("audit")
    assert result.exit_code == 1  # no PBX answers here, and that is a difference
    assert "of its own side the ledger alone was compared" in result.stdout
    assert "could not be read (ledger:" in result.stdout


NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ("2026-11-23T00:00:00+01:00", "2026-11-24T01:30:00+00:00")),
        ("2026-11-20", "2026-11-22", ("2026-11-20T00:00:00+01:00", "2026-11-23T00:00:00+01:00")),
        ("2026-10-24", "2026-10-25", ("2026-10-24T00:00:00+02:00", "2026-10-26T00:00:00+01:00")),
        (
            "2026-11-23T09:30",
            "2026-11-23T09:00:00Z",
            ("2026-11-23T09:30:00+01:00", "2026-11-23T09:00:00+00:00"),
        ),
    ],
)
def test_when_is_of_the_sites_time_zone(
    since: str | None, until: str | None, expected: tuple[str, str]
) -> None:
    span = span_of(since, until, PARIS, NOW)
    assert (span.since.isoformat(), span.until.isoformat()) == expected


@pytest.mark.parametrize(("since", "until"), [("soon", None), ("2026-11-23", "2026-11-22")])
def test_a_span_that_is_none_is_refused(since: str, until: str | None) -> None:
    with pytest.raises(click.BadParameter, match="must be"):
        span_of(since, until, PARIS, NOW)
