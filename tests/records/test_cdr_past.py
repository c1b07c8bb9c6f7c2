"""What years of CDR tell of calls, in files and tables: of real ones, of both kinds of line."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callcenter.core.call import Call, Outcome
from callcenter.db.engine import Database
from callcenter.records.cdr import ALWAYS, Cdr
from callcenter.records.cdr_past import CdrPast
from callcenter.records.past import Part, Past, PastFiles
from callcenter.records.past_table import PastTable
from callcenter.records.queue_log import QueueLog
from callcenter.records.queue_past import QueuePast
from callcenter.records.source import RecordsError
from callcenter.records.table import RecordsTable
from tests.records.played import LATER, LINES, VERSIONS, master_csv, queue_log, truths
from tests.records.test_table import FREEPBX_CDR, SPLIT_QUEUE_LOG, fill

PARIS = ZoneInfo("Europe/Paris")


def interface(channel: str) -> tuple[str | None, str]:
    return None, channel.rpartition("-")[0] if "-" in channel else channel


def of_cdr(timezone: Any = UTC) -> CdrPast:
    return CdrPast(pbx="main", format=Cdr(LINES, timezone), who=interface)


async def told(past: Past[Any], teller: Any) -> dict[str, Call]:
    calls: list[Call] = []
    async for part in past.parts():
        assert not part.refused
        calls += teller.take(part.rows)
    calls += teller.rest()
    return {call.linkedid: call for call in calls}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_real_master_csv_gives_the_calls_that_were_played(version: int) -> None:
    teller = of_cdr()
    by_id = await told(PastFiles([master_csv(version)], teller.format, LATER), teller)
    played = truths(version)
    assert set(by_id) == {one.linkedid for one in played}
    assert teller.unrung <= 1
    for one in played:
        call = by_id[one.linkedid]
        assert (call.line, call.caller_raw, call.imported) == (one.line, one.caller, True)
        assert bool(call.transfers) == ("transfer" in one.scenario), one.scenario
        talked = [leg.interface for leg in call.legs if leg.answered_at is not None]
        assert sorted(talked) == sorted(one.agents), one.scenario
        if not one.agents:
            is_over = "overflow" in one.scenario
            assert call.outcome is (Outcome.OVERFLOW if is_over else Outcome.SHORT_ABANDON)
        assert call.ended_at is not None
        for leg in call.legs:
            assert leg.ended_at is not None
            assert call.started_at <= leg.offered_at <= (leg.answered_at or leg.ended_at)
            assert leg.ended_at <= call.ended_at


@pytest.mark.parametrize("version", VERSIONS)
async def test_both_records_tell_of_the_same_calls_at_the_same_times(version: int) -> None:
    cdr = of_cdr()
    by_cdr = await told(PastFiles([master_csv(version)], cdr.format, LATER), cdr)
    queues = QueuePast(pbx="main", lines=LINES, who=interface, now=LATER)
    by_log = await told(PastFiles([queue_log(version)], QueueLog(LINES), LATER), queues)
    for linkedid, call in by_log.items():
        other = by_cdr[linkedid]
        assert call.outcome is other.outcome
        assert abs(call.started_at - other.started_at) <= timedelta(seconds=1)
        if call.answered_at is not None:
            assert other.answered_at is not None
            assert abs(call.answered_at - other.answered_at) <= timedelta(seconds=1)


async def test_the_hour_that_comes_twice_is_told_apart_by_uniqueids(tmp_path: Path) -> None:
    born = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)  # 02:20 for the second time, in Paris
    line = (
        '"","0639981122","0465711010","callcenter-support","","PJSIP/trunk-1","PJSIP/101-2","Queue",'
        '"support","2026-10-25 02:20:00","2026-10-25 02:20:01","2026-10-25 02:20:30",30,29,'
        f'"ANSWERED","DOCUMENTATION","{int(born.timestamp())}.1"\n'
    )
    path = tmp_path / "Master.csv"
    path.write_text(line)
    teller = of_cdr(PARIS)
    [call] = (await told(PastFiles([path], teller.format, LATER), teller)).values()
    assert call.started_at == born
    assert call.ended_at == born + timedelta(seconds=30)


async def test_freepbxs_tables_give_the_same_as_the_files(database: Database) -> None:
    rows = list(csv.reader(master_csv(22).read_text().splitlines()))
    columns = [dict(zip((*ALWAYS, "uniqueid"), row, strict=True)) for row in rows]
    kept = [
        {
            "calldate": datetime.fromisoformat(row["start"]),
            "did": row["dst"],
            "duration": int(row["duration"]),
            "billsec": int(row["billsec"]),
            **{
                name: row[name]
                for name in (
                    *("src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"),
                    *("disposition", "uniqueid"),
                )
            },
        }
        for row in columns
    ]
    await fill(database, "cdr", FREEPBX_CDR, kept)
    teller = of_cdr()
    url = database.engine.url.render_as_string(hide_password=False)
    past = PastTable(RecordsTable(url, "cdr", teller.format, UTC), LATER)
    assert await past.sized() == len(kept)
    by_table = await told(past, teller)
    other = of_cdr()
    by_file = await told(PastFiles([master_csv(22)], other.format, LATER), other)
    assert {id_: call.outcome for id_, call in by_table.items()} == {
        id_: call.outcome for id_, call in by_file.items()
    }


async def test_a_table_of_queue_log_by_the_clock_on_the_wall(database: Database) -> None:
    born = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)
    call = f"{int(born.timestamp())}.1"

    def row(second: int, agent: str, event: str, *data: str) -> dict[str, Any]:
        at = datetime(2026, 10, 25, 2, 20, second)  # noqa: DTZ001  # for the second time, in Paris
        words = {f"data{place}": value for place, value in enumerate(data, start=1)}
        nothing = {f"data{place}": "" for place in range(1, 6)}
        return {
            "time": at,
            "callid": call,
            "queuename": "support",
            "agent": agent,
            "event": event,
            **nothing,
            **words,
        }

    rows = [
        row(5, "NONE", "ENTERQUEUE", "", "0639981122", "1"),
        row(9, "PJSIP/101", "CONNECT", "4", "1.2", "4"),
        row(50, "PJSIP/101", "COMPLETEAGENT", "4", "41", "1"),
    ]
    await fill(database, "queuelog", SPLIT_QUEUE_LOG.format(time="time timestamp"), rows)
    url = database.engine.url.render_as_string(hide_password=False)
    table = RecordsTable(url, "queuelog", QueueLog(LINES, PARIS), PARIS)
    teller = QueuePast(pbx="main", lines=LINES, who=interface, now=LATER, by_wall_clock=True)
    [found] = (await told(PastTable(table, LATER), teller)).values()
    assert (found.queued_at, found.answered_at, found.ended_at) == (
        born + timedelta(seconds=5),
        born + timedelta(seconds=9),
        born + timedelta(seconds=50),
    )


async def test_rows_of_a_table_that_are_none_are_told(sqlite_database: Database) -> None:
    layout = SPLIT_QUEUE_LOG.format(time="time varchar(30)")
    rows = [{"time": "never", "callid": "1.1", "queuename": "support", "event": "ABANDON"}]
    await fill(sqlite_database, "queuelog", layout, rows)
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    past = PastTable(RecordsTable(url, "queuelog", QueueLog(LINES), UTC), LATER)
    parts: list[Part[Any]] = [part async for part in past.parts()]
    assert [one.where for part in parts for one in part.refused] == ["queuelog, row 1 by its times"]
    missing = PastTable(RecordsTable(url, "gone", QueueLog(LINES), UTC), LATER)
    with pytest.raises(RecordsError, match="look at"):
        await missing.sized()
