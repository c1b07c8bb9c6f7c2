"""Requests of people: what the commands say, and that a wrong number is told."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.core.call import Outcome
from callcenter.core.counts import Fact
from callcenter.db.schema import calls, telephone_numbers
from tests.calls.history import History
from tests.cli.conftest import Call


@pytest.fixture(autouse=True)
def number(config: Path, acme: None) -> None:
    """The contact's."""

    async def write() -> None:
        async with (
            migrated_database(load(config, {})) as database,
            database.transaction() as connection,
        ):
            number = {"e164": "+33639981122", "company_id": 1, "contact_id": 7}
            await connection.execute(insert(telephone_numbers).values(number))

    asyncio.run(write())


def test_somebody_is_written_down_and_then_erased(call: Call) -> None:
    told = call("person", "export", "--contact", "7")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["contact"]["name"] == "Lucie Petit"
    done = call("person", "erase", "--contact", "7", input="y\n")
    assert done.exit_code == 0, done.output
    assert "what webhooks told other programs" in done.output
    assert "639981122" not in done.output
    gone = call("person", "export", "--contact", "7")
    assert gone.exit_code == 2
    assert "there is no contact 7" in gone.stderr


def test_a_number_may_be_typed_instead(call: Call) -> None:
    told = call("person", "export", "-", input="06 39 98 11 22\n")
    assert json.loads(told.stdout)["directory_numbers"][0]["contact"] == 7


def test_nothing_is_erased_without_a_yes(call: Call) -> None:
    assert call("person", "erase", "--contact", "7", input="n\n").exit_code == 1
    assert call("person", "export", "--contact", "7").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "12"), "no telephone number as people of FR write it"),
        (("export", "0536490000"), "nothing is kept of that number"),
        (("erase",), "give either a NUMBER or --contact ID"),
        (("erase", "0639981122", "--contact", "7"), "give either a NUMBER or --contact ID"),
        (("erase", "anonymous", "--yes"), "no telephone number"),
    ],
)
def test_who_is_nobody_is_told(call: Call, words: tuple[str, ...], said: str) -> None:
    result = call("person", *words)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.fixture
def spoken(config: Path, folder: Path) -> Path:
    """A recording of a call of hers, in a folder that is configured."""
    path = folder / "monitor" / "q-600-0639981122-1795421524.42.wav"
    path.parent.mkdir()
    path.write_bytes(b"RIFF")
    text = config.read_text(encoding="utf-8")
    own = '[pbx.recordings]\nfolder = "monitor"\n[pbx.rendered]'
    config.write_text(text.replace("[pbx.rendered]", own), encoding="utf-8")

    async def write() -> None:
        started = datetime.fromtimestamp(1_795_421_524, UTC)
        book = History()
        answered = {"outcome": Outcome.ANSWERED, "wait_s": 1.0, "started_at": started}
        book.tell(Fact(id="", line="support", **answered), caller="+33639981122")
        async with (
            migrated_database(load(config, {})) as database,
            database.transaction() as connection,
        ):
            await book.write(connection)
            await connection.execute(update(calls).values(channel="1795421524.42"))

    asyncio.run(write())
    return path


def test_what_was_said_is_named_and_removed(call: Call, spoken: Path) -> None:
    told = json.loads(call("person", "export", "0639981122").stdout)
    assert told["recordings"] == [str(spoken.resolve())]
    done = call("person", "erase", "0639981122", "--yes")
    assert done.exit_code == 0, done.output
    assert "1 recordings, removed" in done.output
    assert not spoken.exists()


def test_while_a_recording_cannot_be_removed_nothing_is_erased(
    call: Call, spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        done = call("person", "erase", "0639981122", "--yes")
    assert done.exit_code == 2
    assert "1 recordings cannot be removed (PermissionError: Permission denied)" in done.stderr
    assert len(json.loads(call("person", "export", "0639981122").stdout)["calls"]) == 1
    spoken.unlink()
    spoken.parent.rmdir()
    assert "cannot be read" in call("person", "erase", "0639981122", "--yes").stderr
