"""A PBX whose dialplan keeps no ledger: its queue_log and CDR tell of the calls that nobody saw."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.api import Json
from tests.e2e.claims import assert_covered, assert_ticket
from tests.e2e.conftest import Prepared
from tests.e2e.house import House, opened
from tests.e2e.site import EXTENSIONS, LOGINS
from tests.e2e.truth import Played, moment
from tests.rig.ami import Ami
from tests.rig.errors import RigError
from tests.rig.fixtures import available
from tests.rig.rig import Rig
from tests.rig.scenarios import Expected

LEDGER = ("membergosub = sub-answered", "U(sub-answered)")
ROWS_WRITTEN_S = 8  # the records of a call are taken for complete seven seconds after its end
NUMBERS = {"0639981122": "101", "0639981123": "102"}


async def test_calls_that_nobody_saw_are_completed_from_the_pbxs_own_records(
    tmp_path: Path, prepared_sqlite: Prepared
) -> None:
    database = tmp_path / "callcenter.db"
    shutil.copyfile(prepared_sqlite.where, database)
    url, token = f"sqlite+aiosqlite:///{database}", prepared_sqlite.token
    async with opened(available(22), tmp_path, url, token, without_ledger) as house:
        await house.stop_service()
        read_records(house)
        await house.service.start()
        await until_there_is(database, 2, "record_cursors")  # both were looked at
        await house.stop_service()

        played = await house.play(calls_of_both_kinds, "support")
        await asyncio.sleep(ROWS_WRITTEN_S)
        await house.service.start()

        calls = await house.calls(played)
        for call, expected in zip(calls, played.expected, strict=True):
            assert_told(call, expected, played)
            await assert_ticket(house, call)
        await assert_covered(house)
        await until_there_is(database, 0, "out_of_sight WHERE closed_at IS NULL")
        assert "no difference" in await house.service.command("audit")

        removed = calls[1]["id"]
        for table in ("legs", "obligations"):
            by_hand(database, f"DELETE FROM {table} WHERE call_id = '{removed}'")
        by_hand(database, f"DELETE FROM calls WHERE id = '{removed}'")
        with pytest.raises(RigError, match=f"{removed} .* the call was removed"):
            await house.service.command("audit")
        house.assert_nobody_complained()


async def calls_of_both_kinds(rig: Rig, _ami: Ami, *_line: str) -> list[Expected]:
    """Two calls of a queue, two of a ring group, each answered by another."""
    expected = []
    for line in ("support", "network"):
        for number, name in NUMBERS.items():
            for each in NUMBERS.values():
                rig.phone(each).rings()
            rig.phone(name).answers(after=1.2, talk=1.5)
            await (await rig.call(number, EXTENSIONS[line])).over()
            expected.append(Expected(number, line, "answered", (f"PJSIP/{name}",)))
    return expected


def assert_told(call: Json, expected: Expected, played: Played) -> None:
    """The call is what it was, with the times of records that have whole seconds."""
    assert (call["caller"]["raw"], call["line"]) == (expected.caller, expected.line)
    assert call["outcome"] == "answered"
    (leg,) = call["legs"]
    assert (leg["interface"],) == expected.agents
    assert leg["agent"] == LOGINS[leg["interface"]]
    for name, at in played.measured(call["linkedid"]).items():
        if name != "queued_at" or call["line"] == "support":  # CDR does not tell it
            assert abs(moment(call[name]) - at) <= timedelta(seconds=1.5), name


def without_ledger(_name: str, text: str) -> str:
    """A rendered file as a site has it that may not touch its dialplan."""
    for words in LEDGER:
        text = text.replace(words, "")
    return text


def read_records(house: House) -> None:
    """Let the service read what Asterisk writes."""
    logs = house.rig.asterisk.folder / "log"
    (logs / "cdr-csv/Master.csv").touch()  # Asterisk makes it with the first call
    house.service.environ |= {
        "CALLCENTER_PBX__MAIN__RECORDS__QUEUE_LOG": str(logs / "queue_log"),
        "CALLCENTER_PBX__MAIN__RECORDS__CDR": str(logs / "cdr-csv/Master.csv"),
        "CALLCENTER_PBX__MAIN__RECORDS__TIMEZONE": "UTC",  # usegmtime=yes
    }


async def until_there_is(database: Path, count: int, rows: str) -> None:
    """Wait until the database has so many of these rows."""
    async with asyncio.timeout(10):
        while by_hand(database, f"SELECT count(*) FROM {rows}") != [(count,)]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def by_hand(database: Path, statement: str) -> list[tuple[object, ...]]:
    """What an administrator types into sqlite3."""
    with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        return connection.execute(statement).fetchall()
