"""Agents, tokens, the directory and the schema: what the commands do to the database."""

import asyncio
from pathlib import Path

import pytest

from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db import agents, tokens
from callcenter.db.agents import Agent
from callcenter.web.passwords import Passwords
from tests.cli.conftest import Call

AGENT = ("agent", "add", "zoe", "--name", "Zoé Martin")


def zoe(config: Path) -> Agent:
    async def read() -> Agent | None:
        async with migrated_database(load(config, {})) as database, database.reading() as view:
            return await agents.by_login(view, "zoe")

    agent = asyncio.run(read())
    assert agent is not None
    return agent


def is_password(agent: Agent, password: str) -> bool:
    async def verify() -> bool:
        return await Passwords().verify(agent.password_hash, password)

    return asyncio.run(verify())


def test_an_agent_is_added_with_telephones_and_a_password_that_is_printed(
    call: Call, config: Path
) -> None:
    result = call(*AGENT, "--interface", "PJSIP/101", "--interface", "PJSIP/102")
    assert result.exit_code == 0, result.output
    agent = zoe(config)
    assert (agent.name, agent.role) == ("Zoé Martin", "agent")
    assert agent.interfaces == ("PJSIP/101", "PJSIP/102")
    assert is_password(agent, result.stdout.split()[-1])


def test_a_password_is_read_from_a_file_and_not_printed(call: Call, config: Path) -> None:
    result = call(*AGENT, "--role", "admin", "--password-file", "-", input="hush hush\n")
    assert result.exit_code == 0, result.output
    assert "hush" not in result.output
    assert zoe(config).role == "admin"
    assert is_password(zoe(config), "hush hush")


def test_an_empty_password_is_refused(call: Call, config: Path) -> None:
    result = call(*AGENT, "--password-file", "-", input="\n")
    assert result.exit_code == 2
    assert "password is empty" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("agent", "add", "", "--name", "Zoé"), "LOGIN': must be 1 to 64 characters"),
        (("agent", "add", "zoe martin", "--name", "Zoé"), "without a blank"),
        (("agent", "add", "z" * 65, "--name", "Zoé"), "1 to 64"),
        (("agent", "add", "z\udcff", "--name", "Zoé"), "LOGIN': must be"),
        (("agent", "add", "zoe", "--name", " "), "--name': must be"),
        ((*AGENT, "--interface", ""), "such as PJSIP/101"),
        ((*AGENT, "--interface", "101"), "such as PJSIP/101"),
        ((*AGENT, "--interface", "PJSIP/101 "), "such as PJSIP/101"),
        (("token", "create", ""), "NAME': must be"),
        (("token", "create", "a\tb"), "characters that print"),
        (("token", "create", "n" * 65), "1 to 64"),
    ],
)
def test_what_could_never_sign_in_or_ring_is_refused(
    call: Call, config: Path, words: tuple[str, ...], said: str
) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("password", "said"), [(b"p" * 1025, "more than 1024"), (b"\xff\xfe", "not UTF-8")]
)
def test_a_password_that_could_never_be_typed_is_refused(
    call: Call, config: Path, folder: Path, password: bytes, said: str
) -> None:
    (folder / "password").write_bytes(password)
    result = call(*AGENT, "--password-file", "password")
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_telephone_that_is_named_twice_is_one(call: Call, config: Path) -> None:
    result = call(*AGENT, "--interface", "PJSIP/101", "--interface", "PJSIP/101")
    assert result.exit_code == 0, result.output
    assert zoe(config).interfaces == ("PJSIP/101",)


def test_a_login_is_added_once(call: Call, config: Path) -> None:
    assert call(*AGENT).exit_code == 0
    result = call(*AGENT)
    assert result.exit_code == 2
    assert "there is already an agent 'zoe'" in result.stderr


def test_a_role_that_is_none_is_refused(call: Call, config: Path) -> None:
    result = call(*AGENT, "--role", "boss")
    assert result.exit_code == 2
    assert "supervisor" in result.stderr


def test_a_token_is_the_only_thing_printed_and_works(call: Call, config: Path) -> None:
    result = call("token", "create", "reports")
    assert result.exit_code == 0, result.output

    async def find() -> tokens.Token | None:
        async with migrated_database(load(config, {})) as database, database.reading() as view:
            return await tokens.find(view, result.stdout.strip())

    token = asyncio.run(find())
    assert token is not None
    assert token.name == "reports"


def test_a_name_has_one_token(call: Call, config: Path) -> None:
    call("token", "create", "reports")
    result = call("token", "create", "reports")
    assert result.exit_code == 2
    assert "choose another name" in result.stderr


def test_a_directory_is_imported_and_bad_rows_are_told_with_their_lines(
    call: Call, config: Path, folder: Path
) -> None:
    (folder / "customers.csv").write_text(
        "company,contact,phone\nNorvège & Fils,Ana Roux,0199001234\nVallon SA,Bo Lind,rubbish\n",
        encoding="utf-8",
    )
    result = call("directory", "import", "customers.csv")
    assert result.exit_code == 1
    assert "customers.csv, line 3:" in result.stderr
    assert result.stdout == "1 added, 0 updated, 0 as they were, 1 left out\n"


def test_a_directory_that_is_not_there_is_told(call: Call, config: Path) -> None:
    result = call("directory", "import", "gone.csv")
    assert result.exit_code == 2
    assert "gone.csv cannot be read" in result.stderr


def test_the_schema_is_brought_up_to_date_and_may_be_again(call: Call, config: Path) -> None:
    first, second = call("db", "upgrade"), call("db", "upgrade")
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout
    assert "revision" in first.stdout


def test_a_database_that_is_out_of_reach_is_told(
    call: Call, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE__URL", "sqlite+aiosqlite:////nowhere/at/all.db")
    result = call("db", "upgrade")
    assert result.exit_code == 2
    assert "the database cannot be used (unable to open database file)" in result.stderr
