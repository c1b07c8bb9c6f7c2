"""Files that are appended to and rotated while they are read."""

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callcenter.records.file import RecordsFile
from callcenter.records.queue_log import QueueLog
from callcenter.records.source import OPEN_MAX, RecordsError
from tests.records.played import LINES

START = 1795421524
BEFORE = datetime.fromtimestamp(START, UTC)
"""Of the first look."""
NOW = BEFORE + timedelta(minutes=5)


def call(number: int, *events: str) -> str:
    """Lines of one call, begun so many seconds after the start: answered a second later."""
    rows = {
        "enters": f"{START + number}|{START}.{number}|support|NONE|ENTERQUEUE||0639981122|1",
        "answered": f"{START + number + 1}|{START}.{number}|support|PJSIP/101|CONNECT|1||1",
        "ends": f"{START + number + 9}|{START}.{number}|support|PJSIP/101|COMPLETECALLER|1|8|1",
    }
    return "".join(f"{rows[event]}\n" for event in events or rows)


class Log:
    """A queue_log, and the position that its reader came to."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "queue_log"
        self.path.touch()
        self.position: str | None = None
        self._age = 0

    def write(self, text: str, name: str = "queue_log") -> None:
        with self.path.with_name(name).open("a", encoding="utf-8") as file:
            file.write(text)

    def rotate(self) -> None:
        """As logrotate does: each predecessor moves up by one, and an empty file is made."""
        for path in sorted(self.path.parent.glob("queue_log.*"), reverse=True):
            number, *ending = path.name.split(".")[1:]
            path.rename(path.with_name(".".join(["queue_log", str(int(number) + 1), *ending])))
        self._age += 1
        os.utime(self.path, (START + self._age, START + self._age))
        self.path.rename(self.path.with_name("queue_log.1"))
        self.path.touch()

    def compress(self, name: str) -> None:
        path = self.path.with_name(name)
        packed = path.with_name(f"{name}.gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
        os.utime(packed, (path.stat().st_atime, path.stat().st_mtime))
        path.unlink()

    async def read(self, now: datetime = NOW) -> list[int]:
        """The numbers of the calls that are over since the last look."""
        at = BEFORE if self.position is None else now
        reading = await RecordsFile(self.path, QueueLog(LINES)).read(self.position, at)
        self.position = reading.position
        return [int(note.linkedid.partition(".")[2]) for note in reading.notes]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


async def test_what_was_there_before_the_first_look_is_not_ours(log: Log) -> None:
    log.write(call(1))
    assert await log.read() == []
    log.write(call(2))
    assert await log.read() == [2]
    assert await log.read() == []


async def test_what_was_answered_before_the_first_look_is_not_ours_read_again_or_not(
    log: Log,
) -> None:
    log.write(call(-60))
    await log.read()
    log.path.write_text(call(-30) + call(3), encoding="utf-8")
    with capture_logs():
        assert await log.read() == [3]


async def test_a_call_is_told_when_it_is_over_and_a_line_when_it_is_whole(log: Log) -> None:
    await log.read()
    log.write(call(1, "enters"))
    log.write(call(2))
    log.write(call(1, "answered"))
    assert await log.read() == [2]
    end = call(1, "ends")
    log.write(end[:20])
    assert 1 not in await log.read()
    log.write(end[20:])
    assert 1 in await log.read()
    assert await log.read() == []


async def test_a_call_that_never_ends_is_told_after_hours(log: Log) -> None:
    await log.read()
    log.write(call(1, "enters", "answered"))
    assert await log.read() == []
    assert await log.read(NOW + OPEN_MAX) == [1]
    assert await log.read(NOW + OPEN_MAX) == []


async def test_a_call_that_an_asterisk_died_in_is_over_when_another_begins(log: Log) -> None:
    await log.read()
    log.write(call(1, "enters", "answered"))
    assert await log.read() == []
    log.write(f"{START + 60}|NONE|NONE|NONE|QUEUESTART|\n{call(61, 'enters', 'answered')}")
    assert await log.read() == [1]
    log.write(call(61, "ends"))
    assert await log.read() == [61]


async def test_a_file_that_was_rotated_is_read_to_its_end(log: Log) -> None:
    log.write(call(1))
    await log.read()
    log.write(call(2))
    log.rotate()
    log.write(call(3))
    assert await log.read() == [2, 3]
    log.write(call(4))
    log.rotate()
    log.write(call(5))
    log.rotate()
    log.compress("queue_log.2")
    log.write(call(6))
    assert await log.read() == [4, 5, 6]


async def test_a_file_that_was_empty_at_the_first_look_may_be_rotated(log: Log) -> None:
    await log.read()
    log.write(call(1))
    log.rotate()
    log.write(call(2))
    assert await log.read() == [1, 2]


async def test_a_file_that_was_cut_short_is_read_again(log: Log) -> None:
    log.write(call(1) + call(2))
    await log.read()
    log.path.write_text(call(3), encoding="utf-8")
    with capture_logs() as said:
        assert await log.read() == [3]
    assert [entry["event"] for entry in said] == ["records.lost_place"]


async def test_what_is_no_record_is_passed_over_and_said(log: Log) -> None:
    await log.read()
    with log.path.open("ab") as file:
        file.write(b"rubbish\n\0\0\n" + b"x" * 70_000 + b"\n")
        file.write(b"1795421530|NONE|NONE|Z\xe9ro|CONFIGRELOAD|\n")
    log.write(call(1))
    with capture_logs() as said:
        assert await log.read() == [1]
    assert [(entry["event"], entry["lines"]) for entry in said] == [("records.not_understood", 3)]


async def test_a_file_that_is_not_there_or_broken_says_so(log: Log) -> None:
    await log.read()
    log.path.with_name("queue_log.1.gz").write_bytes(b"\x1f\x8b rubbish")
    with pytest.raises(RecordsError, match="cannot be read"):
        await log.read()  # the file was empty before: what is in the other is not known
    log.write(call(1))
    log.path.with_name("queue_log.1.gz").rename(log.path.with_name("elsewhere"))
    assert await log.read() == [1]
    log.path.with_name("elsewhere").rename(log.path.with_name("queue_log.1.gz"))
    assert await log.read() == []
    log.path.unlink()
    with pytest.raises(RecordsError, match="is not there: look at"):
        await log.read()
