"""Seats: who sits down where, and leaves again."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from callcenter.core.floor import TelephoneState
from callcenter.db import agents, journal, seats
from callcenter.db.agents import Agent, Role
from callcenter.db.engine import Database
from callcenter.db.schema import agent_interfaces, ring_groups, telephones, trail
from callcenter.db.schema import agents as agents_table
from callcenter.db.seats import NoSeatError, TakenError
from webhooks import EventType, Seat

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LINES = ("support",)


@pytest.fixture
async def team(database: Database) -> dict[str, Agent]:
    """Zoé has a telephone for good, the others none; 103 and 104 ring, 105 was heard of."""
    async with database.transaction() as connection:
        for line, interface in (
            ("support", "PJSIP/101"),
            ("support", "PJSIP/103"),
            ("support", "PJSIP/104"),
            ("closed down", "PJSIP/109"),
        ):
            row = {"line": line, "interface": interface}
            await connection.execute(insert(ring_groups).values(row))
        heard_of = {"pbx": "main", "interface": "PJSIP/105", "state": "idle", "changed_at": NOW}
        await connection.execute(insert(telephones).values(heard_of))
        return {
            login: await agents.add(
                connection,
                login=login,
                name=login.title(),
                role=role,
                interfaces=interfaces,
                password_hash="hash",
                now=NOW,
            )
            for login, role, interfaces in PEOPLE
        }


PEOPLE: Sequence[tuple[str, Role, Sequence[str]]] = (
    ("zoe", "agent", ("PJSIP/101",)),
    ("ali", "agent", ()),
    ("lea", "agent", ()),
    ("super", "supervisor", ()),
)


async def take(
    database: Database, agent: Agent, interface: str, *, over: str | None = None
) -> None:
    async with database.transaction() as connection:
        await seats.take(connection, agent, interface, lines=LINES, over=over, now=NOW)


async def leave(
    database: Database, agent: Agent, interface: str | None = None, *, by: Agent | None = None
) -> Sequence[str]:
    async with database.transaction() as connection:
        return await seats.leave(connection, agent.id, interface, by=by or agent, now=NOW)


async def held(database: Database, agent: Agent) -> list[str]:
    async with database.reading() as connection:
        return [seat.interface for seat in await seats.of_agent(connection, agent.id)]


async def offered(database: Database, agent: Agent) -> dict[str, str | None]:
    """The choices, with the login of who has not left."""
    async with database.reading() as connection:
        found = await seats.choices(connection, agent.id, LINES)
    return {one.interface: one.seat.login if one.seat else None for one in found}


async def told(database: Database) -> list[tuple[str, str | None, str | None]]:
    async with database.reading() as connection:
        entries = await journal.after(connection, 0, 100)
    assert {entry.type for entry in entries} <= {EventType.SEAT_CHANGED}
    shapes = [Seat.model_validate_json(entry.data) for entry in entries]
    return [(one.interface, one.agent, one.before) for one in shapes]


async def kept(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(select(trail.c.actor, trail.c.action).order_by(trail.c.id))
        return [(row.actor, row.action) for row in rows]


async def test_what_rings_or_was_heard_of_is_offered_and_nobodys_own(
    database: Database, team: dict[str, Agent]
) -> None:
    free = {"PJSIP/103": None, "PJSIP/104": None, "PJSIP/105": None}
    assert await offered(database, team["ali"]) == free
    await take(database, team["lea"], "PJSIP/103")
    assert await offered(database, team["ali"]) == {**free, "PJSIP/103": "lea"}
    assert await offered(database, team["lea"]) == {"PJSIP/104": None, "PJSIP/105": None}
    async with database.reading() as connection:
        states = {one.interface: one.state for one in await seats.choices(connection, 0, LINES)}
    assert states["PJSIP/105"] is TelephoneState.IDLE
    assert states["PJSIP/104"] is None


async def test_several_telephones_are_taken_and_left_and_all_of_it_is_told(
    database: Database, team: dict[str, Agent]
) -> None:
    zoe = team["zoe"]
    await take(database, zoe, "PJSIP/103")
    await take(database, zoe, "PJSIP/104")
    await take(database, zoe, "PJSIP/104")
    assert await held(database, zoe) == ["PJSIP/101", "PJSIP/103", "PJSIP/104"]
    async with database.reading() as connection:
        assert await seats.last(connection, zoe.id) == "PJSIP/104"
        assert (await agents.by_interface(connection))["PJSIP/103"].login == "zoe"
    assert await leave(database, zoe, "PJSIP/103") == ["PJSIP/103"]
    assert await leave(database, zoe, "PJSIP/103") == []
    assert await leave(database, zoe, by=team["super"]) == ["PJSIP/104"]
    assert await held(database, zoe) == ["PJSIP/101"], "what was given stays"
    assert await leave(database, zoe, "PJSIP/101") == []
    assert await told(database) == [
        ("PJSIP/103", "zoe", None),
        ("PJSIP/104", "zoe", None),
        ("PJSIP/103", None, "zoe"),
        ("PJSIP/104", None, "zoe"),
    ]
    assert await kept(database) == [
        ("zoe", "seat.taken"),
        ("zoe", "seat.taken"),
        ("zoe", "seat.left"),
        ("super", "seat.freed"),
    ]


async def test_a_colleagues_seat_is_taken_knowingly_only_and_a_given_telephone_never(
    database: Database, team: dict[str, Agent]
) -> None:
    ali, lea = team["ali"], team["lea"]
    await take(database, lea, "PJSIP/103")
    with pytest.raises(TakenError) as refused:
        await take(database, ali, "PJSIP/103")
    assert (refused.value.seat.login, refused.value.seat.seated_at) == ("lea", NOW)
    with pytest.raises(TakenError):
        await take(database, ali, "PJSIP/103", over="zoe")
    with pytest.raises(TakenError):
        await take(database, ali, "PJSIP/101", over="zoe")
    await take(database, ali, "PJSIP/103", over="lea")
    assert await held(database, ali) == ["PJSIP/103"]
    assert await held(database, lea) == []
    assert (await told(database))[-1] == ("PJSIP/103", "ali", "lea")


async def test_what_somebody_had_who_was_switched_off_is_free(
    database: Database, team: dict[str, Agent]
) -> None:
    async with database.transaction() as connection:
        gone = agents_table.c.login == "zoe"
        await connection.execute(update(agents_table).where(gone).values(active=False))
    assert (await offered(database, team["ali"]))["PJSIP/101"] is None
    await take(database, team["ali"], "PJSIP/101")
    assert await held(database, team["ali"]) == ["PJSIP/101"]


async def test_what_was_never_heard_of_cannot_be_taken(
    database: Database, team: dict[str, Agent]
) -> None:
    for unknown in ("PJSIP/109", "PJSIP/999", ""):
        with pytest.raises(NoSeatError):
            await take(database, team["ali"], unknown)


async def test_of_two_who_sit_down_at_once_one_does(
    database: Database, team: dict[str, Agent]
) -> None:
    rivals = [team["ali"], team["lea"]]
    results = await asyncio.gather(
        *(take(database, agent, "PJSIP/103") for agent in rivals), return_exceptions=True
    )
    refused = [result for result in results if result is not None]
    assert [type(result) for result in refused] == [TakenError]
    async with database.reading() as connection:
        rows = (await connection.execute(select(agent_interfaces))).all()
    assert [row.interface for row in rows] == ["PJSIP/101", "PJSIP/103"]
    assert len(await told(database)) == 1
