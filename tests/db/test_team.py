"""What administrators do about agents, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from callcenter.db import agents, schema, sessions, team, trail
from callcenter.db.agents import Agent, AgentError, Role
from callcenter.db.engine import Database
from callcenter.db.rights import Right
from callcenter.db.team import Fields
from callcenter.db.trail import Action, By, TrailFilter
from callcenter.db.versions import StaleError

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BY = By("root", NOW)


async def add(
    database: Database, login: str = "zoe", *interfaces: str, role: Role = "agent"
) -> Agent:
    fields = Fields("Zoé Martin", role, None, interfaces)
    async with database.transaction() as connection:
        return await team.add(connection, login=login, fields=fields, password_hash="hash", by=BY)


async def change(
    database: Database, agent: Agent, version: str | None = None, **to: object
) -> None:
    fields = replace(Fields.of(agent), **to)  # type: ignore[arg-type]  # by name
    async with database.transaction() as connection:
        began = version or team.version_of(agent, await team.seated(connection))
        await team.change(connection, agent.id, fields, version=began, by=BY)


async def found(database: Database, agent: Agent) -> Agent:
    async with database.reading() as connection:
        known = await agents.by_id(connection, agent.id)
    assert known is not None
    return known


async def told(database: Database) -> list[trail.Entry]:
    async with database.reading() as connection:
        entries = await trail.page(connection, TrailFilter(), after=None, limit=20)
    return entries.entries[::-1]


async def test_what_is_changed_is_in_the_trail_with_what_it_was(database: Database) -> None:
    zoe = await add(database, "zoe", "PJSIP/101")
    await change(database, zoe, name="Zoé Petit", role="supervisor", language="fr")
    await change(database, await found(database, zoe), interfaces=("PJSIP/102", "PJSIP/103"))
    now = await found(database, zoe)
    assert (now.name, now.role, now.preferences.language) == ("Zoé Petit", "supervisor", "fr")
    assert now.interfaces == ("PJSIP/102", "PJSIP/103")
    added, changed, given = await told(database)
    assert [one.action for one in (added, changed)] == [Action.AGENT_ADDED, Action.AGENT_CHANGED]
    assert {one.about for one in (added, changed, given)} == {f"agent:{zoe.id}"}
    assert changed.changes == {
        "name": ("Zoé Martin", "Zoé Petit"),
        "role": ("agent", "supervisor"),
        "language": (None, "fr"),
    }
    assert given.changes == {"interfaces": ("PJSIP/101", "PJSIP/102, PJSIP/103")}


async def test_a_right_is_granted_and_revoked_with_a_line_in_the_trail(database: Database) -> None:
    zoe = await add(database, role="admin")
    assert not any(zoe.may(right) for right in Right)
    for _ in range(2):
        async with database.transaction() as connection:
            await team.grant(connection, "zoe", Right.SUPERVISE, by=BY)
    await change(database, await found(database, zoe), rights=tuple(Right))
    zoe = await found(database, zoe)
    assert all(zoe.may(right) for right in Right)
    async with database.transaction() as connection:
        await team.revoke(connection, "zoe", Right.RECORDINGS, by=BY)
        with pytest.raises(AgentError, match="no agent 'nobody'"):
            await team.grant(connection, "nobody", Right.SUPERVISE, by=BY)
    assert (await found(database, zoe)).rights == (Right.SUPERVISE,)
    _, *lines = await told(database)
    assert [line.changes["rights"] for line in lines] == [
        (None, "supervise"),
        ("supervise", "recordings, supervise"),
        ("recordings, supervise", "supervise"),
    ]


async def test_a_right_of_a_newer_version_is_nothing_here(database: Database) -> None:
    zoe = await add(database)
    async with database.transaction() as connection:
        unknown = {"agent_id": zoe.id, "name": "fly"}
        await connection.execute(insert(schema.agent_rights).values(unknown))
    assert (await found(database, zoe)).rights == ()


async def test_nothing_changed_leaves_no_line(database: Database) -> None:
    zoe = await add(database)
    await change(database, zoe)
    assert [entry.action for entry in await told(database)] == [Action.AGENT_ADDED]


async def test_of_two_who_edit_the_second_is_told(database: Database) -> None:
    zoe = await add(database)
    await change(database, zoe, name="Zoé Petit")
    async with database.reading() as connection:
        old = team.version_of(zoe, await team.seated(connection))
    with pytest.raises(StaleError):
        await change(database, zoe, old, name="Zoé Grand")
    assert (await found(database, zoe)).name == "Zoé Petit"


@pytest.mark.parametrize(
    ("login", "to", "field", "reason"),
    [
        ("zoe", {}, "login", "taken"),
        ("a b", {}, "login", "form"),
        ("", {}, "login", "form"),
        ("ali", {"name": ""}, "name", "missing"),
        ("ali", {"name": "x" * 65}, "name", "long"),
        ("ali", {"interfaces": ("PJSIP/101",)}, "interfaces", "taken"),
        ("ali", {"interfaces": ("PJSIP/9", "PJSIP/9")}, "interfaces", "twice"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(
    database: Database, login: str, to: dict[str, object], field: str, reason: str
) -> None:
    await add(database, "zoe", "PJSIP/101")
    fields = replace(Fields("Ali Benali", "agent", None, ()), **to)  # type: ignore[arg-type]  # by name
    async with database.transaction() as connection:
        with pytest.raises(AgentError) as refused:
            await team.add(connection, login=login, fields=fields, password_hash="h", by=BY)
    assert (refused.value.field, refused.value.reason) == (field, reason)


async def test_the_last_administrator_stays_one(database: Database) -> None:
    root = await add(database, "root", role="admin")
    gone = await add(database, "gone", role="admin")
    async with database.transaction() as connection:
        await team.switch_off(connection, gone.id, by=BY)
        with pytest.raises(AgentError, match="last administrator"):
            await team.switch_off(connection, root.id, by=BY)
    with pytest.raises(AgentError, match="last administrator"):
        await change(database, root, role="agent")
    await add(database, "second", role="admin")
    await change(database, root, role="agent")


async def test_who_is_switched_off_is_out_at_once_and_keeps_the_debts(database: Database) -> None:
    zoe = await add(database, "zoe", "PJSIP/101")
    call = {"id": "1" * 36, "pbx": "main", "linkedid": "1", "channel": "1", "line": "support"}
    call |= {"caller_raw": "", "state": "ended"}
    debt = {"call_id": "1" * 36, "desk": "builtin", "state": "open", "agent_id": zoe.id}
    async with database.transaction() as connection:
        token = (await sessions.create(connection, zoe, NOW)).token
        await connection.execute(insert(schema.calls).values(call | {"started_at": NOW}))
        await connection.execute(insert(schema.obligations).values(debt | {"answered_at": NOW}))
        for _ in range(2):
            await team.switch_off(connection, zoe.id, by=BY)
        kept = (await connection.execute(select(schema.sessions))).all()
        assert kept == []
        assert await sessions.find(connection, token, NOW) is None
        assert await team.debts(connection) == {zoe.id: 1}
        await team.switch_on(connection, zoe.id, by=BY)
    assert (await found(database, zoe)).interfaces == ()
    *_, off, on = await told(database)
    assert (off.action, off.changes) == (
        Action.AGENT_SWITCHED_OFF,
        {"interfaces": ("PJSIP/101", None)},
    )
    assert on.action == Action.AGENT_SWITCHED_ON
    await add(database, "ali", "PJSIP/101")


async def test_a_new_password_signs_out(database: Database) -> None:
    zoe = await add(database)
    async with database.transaction() as connection:
        await sessions.create(connection, zoe, NOW)
        await team.set_password(connection, zoe.id, "other", by=BY)
        assert (await connection.execute(select(schema.sessions))).all() == []
    assert (await found(database, zoe)).password_hash == "other"


async def test_a_telephone_taken_for_the_day_stays_until_it_is_given_for_good(
    database: Database,
) -> None:
    zoe = await add(database, "zoe", "PJSIP/101", "PJSIP/102")
    is_seat = schema.agent_interfaces.c.interface == "PJSIP/102"
    async with database.transaction() as connection:
        seated = update(schema.agent_interfaces).where(is_seat).values(seated_at=NOW)
        await connection.execute(seated)
        assert await team.seated(connection) == ["PJSIP/102"]
    await change(database, zoe, interfaces=("PJSIP/103",))
    assert (await found(database, zoe)).interfaces == ("PJSIP/102", "PJSIP/103")
    await change(database, await found(database, zoe), interfaces=("PJSIP/102",))
    async with database.reading() as connection:
        assert await team.seated(connection) == []
