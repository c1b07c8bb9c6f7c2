"""``check`` tries each connection and says of each how it went."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.cli.check import check_connections, try_desk, try_labels, try_recordings
from callcenter.config import GenericDesk, Settings, load
from callcenter.core.recording_name import NamePattern
from callcenter.db import categories
from callcenter.db.categories import CategoryError
from callcenter.db.engine import Database
from callcenter.records.recordings import Recordings
from callcenter.records.source import RecordsError
from tests.ami.scripted import ScriptedAmi, message, refused
from tests.cli.conftest import Call
from tests.desks.backend import Backend, served
from tests.desks.remote import NEWER, OLDER


def settings(config: Path, pbx: ScriptedAmi, secret: str = "right") -> Settings:
    environ = {
        "CALLCENTER_PBX__MAIN__PORT": str(pbx.port),
        "CALLCENTER_PBX__MAIN__SECRET": secret,
    }
    return load(config, environ)


def recorded(found: Settings, folder: Path) -> Settings:
    """The same with a folder of recordings, whose days are those of UTC."""
    table = found.pbxs[0].recordings.model_copy(update={"folder": folder, "timezone": "UTC"})
    pbx = found.pbxs[0].model_copy(update={"recordings": table})
    return found.model_copy(update={"pbxs": (pbx,)})


async def test_a_pbx_that_lets_us_in_is_told_with_its_version(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ScriptedAmi() as pbx:
        pbx.answers["CoreSettings"] = lambda action: message(
            Response="Success", ActionID=action["ActionID"], AsteriskVersion="22.10.1"
        )
        assert await check_connections(settings(config, pbx))
    printed = capsys.readouterr()
    assert f"pbx main             ok: logged in to 127.0.0.1:{pbx.port}, Asterisk 22.10.1\n" in (
        printed.out
    )
    assert printed.err == ""


async def test_a_pbx_whose_ledger_cannot_be_read_is_told_of(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ScriptedAmi() as pbx:
        pbx.answers["DBGetTree"] = refused
        assert await check_connections(settings(config, pbx))
    said = capsys.readouterr().out
    assert "its ledger cannot be read (Permission denied): DBGetTree needs Asterisk" in said


async def test_a_pbx_that_would_not_be_steered_is_told_of(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ScriptedAmi() as pbx:
        pbx.answers["ListCommands"] = lambda action: message(
            Response="Success", ActionID=action["ActionID"], QueueStatus="Show.", DBGet="Get."
        )
        assert await check_connections(settings(config, pbx))
    said = capsys.readouterr().out
    assert "it may not QueuePause, DBPut: the account in manager.conf needs" in said


async def test_a_pbx_on_which_nobody_can_listen_is_told_of(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ScriptedAmi() as pbx:
        pbx.answers["ListCommands"] = lambda action: message(
            Response="Success", ActionID=action["ActionID"], ModuleCheck="Check."
        )
        asked = []

        def check(action: Mapping[str, str]) -> bytes:
            asked.append(action["Module"])
            return message(
                Response="Error", ActionID=action["ActionID"], Message="Module not loaded"
            )

        pbx.answers["ModuleCheck"] = check
        assert await check_connections(settings(config, pbx))
    assert asked == ["app_chanspy"]
    assert "it has no app_chanspy: supervisors cannot listen" in capsys.readouterr().out


async def test_a_folder_of_recordings_that_is_not_there_fails_the_check(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "monitor"
    async with ScriptedAmi() as pbx:
        found = recorded(settings(config, pbx), folder)
        assert not await check_connections(found)
        assert f"{folder} cannot be read (No such file or directory)" in capsys.readouterr().err
        folder.mkdir()
        now = datetime.now(UTC)
        (folder / f"q-600-{int(now.timestamp())}.42.wav").write_bytes(b"RIFF")
        (folder / f"q-600-{int(now.timestamp()) - 200_000}.7.wav").write_bytes(b"RIFF")
        assert await check_connections(found)
    told = capsys.readouterr().out
    assert f"recordings of main   ok: {folder} can be read, with 1 recordings of today" in told


async def test_a_folder_whose_old_recordings_could_not_be_removed_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    found = Recordings(folder=tmp_path, names=(NamePattern("*{id}.*"),), zone=ZoneInfo("UTC"))
    with pytest.raises(RecordsError, match="cannot be written by this user: recordings older"):
        await try_recordings(found, are_removed=True)
    assert "with 0 recordings of today" in await try_recordings(found, are_removed=False)


async def test_a_pbx_that_refuses_us_fails_the_check(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with ScriptedAmi() as pbx:
        assert not await check_connections(settings(config, pbx, "wrong"))
    printed = capsys.readouterr()
    assert "pbx main             FAILED" in printed.err
    assert "refused the login (Authentication failed)" in printed.err
    assert "database             ok" in printed.out


def test_a_database_that_is_not_there_yet_is_not_made(call: Call, folder: Path) -> None:
    result = call("check")
    assert result.exit_code == 0, result.output
    assert "callcenter.db will be made at the first start" in result.stdout
    assert "configuration        ok: 0 PBXs, 0 lines, 0 telephones" in result.stdout
    assert not list(folder.iterdir())


def test_a_database_that_is_there_is_described(call: Call, config: Path) -> None:
    call("db", "upgrade")
    assert "ok: engine sqlite, journal_mode" in call("check").stdout


def test_what_cannot_be_reached_is_told_with_exit_code_2(call: Call, config: Path) -> None:
    config.write_text(
        config.read_text(encoding="utf-8").replace(
            'host = "127.0.0.1"', 'host = "127.0.0.1"\nport = 1'
        ),
        encoding="utf-8",
    )
    result = call("check")
    assert result.exit_code == 2
    assert "127.0.0.1:1" in result.stderr


def test_a_postgresql_that_is_not_there_is_told_without_its_password(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+asyncpg://callcenter:hush-db@127.0.0.1:1/callcenter"
    monkeypatch.setenv("CALLCENTER_DATABASE__URL", url)
    for words in (("check",), ("db", "upgrade")):
        result = call(*words)
        assert result.exit_code == 2
        assert "the database cannot be used" in result.stderr
        assert "hush" not in result.stderr


def test_a_folder_that_is_not_there_fails_the_check_as_it_would_the_start(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE__URL", "sqlite+aiosqlite:////nowhere/at/all.db")
    result = call("check")
    assert result.exit_code == 2
    assert "unable to open database file" in result.stderr


def test_a_parameter_that_postgresqls_driver_does_not_know_is_told(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+asyncpg://callcenter@127.0.0.1:1/callcenter?sslmode=require"
    monkeypatch.setenv("CALLCENTER_DATABASE__URL", url)
    for words in (("check",), ("db", "upgrade")):
        result = call(*words)
        assert result.exit_code == 2
        assert "sslmode" in result.stderr


def add_desk(config: Path, url: str) -> None:
    table = f'[[desk]]\nname = "builtin"\nkind = "generic"\nurl = "{url}"\nsecret = "{OLDER}"\n'
    config.write_text(f"{config.read_text(encoding='utf-8')}{table}", encoding="utf-8")


@pytest.fixture
async def backend(folder: Path, config: Path) -> AsyncIterator[str]:
    """A desk over HTTP in the configuration; its address."""
    async with served(Backend(folder / "tickets.db", [OLDER])) as url:
        add_desk(config, url)
        yield url


async def test_a_desk_that_knows_our_secret_is_told(config: Path, backend: str) -> None:
    (desk,) = load(config, {}).desks
    assert isinstance(desk, GenericDesk)
    assert await try_desk(desk) == (
        f"{backend} accepted our signature, and has no ticket for a call that never was; it cannot "
        "tell what became of a ticket; be written to once a ticket is made; tell of changes by "
        "webhook; tell whom a number belongs to; give its directory"
    )


async def test_a_desk_that_has_another_secret_fails_the_check(
    config: Path, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not await check_connections(load(config, {"CALLCENTER_DESK__BUILTIN__SECRET": NEWER}))
    printed = capsys.readouterr()
    assert "desk builtin         FAILED: the desk answered 401" in printed.err
    assert "see secret of this [[desk]]" in printed.err


async def test_a_pbxs_records_are_read_and_what_they_have_is_told(
    config: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(datetime.now(UTC).timestamp())
    rows = [
        f"{now - 60}|{now - 60}.1|support|NONE|ENTERQUEUE||0639981122|1",
        f"{now - 50}|{now - 60}.1|support|PJSIP/101|CONNECT|10||1",
    ]
    (folder / "queue_log").write_text("".join(f"{row}\n" for row in rows))
    async with ScriptedAmi() as pbx:
        environ = {
            "CALLCENTER_PBX__MAIN__PORT": str(pbx.port),
            "CALLCENTER_PBX__MAIN__SECRET": "right",
            "CALLCENTER_PBX__MAIN__RECORDS__QUEUE_LOG": "queue_log",
            "CALLCENTER_PBX__MAIN__RECORDS__CDR_URL": "sqlite+aiosqlite:///nowhere.db",
        }
        await check_connections(load(config, environ))
    printed = capsys.readouterr()
    assert "queue_log of main    ok: 1 calls of the lines answered" in printed.out
    assert "cdr of main          FAILED: nowhere.db is not there" in printed.err


async def test_labels_of_what_is_no_category_are_named(sqlite_url: str) -> None:
    labels = ("Hardware", "Hardware > Printer")
    assert await try_labels(sqlite_url, labels) == "there are no categories yet"
    async with Database.open(sqlite_url) as database, database.transaction() as connection:
        hardware = await categories.add(connection, "Hardware")
        await categories.add(connection, "Printer", parent_id=hardware)
    assert await try_labels(sqlite_url, labels) == "2 categories of ours have one"
    with pytest.raises(CategoryError, match="no category 'Hardwear', 'Printer': write the names"):
        await try_labels(sqlite_url, (*labels, "Printer", "Hardwear"))


async def test_labels_wait_for_the_database(folder: Path) -> None:
    url = f"sqlite+aiosqlite:///{folder / 'new.db'}"
    assert await try_labels(url, ["Hardware"]) == "there are no categories yet"
    (folder / "new.db").touch()
    assert await try_labels(url, ["Hardware"]) == "there are no categories yet"
