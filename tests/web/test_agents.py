"""Agents, their sessions and the API's tokens, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from callcenter.db import agents, schema, session_rows, sessions, tokens
from callcenter.db.agents import Agent, AgentError
from callcenter.db.engine import Database
from callcenter.db.tokens import TokenError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def add(database: Database, login: str = "zoe", *interfaces: str) -> Agent:
    async with database.transaction() as connection:
        return await agents.add(
            connection,
            login=login,
            name="Zoé Martin",
            role="agent",
            interfaces=interfaces,
            password_hash="hash",
            now=NOW,
        )


async def test_an_agent_is_found_as_added(database: Database) -> None:
    added = await add(database, "zoe", "PJSIP/101", "PJSIP/201")
    async with database.reading() as connection:
        assert added == await agents.by_login(connection, "zoe")
        assert added == await agents.by_id(connection, added.id)
        assert [added] == await agents.everyone(connection)
        assert await agents.by_login(connection, "nobody") is None


async def test_each_telephone_has_its_agent(database: Database) -> None:
    zoe = await add(database, "zoe", "PJSIP/101", "PJSIP/201")
    ali = await add(database, "ali", "PJSIP/102")
    async with database.reading() as connection:
        assert await agents.by_interface(connection) == {
            "PJSIP/101": (zoe.id, "zoe", "Zoé Martin"),
            "PJSIP/201": (zoe.id, "zoe", "Zoé Martin"),
            "PJSIP/102": (ali.id, "ali", "Zoé Martin"),
        }


@pytest.mark.parametrize(
    ("login", "interfaces", "message"),
    [
        ("zoe", [], "already an agent 'zoe'"),
        ("ali", ["PJSIP/101"], "PJSIP/101 is 'zoe''s telephone"),
        ("ali", ["PJSIP/102", "PJSIP/102"], "given twice"),
    ],
)
async def test_what_somebody_else_has_is_refused(
    database: Database, login: str, interfaces: list[str], message: str
) -> None:
    await add(database, "zoe", "PJSIP/101")
    with pytest.raises(AgentError, match=message):
        await add(database, login, *interfaces)
    async with database.reading() as connection:
        assert [agent.login for agent in await agents.everyone(connection)] == ["zoe"]


async def test_a_session_lasts_while_it_is_used_and_never_longer_than_its_lifetime(
    database: Database,
) -> None:
    agent = await add(database)
    async with database.transaction() as connection:
        session = await sessions.create(connection, agent, NOW)
        assert await sessions.find(connection, session.token, NOW) == session

        later = NOW + session_rows.IDLE - timedelta(seconds=1)
        assert await sessions.find(connection, session.token, later)
        await sessions.touch(connection, session.token, later)
        assert await sessions.find(connection, session.token, NOW + session_rows.IDLE)
        assert not await sessions.find(connection, session.token, later + session_rows.IDLE)

        end = NOW + sessions.LIFETIME
        await sessions.touch(connection, session.token, end)
        assert not await sessions.find(connection, session.token, end)


async def test_a_revoked_session_is_over_at_once(database: Database) -> None:
    agent = await add(database)
    async with database.transaction() as connection:
        first = await sessions.create(connection, agent, NOW)
        second = await sessions.create(connection, agent, NOW)
        await sessions.revoke(connection, first.token)
        assert not await sessions.find(connection, first.token, NOW)
        assert await sessions.find(connection, second.token, NOW)


async def test_an_agent_who_may_no_longer_sign_in_has_no_session(database: Database) -> None:
    agent = await add(database)
    async with database.transaction() as connection:
        session = await sessions.create(connection, agent, NOW)
        await connection.execute(update(schema.agents).values(active=False))
        assert not await sessions.find(connection, session.token, NOW)


async def test_pruning_takes_only_sessions_that_are_over(database: Database) -> None:
    agent = await add(database)
    async with database.transaction() as connection:
        await sessions.create(connection, agent, NOW - sessions.LIFETIME)
        kept = await sessions.create(connection, agent, NOW)
        assert await sessions.prune(connection, NOW) == 1
        assert await sessions.find(connection, kept.token, NOW)


async def test_the_database_holds_no_token(database: Database) -> None:
    agent = await add(database)
    async with database.transaction() as connection:
        session = await sessions.create(connection, agent, NOW)
        secret = await tokens.create(connection, "reports", NOW)
        kept = (await connection.execute(select(schema.sessions.c.token_hash))).scalar_one()
        assert session.token not in kept
        kept = (await connection.execute(select(schema.api_tokens.c.token_hash))).scalar_one()
        assert secret not in kept


async def test_a_token_is_found_by_its_secret_alone(database: Database) -> None:
    async with database.transaction() as connection:
        secret = await tokens.create(connection, "reports", NOW)
        found = await tokens.find(connection, secret)
        assert found is not None
        assert found.name == "reports"
        assert await tokens.find(connection, secret[:-1]) is None
        with pytest.raises(TokenError, match="already a token 'reports'"):
            await tokens.create(connection, "reports", NOW)
