"""``callcenter history import``: what is told of what was read, imported and left out."""

import asyncio
import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db.engine import Database
from callcenter.db.schema import calls, figure_marks, trail
from callcenter.db.sole import sole_service
from tests.cli.conftest import Call
from tests.records.played import master_csv, queue_log

IMPORT = ("history", "import", "--queue-log")


def rows(config: Path, table: Any) -> list[Any]:
    async def read() -> list[Any]:
        settings = load(config, {})
        async with migrated_database(settings) as database, database.reading() as view:
            return list((await view.execute(select(table))).all())

    return asyncio.run(read())


def test_calls_of_before_are_imported_and_again_they_are_known(call: Call, config: Path) -> None:
    result = call(*IMPORT, str(queue_log(22)))
    assert result.exit_code == 0, result.output
    first, second, third, *_, last = result.stdout.splitlines()
    assert first.startswith("36 lines read in ")
    assert second == "11 calls imported (9 answered, 1 overflow, 1 short_abandon)"
    assert third == "0 calls known already"
    assert last == "the service counts the figures of 1 days of lines, the newest first"
    assert len(rows(config, calls)) == 11
    assert [mark.line for mark in rows(config, figure_marks)] == ["support"]
    again = call(*IMPORT, str(queue_log(22)))
    assert again.exit_code == 0, again.output
    assert "0 calls imported\n11 calls known already" in again.stdout
    assert len(rows(config, calls)) == 11
    assert [one.action for one in rows(config, trail)] == ["history.imported"] * 2


def test_files_are_read_in_the_order_of_their_times_packed_or_not(
    call: Call, config: Path, folder: Path
) -> None:
    lines = queue_log(22).read_bytes().splitlines(keepends=True)
    (folder / "queue_log").write_bytes(b"".join(lines[20:]))
    (folder / "queue_log.1.gz").write_bytes(gzip.compress(b"".join(lines[:20])))
    result = call(*IMPORT, "queue_log", "--queue-log", "queue_log*")
    assert result.exit_code == 0, result.output
    assert "11 calls imported (9 answered, 1 overflow, 1 short_abandon)" in result.stdout


def test_the_configured_queue_log_is_read_with_what_it_was_rotated_to(
    call: Call, config: Path, folder: Path
) -> None:
    shutil.copy(queue_log(16), folder / "queue_log.1")
    shutil.copy(queue_log(22), folder / "queue_log")
    text = config.read_text()
    config.write_text(text.replace("[[line]]", '[pbx.records]\nqueue_log = "queue_log"\n[[line]]'))
    result = call("history", "import")
    assert result.exit_code == 0, result.output
    assert " calls imported" in result.stdout
    assert len(rows(config, calls)) > 11


def test_lines_that_are_no_records_are_named_and_left_out(
    call: Call, config: Path, folder: Path
) -> None:
    good = queue_log(22).read_bytes()
    bad = (
        b"rubbish\n\n\xff\xfe\n1795486469|1.1|support\n1|1.1|support|NONE|ABANDON|1|1|1\n"
        b"99999999999|1.1|support|NONE|ABANDON|1|1|1\n1795486469||support|NONE|ABANDON|1|1|1\n"
        b"1795486469|" + b"9" * 151 + b"|support|NONE|ABANDON|1|1|1\n" + b"x" * 70_000 + b"\n"
        b"1795486469|1795486469.77|sales|NONE|ENTERQUEUE||0639981122|1\n"
    )
    (folder / "queue_log").write_bytes(good + bad)
    result = call(*IMPORT, "queue_log")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "queue_log, line 37: it begins with no time",
        "queue_log, line 39: it begins with no time",
        "queue_log, line 40: it has 3 fields, and an event has five or more",
        "queue_log, line 41: its time is 1970-01-01 00:00:01 UTC, when there was no Asterisk",
        "queue_log, line 42: its time is 5138-11-16 09:46:39 UTC, which is yet to come",
        "queue_log, line 43: it names no event, or no call (of up to 150 characters)",
        "queue_log, line 44: it names no event, or no call (of up to 150 characters)",
        "queue_log, line 45: it begins with no time",
        "queue_log, line 46: it begins with no time",
    ]
    assert "9 of them unreadable" in result.stdout
    assert "1 calls left out: in queues that are no line's\n  queue 'sales': 1\n" in result.stdout
    assert len(rows(config, calls)) == 11


def test_only_to_look_writes_nothing(call: Call, config: Path) -> None:
    result = call(*IMPORT, str(queue_log(22)), "--dry-run")
    assert result.exit_code == 0, result.output
    assert "11 calls would be imported" in result.stdout
    assert rows(config, calls) == rows(config, trail) == []


def test_a_span_is_narrowed_by_days_of_the_site(call: Call, config: Path) -> None:
    result = call(*IMPORT, str(queue_log(22)), "--until", "2026-11-23")
    assert "11 calls left out: began before --from or after --until" in result.stdout
    result = call(*IMPORT, str(queue_log(22)), "--from", "2026-11-24", "--until", "2026-11-24")
    assert "11 calls imported" in result.stdout


def test_cdr_adds_the_calls_that_queue_log_does_not_have(call: Call, config: Path) -> None:
    text = config.read_text()
    line = '[[line]]\nname = "network"\nnumber = "+33465711020"\npbx = "main"\n'
    line += 'ring = ["PJSIP/101", "PJSIP/102"]\nextension = "0465711020"\n'
    config.write_text(text.replace("[[telephone]]", f"{line}[[telephone]]"))
    result = call(*IMPORT, str(queue_log(22)), "--cdr", str(master_csv(22)))
    assert result.exit_code == 0, result.output
    assert "22 calls imported (18 answered, 2 overflow, 2 short_abandon)" in result.stdout
    assert "calls left out: in CDR alone, and of no line" in result.stdout
    imported = rows(config, calls)
    assert {one.line for one in imported} == {"support", "network"}
    again = call("history", "import", "--cdr", str(master_csv(22)))
    assert "22 calls known already" in again.stdout
    assert rows(config, calls) == imported


def test_tables_are_read_where_they_are_configured(call: Call, config: Path, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "records.db")) as database, database:
        names = "time, callid, queuename, agent, event, data1, data2, data3, data4, data5"
        database.execute(f"CREATE TABLE queuelog ({names})")
        for line in queue_log(22).read_text().splitlines():
            words = [*line.split("|"), *[""] * 5][:10]
            database.execute("INSERT INTO queuelog VALUES (?,?,?,?,?,?,?,?,?,?)", words)
    url = f"sqlite+aiosqlite:///{folder}/records.db"
    records = f'[pbx.records]\nqueue_log_url = "{url}"\nqueue_log_table = "queuelog"\n'
    config.write_text(config.read_text().replace("[[line]]", f"{records}[[line]]", 1))
    result = call("history", "import")
    assert result.exit_code == 0, result.output
    assert "11 calls imported (9 answered, 1 overflow, 1 short_abandon)" in result.stdout


def test_what_cannot_be_found_is_told(call: Call, config: Path) -> None:
    assert "name the files with --queue-log" in call("history", "import").stderr
    missing = call(*IMPORT, "gone")
    assert (missing.exit_code, "gone cannot be read" in missing.stderr) == (2, True)
    other = call(*IMPORT, str(queue_log(22)), "--pbx", "other")
    assert (other.exit_code, "there is no PBX 'other'" in other.stderr) == (2, True)


def test_a_packed_file_that_is_broken_is_told(call: Call, config: Path, folder: Path) -> None:
    packed = gzip.compress(queue_log(22).read_bytes())
    (folder / "queue_log.gz").write_bytes(packed[: len(packed) // 2])
    result = call(*IMPORT, "queue_log.gz")
    assert result.exit_code == 2
    assert "queue_log.gz cannot be read" in result.stderr


@pytest.mark.parametrize("is_there", [True, False])
def test_it_runs_beside_a_service(call: Call, config: Path, is_there: bool) -> None:
    async def beside() -> str:
        url = load(config, {}).database.url.get_secret_value()
        async with Database.open(url), sole_service(url):
            result = await asyncio.to_thread(call, *IMPORT, str(queue_log(22)))
            return result.stdout

    said = asyncio.run(beside()) if is_there else call(*IMPORT, str(queue_log(22))).stdout
    assert "11 calls imported" in said
