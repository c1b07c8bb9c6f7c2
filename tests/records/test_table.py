"""The same records in tables of real databases, in the layouts that Asterisks and FreePBX have."""

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from callcenter.db.engine import Database
from callcenter.records.cdr import ALWAYS, Cdr
from callcenter.records.file import RecordsFile
from callcenter.records.queue_log import QueueLog
from callcenter.records.source import Format, RecordsError, Span
from callcenter.records.table import RecordsTable
from tests.records.played import LATER, LINES, master_csv, queue_log

PARIS = ZoneInfo("Europe/Paris")
WHOLE = datetime(2026, 11, 24, tzinfo=UTC), LATER

FREEPBX_CDR = """calldate timestamp, clid varchar(80), src varchar(80), dst varchar(80),
    dcontext varchar(80), channel varchar(80), dstchannel varchar(80), lastapp varchar(80),
    lastdata varchar(80), duration int, billsec int, disposition varchar(45), amaflags int,
    accountcode varchar(20), uniqueid varchar(32), userfield varchar(255), did varchar(50),
    linkedid varchar(32), sequence int"""
CONTRIB_CDR = """start timestamp, answer timestamp, "end" timestamp, src varchar(80),
    dst varchar(80), dcontext varchar(80), channel varchar(80), dstchannel varchar(80),
    lastapp varchar(80), lastdata varchar(200), duration int, billsec int, disposition varchar(45),
    uniqueid varchar(150)"""
SPLIT_QUEUE_LOG = """{time}, callid varchar(80), queuename varchar(80), agent varchar(80),
    event varchar(32), data varchar(100), data1 varchar(100), data2 varchar(100),
    data3 varchar(100), data4 varchar(100), data5 varchar(100)"""
JOINED_QUEUE_LOG = """{time}, callid varchar(80), queuename varchar(80), agent varchar(80),
    event varchar(32), data varchar(255)"""

Row = Mapping[str, Any]


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """The PBX's, in which nothing is ours."""
    return empty_database_url


async def fill(database: Database, name: str, layout: str, rows: Sequence[Row]) -> None:
    """A table of the rows, whose columns are among the layout's."""
    columns = ", ".join(f'"{column}"' for column in rows[0])
    values = ", ".join(f":{column}" for column in rows[0])
    async with database.transaction() as connection:
        await connection.execute(text(f"CREATE TABLE {name} ({layout})"))
        for row in rows:
            query = text(f"INSERT INTO {name} ({columns}) VALUES ({values})")
            await connection.execute(query, [_stored(database, row)])


def _stored(database: Database, row: Row) -> dict[str, Any]:
    """SQLite has texts for dates."""
    if not database.is_sqlite:
        return dict(row)
    return {
        name: value.isoformat(" ") if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def local(at: datetime) -> datetime:
    return at.astimezone(PARIS).replace(tzinfo=None)


def cdr_rows(version: int, *, start: str) -> list[dict[str, Any]]:
    """What the file has, with times by a clock in Paris."""
    with master_csv(version).open(encoding="utf-8") as file:
        rows = [dict(zip((*ALWAYS, "uniqueid"), line, strict=True)) for line in csv.reader(file)]
    for row in rows:
        for name in ("start", "answer", "end"):
            at = row.pop(name)
            row[name] = local(datetime.fromisoformat(f"{at}+00:00")) if at else None
        row["calldate"] = row["start"]
        row |= {name: int(row[name]) for name in ("duration", "billsec")}
    kept = {start, "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"}
    kept |= {"duration", "billsec", "disposition", "uniqueid"}
    kept |= {"answer", "end"} if start == "start" else set()
    return [{name: value for name, value in row.items() if name in kept} for row in rows]


def queue_rows(version: int, form: str, *, split: bool) -> list[dict[str, Any]]:
    rows = []
    for line in queue_log(version).read_text().splitlines():
        at, call, queue, agent, event, *data = line.split("|")
        parts = {f"data{place}": part for place, part in enumerate(data[:5], 1)}
        every = {f"data{place}": parts.get(f"data{place}", "") for place in range(1, 6)}
        rows.append(
            {
                "time": written(datetime.fromtimestamp(int(at), UTC), form),
                "callid": call,
                "queuename": queue,
                "agent": agent,
                "event": event,
                **(every if split else {"data": "|".join(data)}),
            }
        )
    return rows


def written(at: datetime, form: str) -> Any:
    match form:
        case "epoch":
            return str(int(at.timestamp()))
        case "text":
            return f"{local(at).isoformat(' ')}.123456"
        case "timestamp":
            return local(at)
        case _:
            return at


async def in_table(
    database: Database, table: str, format_: Format[Any], since: datetime = WHOLE[0]
) -> Span:
    url = database.engine.url.render_as_string(hide_password=False)
    return await RecordsTable(url, table, format_, PARIS).between(since, LATER, LATER)


@pytest.mark.parametrize(
    ("time", "form", "split"),
    [
        ("time varchar(32)", "epoch", False),
        ("time char(26)", "text", True),
        ("time timestamp", "timestamp", True),
        ("time timestamptz", "aware", False),
    ],
)
async def test_a_queue_log_table_tells_what_the_file_does(
    database: Database, time: str, form: str, split: bool
) -> None:
    layout = (SPLIT_QUEUE_LOG if split else JOINED_QUEUE_LOG).format(time=time)
    await fill(database, "queue_log", layout, queue_rows(22, form, split=split))
    in_file = await RecordsFile(queue_log(22), QueueLog(LINES)).between(*WHOLE, LATER)
    found = await in_table(database, "queue_log", QueueLog(LINES, PARIS))
    assert [one.linkedid for one in found.notes] == [one.linkedid for one in in_file.notes]
    for one, other in zip(found.notes, in_file.notes, strict=True):
        assert one.answered_at.replace(microsecond=0) == other.answered_at
        assert (one.channel, one.caller_raw, one.line) == (
            other.channel,
            other.caller_raw,
            other.line,
        )


@pytest.mark.parametrize(("layout", "start"), [(FREEPBX_CDR, "calldate"), (CONTRIB_CDR, "start")])
async def test_a_cdr_table_tells_what_the_file_does(
    database: Database, layout: str, start: str
) -> None:
    await fill(database, "cdr", layout, cdr_rows(16, start=start))
    in_file = await RecordsFile(master_csv(16), Cdr(LINES, UTC)).between(*WHOLE, LATER)
    found = await in_table(database, "cdr", Cdr(LINES, PARIS))
    by_id = {note.linkedid: note for note in found.notes}
    assert set(by_id) == {note.linkedid for note in in_file.notes}
    for note in in_file.notes:
        other = by_id[note.linkedid]
        assert (other.line, other.channel, other.started_at) == (
            note.line,
            note.channel,
            note.started_at,
        )
        assert abs(other.answered_at - note.answered_at) <= timedelta(seconds=1)
        assert abs((other.ended_at or LATER) - (note.ended_at or LATER)) <= timedelta(seconds=1)


async def test_a_table_is_read_on_from_where_it_was_left(sqlite_database: Database) -> None:
    rows = queue_rows(22, "epoch", split=False)
    layout = JOINED_QUEUE_LOG.format(time="time varchar(32)")
    await fill(sqlite_database, "queue_log", layout, rows)
    url = str(sqlite_database.engine.url)
    source = RecordsTable(url, "queue_log", QueueLog(LINES), UTC)
    first = await source.read(None, datetime(2026, 11, 24, tzinfo=UTC))
    assert first.notes == []
    second = await source.read(first.position, LATER)
    assert len(second.notes) == 9
    third = await source.read(second.position, LATER + timedelta(days=1))
    assert third.notes == []


async def test_a_table_that_cannot_be_read_says_what_to_look_at(
    database: Database, tmp_path: str
) -> None:
    await fill(database, "other", "word varchar(8)", [{"word": "none"}])
    with pytest.raises(RecordsError, match=r"'nothing' cannot be read .*look at \[pbx.records\]"):
        await in_table(database, "nothing", QueueLog(LINES))
    with pytest.raises(RecordsError, match="has no column calldate or start"):
        await in_table(database, "other", Cdr(LINES, UTC))
    gone = RecordsTable(f"sqlite+aiosqlite:///{tmp_path}/gone", "cdr", Cdr(LINES, UTC), UTC)
    with pytest.raises(RecordsError, match="gone is not there"):
        await gone.read(None, LATER)
    mysql = RecordsTable("mysql+nodriver://pbx/cdr", "cdr", Cdr(LINES, UTC), UTC)
    with pytest.raises(RecordsError, match=r"pip install 'callcenter\[mysql\]'"):
        await mysql.read(None, LATER)
