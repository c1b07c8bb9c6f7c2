"""queue_log and CDR of real Asterisks, held against the calls that were played on them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.core.noted import Noted
from callcenter.records.cdr import Cdr
from callcenter.records.file import RecordsFile
from callcenter.records.queue_log import QueueLog
from tests.records.played import LATER, LINES, VERSIONS, Truth, answered, master_csv, queue_log

WHOLE = datetime(2026, 11, 24, tzinfo=UTC), LATER
Records = RecordsFile[object]


async def notes(source: Records) -> list[Noted]:
    span = await source.between(*WHOLE, LATER)
    return sorted(span.notes, key=lambda note: note.linkedid)


def of_queue(version: int) -> Records:
    return RecordsFile(queue_log(version), QueueLog(LINES))


def of_cdr(version: int) -> Records:
    return RecordsFile(master_csv(version), Cdr(LINES, UTC))


def told(note: Noted) -> tuple[str, str, str]:
    return note.linkedid, note.line, note.caller_raw


def true(call: Truth) -> tuple[str, str, str]:
    return call.linkedid, call.line, call.caller


@pytest.mark.parametrize("version", VERSIONS)
async def test_queue_log_tells_of_each_call_that_a_queue_had_answered(version: int) -> None:
    found, played = await notes(of_queue(version)), answered(version, "support")
    assert [told(note) for note in found] == [true(call) for call in played]
    for note, call in zip(found, played, strict=True):
        # Of a call that was picked up it names the member whose telephone rang.
        picked_up = call.scenario.endswith("pickup")
        assert note.channel == ("PJSIP/101" if picked_up else call.agents[0])


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_end_of_a_call_that_was_handed_on_is_not_in_queue_log(version: int) -> None:
    handed_on = {
        call.linkedid for call in answered(version, "support") if "transfer" in call.scenario
    }
    for note in await notes(of_queue(version)):
        assert note.queued_at is not None
        assert note.queued_at <= note.answered_at
        assert (note.ended_at is None) == (note.linkedid in handed_on)


@pytest.mark.parametrize("version", VERSIONS)
async def test_cdr_tells_of_each_answered_call_of_both_kinds_of_ring_group(version: int) -> None:
    found, played = await notes(of_cdr(version)), answered(version, "support", "network")
    assert [told(note) for note in found] == [true(call) for call in played]
    interfaces = [note.channel.rpartition("-")[0] for note in found]
    assert interfaces == [call.agents[0] for call in played]


@pytest.mark.parametrize("version", VERSIONS)
async def test_both_have_the_same_times_to_the_second(version: int) -> None:
    by_cdr = {note.linkedid: note for note in await notes(of_cdr(version))}
    for note in await notes(of_queue(version)):
        other = by_cdr[note.linkedid]
        assert abs(note.answered_at - other.answered_at) <= timedelta(seconds=1)
        assert other.started_at is not None
        assert other.ended_at is not None
        assert other.started_at <= other.answered_at <= other.ended_at
        if note.ended_at is not None:
            assert abs(note.ended_at - other.ended_at) <= timedelta(seconds=1)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_span_has_the_calls_that_were_answered_in_it(version: int) -> None:
    everything = await notes(of_cdr(version))
    third = everything[2].answered_at
    span = await of_cdr(version).between(third, third + timedelta(seconds=1), LATER)
    assert [note.linkedid for note in span.notes] == [
        note.linkedid for note in everything if note.answered_at == third
    ]


async def test_columns_that_newer_asterisks_add_tell_the_linkedid(tmp_path: Path) -> None:
    lines = master_csv(22).read_text().splitlines()
    wide = tmp_path / "Master.csv"
    wide.write_text("".join(f'{line},"","1795486000.5","7"\n' for line in lines))
    found = await notes(RecordsFile(wide, Cdr(LINES, UTC)))
    assert {note.linkedid for note in found} == {"1795486000.5"}


async def test_a_cdr_without_uniqueids_names_no_call(tmp_path: Path) -> None:
    lines = master_csv(22).read_text().splitlines()
    narrow = tmp_path / "Master.csv"
    narrow.write_text("".join(f"{line.rpartition(',')[0]}\n" for line in lines))
    assert await notes(RecordsFile(narrow, Cdr(LINES, UTC))) == []


async def test_a_clock_that_is_off_by_a_time_zone_is_put_right_by_the_uniqueids() -> None:
    in_utc = await notes(of_cdr(22))
    elsewhere = RecordsFile(master_csv(22), Cdr(LINES, ZoneInfo("Asia/Kolkata")))
    assert await notes(elsewhere) == in_utc


def test_a_call_whose_first_rows_are_missing_keeps_its_times() -> None:
    cdr = Cdr(LINES, UTC)
    columns = {
        "calldate": "2026-11-24 09:20:00",  # handed on to the line after twenty minutes
        "uniqueid": f"{int(datetime(2026, 11, 24, 9, tzinfo=UTC).timestamp())}.1",
        "channel": "PJSIP/trunk-00000001",
        "dstchannel": "PJSIP/101-00000002",
        "lastapp": "Queue",
        "lastdata": "support,t",
        "duration": 60,
        "billsec": 50,
        "disposition": "ANSWERED",
    }
    row = cdr.from_columns(columns)
    assert row is not None
    (found,) = cdr.calls([row], LATER)
    assert found.note is not None
    assert found.note.answered_at == datetime(2026, 11, 24, 9, 20, 10, tzinfo=UTC)
