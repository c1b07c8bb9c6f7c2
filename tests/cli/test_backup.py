"""``callcenter backup``: what it says."""

from pathlib import Path

from tests.cli.conftest import Call


def test_the_copy_is_made_and_told(call: Call, config: Path, folder: Path) -> None:
    assert call("db", "upgrade").exit_code == 0
    result = call("backup", "copy.db")
    assert result.exit_code == 0, result.output
    assert "copy.db: " in result.output
    assert (folder / "copy.db").exists()
    again = call("backup", "copy.db")
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert call("backup", "copy.db", "--force").exit_code == 0


def test_for_postgresql_it_says_what_to_use(call: Call, config: Path, folder: Path) -> None:
    text = config.read_text(encoding="utf-8")
    url = "postgresql+asyncpg://callcenter:hush-database@127.0.0.1/helpdesk"
    database = f"sqlite+aiosqlite:///{folder}/test.db"
    config.write_text(text.replace(database, url), encoding="utf-8")
    result = call("backup", "copy.dump")
    assert result.exit_code == 2
    assert "pg_dump --format=custom --file=copy.dump helpdesk" in result.stderr
    assert "hush" not in result.stderr
