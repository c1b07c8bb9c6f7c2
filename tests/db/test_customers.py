"""Who may sign in to the portal: credentials that an administrator gives, and takes away."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select

from callcenter.db import customer_sessions, customers
from callcenter.db.customers import Customer, CustomerError
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts, trail
from callcenter.db.session_rows import IDLE, LIFETIME

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def acme(database: Database) -> int:
    """A company with a contact, who has the same id."""
    async with database.transaction() as connection:
        for number, name in ((1, "Acme"), (2, "Other")):
            await connection.execute(insert(companies).values(id=number, name=name))
            person = {"id": number, "company_id": number, "name": "Claire Vidal"}
            await connection.execute(insert(contacts).values(person))
    return 1


async def add(database: Database, login: str = "claire", **different: object) -> Customer:
    values = {
        "login": login,
        "name": "Claire Vidal",
        "company_id": 1,
        "contact_id": 1,
        "password_hash": "hash",
        "now": NOW,
        "actor": "root",
    }
    async with database.transaction() as connection:
        return await customers.add(connection, **(values | different))  # type: ignore[arg-type]  # by name


async def test_a_customer_is_found_by_login_however_it_is_typed(
    database: Database, acme: int
) -> None:
    added = await add(database, "Claire@Acme.example")
    assert (added.company, added.login, added.active) == ("Acme", "claire@acme.example", True)
    async with database.reading() as connection:
        assert await customers.by_login(connection, " claire@ACME.example ") == added
        assert await customers.by_id(connection, added.id) == added
        assert await customers.of_company(connection, acme) == [added]
        assert await customers.of_company(connection, 2) == []


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "wrong",
    [
        {"login": "CLAIRE"},
        {"login": " "},
        {"login": "x" * 65},
        {"company_id": 9},
        {"contact_id": 2},
    ],
)
async def test_what_cannot_be_added_is_said(database: Database, wrong: dict[str, object]) -> None:
    await add(database)
    with pytest.raises(CustomerError):
        await add(database, **({"login": "paul"} | wrong))  # type: ignore[arg-type]  # by name


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("what", ["password", "own password", "switch"])
async def test_who_is_changed_is_signed_out_at_once(database: Database, what: str) -> None:
    customer = await add(database)
    async with database.transaction() as connection:
        token = (await customer_sessions.create(connection, customer, NOW)).token
        assert await customer_sessions.find(connection, token, NOW)
    async with database.transaction() as connection:
        if what == "password":
            await customers.set_password(connection, customer.id, "other", now=NOW)
        elif what == "own password":
            await customers.change_password(connection, customer.id, "other", now=NOW)
        else:
            await customers.set_active(connection, customer.id, active=False, now=NOW)
    async with database.reading() as connection:
        assert await customer_sessions.find(connection, token, NOW) is None
        assert await customers.by_id(connection, customer.id) != customer


@pytest.mark.usefixtures("acme")
async def test_a_session_ends_with_its_time_and_when_nobody_uses_it(database: Database) -> None:
    customer = await add(database)
    async with database.transaction() as connection:
        session = await customer_sessions.create(connection, customer, NOW)
        assert not session.needs_touch(NOW)
        token, later = session.token, NOW + IDLE - timedelta(seconds=1)
        assert await customer_sessions.find(connection, token, later)
        assert not await customer_sessions.find(connection, token, NOW + IDLE)
        await customer_sessions.touch(connection, token, NOW + LIFETIME)
        assert not await customer_sessions.find(connection, token, NOW + LIFETIME)
        assert await customer_sessions.prune(connection, NOW + LIFETIME) == 1


@pytest.mark.usefixtures("acme")
async def test_customers_and_their_places_are_found_by_name(database: Database) -> None:
    claire = await add(database)
    paul = await add(database, "paul", company_id=2, contact_id=None)
    async with database.reading() as connection:
        assert await customers.everyone(connection) == [claire, paul]
        assert await customers.place_of(connection, "Acme", "Claire Vidal") == (1, 1)
        assert await customers.place_of(connection, "Other", None) == (2, None)
        for nowhere in (("Acme", "Paul"), ("acme", None)):
            with pytest.raises(CustomerError):
                await customers.place_of(connection, *nowhere)


@pytest.mark.usefixtures("acme")
async def test_the_id_of_a_customer_is_never_given_again(database: Database) -> None:
    """Their notes stay when their company goes: they would be another's."""
    removed = await add(database)
    async with database.transaction() as connection:
        await connection.execute(delete(companies).where(companies.c.id == removed.company_id))
        assert await customers.by_id(connection, removed.id) is None
    assert (await add(database, company_id=2, contact_id=2)).id > removed.id


@pytest.mark.usefixtures("acme")
async def test_the_trail_has_who_did_it(database: Database) -> None:
    customer = await add(database)
    async with database.transaction() as connection:
        for active in (False, True):
            await customers.set_active(connection, customer.id, active=active, now=NOW, actor="su")
        await customers.set_password(connection, customer.id, "other", now=NOW)
        await customers.change_password(connection, customer.id, "own", now=NOW)
        with pytest.raises(CustomerError):
            await customers.set_password(connection, 99, "other", now=NOW)
        found = await connection.execute(select(trail.c.actor, trail.c.action).order_by(trail.c.id))
    assert [tuple(row) for row in found] == [
        ("root", "customer.added"),
        ("su", "customer.switched_off"),
        ("su", "customer.switched_on"),
        (None, "customer.password_set"),
        (None, "customer.password_changed"),
    ]


@pytest.mark.usefixtures("acme")
async def test_what_a_customer_chose_is_kept(database: Database) -> None:
    customer = await add(database)
    async with database.transaction() as connection:
        await customers.set_language(connection, customer.id, "fr")
        await customers.set_theme(connection, customer.id, "dark")
        chosen = await customers.by_id(connection, customer.id)
    assert chosen is not None
    assert (chosen.language, chosen.theme) == ("fr", "dark")
