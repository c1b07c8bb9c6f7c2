"""Agents: what the commands do to the database."""

import asyncio
from pathlib import Path

from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db import agents
from callcenter.db.rights import Rights
from tests.cli.conftest import Call


def rights_of(config: Path, login: str) -> Rights:
    async def read() -> Rights:
        async with migrated_database(load(config, {})) as database, database.reading() as view:
            found = await agents.by_login(view, login)
        assert found is not None
        return found.rights

    return asyncio.run(read())


def test_a_right_is_granted_and_revoked(call: Call, config: Path) -> None:
    call("agent", "add", "sam", "--name", "Sam Petit", "--role", "supervisor")
    assert rights_of(config, "sam") == ()
    granted = call("agent", "grant", "sam", "supervise")
    assert granted.output == "sam has the right supervise\n"
    assert rights_of(config, "sam") == ("supervise",)
    revoked = call("agent", "revoke", "sam", "supervise")
    assert revoked.output == "sam has the right supervise no longer\n"
    assert rights_of(config, "sam") == ()


def test_what_cannot_be_granted_is_told(call: Call, config: Path) -> None:
    assert config.exists()
    nobody = call("agent", "grant", "nobody", "supervise")
    assert (nobody.exit_code, "no agent 'nobody'" in nobody.stderr) == (2, True)
    unknown = call("agent", "grant", "sam", "fly")
    assert (unknown.exit_code, "recordings" in unknown.stderr) == (2, True)
