"""What people see of alerts: on the card, on a ticket, and all that go on."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from callcenter.db import alerts, tickets
from callcenter.db.alerts import OpenAlerts
from callcenter.db.schema import tickets as tickets_table
from tests.alerts import bodies
from tests.alerts.conftest import House

START = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


async def at_company(house: House, company_id: int) -> OpenAlerts | None:
    async with house.database.reading() as connection:
        return await alerts.of_company(connection, company_id)


async def merge(house: House, gone: str, survivor: str) -> None:
    async with house.database.transaction() as connection:
        is_it = tickets_table.c.number == gone
        await connection.execute(update(tickets_table).where(is_it).values(merged_into=survivor))


async def complete(house: House, number: str) -> None:
    async with house.database.transaction() as connection:
        await tickets.complete(connection, number, summary="Done.", now=house.now, base_url="")


async def test_what_goes_on_at_a_company(house: House) -> None:
    vidal, durand = await house.company("Garage Vidal"), await house.company("Boulangerie Durand")
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2"))
    assert await at_company(house, vidal) == OpenAlerts(2, START, 1, "SRV-01")
    await house.hear("rmm", bodies.datto("3", device="PC-7", device_id="9"))
    assert await at_company(house, vidal) == OpenAlerts(3, START, 2, None)
    assert await at_company(house, durand) is None


async def test_nothing_goes_on_once_all_is_over(house: House) -> None:
    vidal = await house.company("Garage Vidal")
    await house.hear("rmm", bodies.datto(), bodies.datto(state="resolved"))
    assert await at_company(house, vidal) is None


async def test_an_end_without_a_beginning_is_nothing(house: House) -> None:
    vidal = await house.company("Garage Vidal")
    await house.hear("rmm", bodies.datto(state="resolved"))
    assert await at_company(house, vidal) is None


async def test_a_ticket_that_is_complete_ends_what_nobody_says_is_over(house: House) -> None:
    vidal = await house.company("Garage Vidal")
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2", device="PC-7", device_id="9"))
    first, second = await house.tickets()
    await complete(house, first.number)
    found = await at_company(house, vidal)
    assert found is not None
    assert found.device == "PC-7"
    await merge(house, second.number, first.number)
    assert await at_company(house, vidal) is None


async def test_a_ticket_tells_of_its_alerts_those_that_go_on_first(house: House) -> None:
    await house.hear("rmm", *(bodies.datto(str(number)) for number in range(4)))
    await house.hear("rmm", bodies.datto("3", state="resolved"))
    (ticket,) = await house.tickets()
    async with house.database.reading() as connection:
        found = await alerts.of_ticket(connection, ticket.number, 3)
        assert await alerts.of_ticket(connection, "T20261123.9999", 3) is None
    assert found is not None
    assert (found.count, found.open, found.first_at) == (4, 3, START)
    assert found.last_at == START + timedelta(seconds=270)
    assert [one.over_at for one in found.shown] == [None] * 3
    assert [one.last_at for one in found.shown] == sorted(
        (one.last_at for one in found.shown), reverse=True
    )


async def test_a_ticket_tells_of_the_alerts_of_those_that_went_into_it(house: House) -> None:
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2", device="PC-7"))
    gone, survivor = await house.tickets()
    await merge(house, gone.number, survivor.number)
    async with house.database.reading() as connection:
        found = await alerts.of_ticket(connection, survivor.number, 10)
        (listed,) = await alerts.going_on(connection, 10)
    assert found is not None
    assert {one.device for one in found.shown} == {"SRV-01", "PC-7"}
    assert (listed.number, listed.open, listed.since) == (survivor.number, 2, START)


async def test_the_tickets_whose_alerts_go_on_the_last_alert_first(house: House) -> None:
    await house.company("Garage Vidal")
    for number in "1234":
        one = bodies.datto(number, device=f"SRV-{number}", device_id=number)
        await house.hear("rmm", one)
    await house.hear("rmm", bodies.datto("2", state="resolved"))
    await house.hear("rmm", bodies.datto("1", device="SRV-1", device_id="1", message="again"))
    await complete(house, (await house.tickets())[2].number)
    async with house.database.reading() as connection:
        found = await alerts.going_on(connection, 10)
        assert await alerts.going_on(connection, 1) == found[:1]
    assert [(one.title[:5], one.company) for one in found] == [
        ("SRV-1", "Garage Vidal"),
        ("Garag", "Garage Vidal"),
    ]
