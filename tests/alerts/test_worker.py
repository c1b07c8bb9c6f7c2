"""One ticket for each trouble: repeated, over, out of order, in a storm, and after a crash."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.folding import SITE_DEVICES
from callcenter.db import alert_groups, journal, tickets
from callcenter.db.alert_groups import AGAIN, NOTES_MAX, RECOVERED
from callcenter.db.schema import (
    alert_deliveries,
    alert_devices,
    companies,
    devices,
)
from callcenter.db.schema import (
    tickets as tickets_table,
)
from tests.alerts import bodies
from tests.alerts.conftest import House
from tests.alerts.sources import FOLD
from webhooks import EventType


async def test_an_alert_becomes_a_ticket_of_the_company_that_its_site_is_called_after(
    house: House,
) -> None:
    await house.company("Garage Vidal")
    await house.hear("rmm", bodies.datto(site="garage vidal"))
    (ticket,) = await house.tickets()
    assert ticket.title == "SRV-01: Disk C: is 95 % full"
    assert (ticket.company, ticket.account_owner) == ("Garage Vidal", "Zoé Martin")
    assert (ticket.source, ticket.status, ticket.queue) == ("alert", "new", "support")
    assert (ticket.call, ticket.contact, ticket.primary_resource) == (None, None, None)
    assert ticket.notes[0].text.startswith("Disk C: is 95 % full\nhttps://merlot.rmm.datto.com/")
    assert house.counted == [("rmm", "opened")]


async def test_it_is_told_of_in_the_journal(house: House) -> None:
    await house.hear("rmm", bodies.datto(), bodies.datto(state="resolved"))
    async with house.database.reading() as connection:
        entries = await journal.after(connection, 0, 10)
    assert [entry.type for entry in entries] == [
        EventType.TICKET_CREATED,
        EventType.TICKET_UPDATED,
    ]


async def test_repeats_are_counted(house: House) -> None:
    body = bodies.alertmanager(bodies.firing())
    await house.hear("prometheus", body, body, body)
    (episode,) = await house.episodes()
    assert (episode.times, len(await house.tickets())) == (3, 1)
    assert episode.last_at - episode.first_at == timedelta(seconds=180)


async def test_what_is_sent_again_since_its_answer_was_lost_is_counted_once(house: House) -> None:
    body = bodies.datto()
    assert await house.receive("rmm", body, body) == [True, False]
    await house.work()
    house.now += timedelta(seconds=20)
    assert await house.receive("rmm", body) == [False]
    await house.work()
    (episode,) = await house.episodes()
    assert episode.times == 1


async def test_repeats_that_come_while_nobody_works_are_counted_too(house: House) -> None:
    body = bodies.alertmanager(bodies.firing())
    for _ in range(3):
        await house.receive("prometheus", body)
        house.now += timedelta(minutes=5)
    await house.work()
    (episode,) = await house.episodes()
    assert episode.times == 3


async def test_that_it_is_over_is_noted_once(house: House) -> None:
    one = bodies.firing()
    over = bodies.alertmanager(bodies.resolved(one))
    await house.hear("prometheus", bodies.alertmanager(one), over, over)
    (ticket,) = await house.tickets()
    assert [note.text for note in ticket.notes][1:] == [RECOVERED]
    (episode,) = await house.episodes()
    assert episode.over_at is not None
    assert ticket.status == "new"  # whether it is solved is for people to say


async def test_it_is_noted_once_all_of_them_are_over(house: House) -> None:
    one, two = bodies.firing("a"), bodies.firing("b", alertname="DiskFull")
    await house.hear("prometheus", bodies.alertmanager(one, two))
    await house.hear("prometheus", bodies.alertmanager(bodies.resolved(one), two))
    (ticket,) = await house.tickets()
    assert len(ticket.notes) == 1
    await house.hear("prometheus", bodies.alertmanager(bodies.resolved(two)))
    (ticket,) = await house.tickets()
    assert ticket.notes[-1].text == RECOVERED


async def test_another_trouble_after_they_were_over_is_noted(house: House) -> None:
    one, two = bodies.firing("a"), bodies.firing("b")
    for alert in (one, bodies.resolved(one), two):
        await house.hear("prometheus", bodies.alertmanager(alert))
    (ticket,) = await house.tickets()
    assert [note.text for note in ticket.notes][1:] == [RECOVERED, AGAIN]


@pytest.mark.parametrize("source", ["rmm", "prtg", "prometheus"])
async def test_an_end_that_overtakes_its_beginning(house: House, source: str) -> None:
    one = bodies.firing()
    firing, over = {
        "rmm": (bodies.datto(), bodies.datto(state="resolved")),
        "prtg": (bodies.prtg(), bodies.prtg(state="up", datetime="11/23/2026 9:14:00 AM")),
        "prometheus": (bodies.alertmanager(one), bodies.alertmanager(bodies.resolved(one))),
    }[source]
    await house.hear(source, over)
    assert await house.tickets() == []
    await house.hear(source, firing, firing, over)
    (ticket,) = await house.tickets()
    assert [note.text for note in ticket.notes][1:] == [RECOVERED]
    (episode,) = await house.episodes()
    assert (episode.ticket_number, episode.device.upper()) == (ticket.number, "SRV-01")
    assert episode.times == 2
    assert episode.over_at < episode.last_at


async def test_a_sensor_of_prtg_that_is_down_again_is_another_trouble(house: House) -> None:
    def at(time: str, state: str) -> bytes:
        return bodies.prtg(state=state, datetime=f"11/23/2026 {time}:00 AM")

    await house.hear("prtg", at("9:12", "down"), at("9:13", "down"), at("9:20", "up"))
    await house.hear("prtg", at("9:20", "up"), at("9:13", "down"))  # late, and known
    await house.hear("prtg", at("9:30", "down"))
    first, second = await house.episodes()
    assert (first.times, second.times) == (3, 1)
    assert first.over_at is not None
    assert second.over_at is None
    assert first.ticket_number == second.ticket_number


async def test_times_that_cannot_be_compared_leave_it_to_the_order(house: House) -> None:
    down, up = (bodies.prtg(state=state, datetime="vorhin") for state in ("down", "up"))
    await house.hear("prtg", down, up, up, down)
    first, second = await house.episodes()
    assert first.over_at is not None
    assert second.over_at is None


async def test_alerts_of_a_device_that_follow_each_other_share_a_ticket(house: House) -> None:
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2"), bodies.datto("3", device="PC-7"))
    house.now += FOLD
    await house.hear("rmm", bodies.datto("4"))
    numbers = [episode.ticket_number for episode in await house.episodes()]
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 3


async def test_what_follows_a_ticket_that_is_complete_has_another(house: House) -> None:
    await house.hear("rmm", bodies.datto("1"))
    (ticket,) = await house.tickets()
    async with house.database.transaction() as connection:
        await tickets.complete(
            connection, ticket.number, summary="Emptied.", now=house.now, base_url=""
        )
    await house.hear("rmm", bodies.datto("1", state="resolved"), bodies.datto("2"))
    first, second = await house.tickets()
    assert (first.status, first.notes[-1].text, second.status) == ("complete", RECOVERED, "new")


async def test_what_is_over_is_noted_where_the_ticket_went(house: House) -> None:
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2", device="PC-7"))
    gone, survivor = await house.tickets()
    async with house.database.transaction() as connection:
        is_it = tickets_table.c.number == gone.number
        await connection.execute(
            update(tickets_table).where(is_it).values(merged_into=survivor.number)
        )
    await house.hear("rmm", bodies.datto("1", state="resolved"))
    _, survivor = await house.tickets()
    assert survivor.notes[-1].text == RECOVERED


async def test_a_ticket_is_as_urgent_as_the_most_urgent_of_its_alerts(house: House) -> None:
    def about(sensor: str, status: str) -> bytes:
        return bodies.prtg(sensorid=sensor, status=status, device="fw-1")

    await house.hear("prtg", about("1", "Warning"))
    assert [ticket.priority for ticket in await house.tickets()] == ["medium"]
    await house.hear("prtg", about("2", "Down"), about("3", "Warning"))
    assert [ticket.priority for ticket in await house.tickets()] == ["critical"]


async def test_a_trouble_that_becomes_worse_makes_its_ticket_more_urgent(house: House) -> None:
    for status in ("Warning", "Down", "Warning"):
        await house.hear("prtg", bodies.prtg(status=status, device="fw-1", message=status))
    assert [ticket.priority for ticket in await house.tickets()] == ["critical"]
    (episode,) = await house.episodes()
    assert (episode.times, episode.severity, episode.text) == (3, "Warning", "Ping: Warning")


async def test_a_trouble_that_is_said_again_is_as_urgent_as_people_made_it(house: House) -> None:
    down = [bodies.prtg(device="fw-1", message=text) for text in ("first", "again")]
    await house.hear("prtg", down[0])
    async with house.database.transaction() as connection:
        await connection.execute(update(tickets_table).values(priority="low"))
    await house.hear("prtg", down[1])
    assert [ticket.priority for ticket in await house.tickets()] == ["low"]


async def test_two_companies_without_a_site_do_not_share_a_ticket(house: House) -> None:
    await house.company("Garage Vidal", "srv-01")
    await house.company("Boulangerie Durand", "srv-02")
    for name in ("srv-01", "srv-02"):
        one = bodies.firing(name, site="", instance=f"{name}:9100")
        await house.hear("prometheus", bodies.alertmanager(one), after_s=0)
    assert {ticket.company for ticket in await house.tickets()} == {
        "Garage Vidal",
        "Boulangerie Durand",
    }


async def test_a_name_that_two_companies_give_a_device_tells_nothing(house: House) -> None:
    await house.company("Garage Vidal", "SRV-01")
    await house.company("Boulangerie Durand", "SRV-01")
    await house.hear("rmm", bodies.datto(site="somewhere"))
    (ticket,) = await house.tickets()
    assert ticket.company is None


async def test_a_device_is_learned_and_known_by_whatever_name(house: House) -> None:
    company_id = await house.company("Garage Vidal")
    await house.hear("rmm", bodies.datto("1"))
    async with house.database.transaction() as connection:
        (device,) = (await connection.execute(select(devices))).all()
        assert (device.company_id, device.name) == (company_id, "SRV-01")
        await connection.execute(update(devices).values(name="File server"))
        await connection.execute(update(companies).values(name="Garage Vidal & Fils"))
    await house.hear("rmm", bodies.datto("2", device="SRV-01B"))
    first, second = await house.episodes()
    assert first.device_id == second.device_id == device.id
    assert second.company_id == company_id


async def test_a_device_that_is_written_down_is_not_written_down_twice(house: House) -> None:
    await house.company("Garage Vidal", "srv-01")
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2"))
    async with house.database.reading() as connection:
        assert len((await connection.execute(select(devices))).all()) == 1
        assert len((await connection.execute(select(alert_devices))).all()) == 1


async def test_what_comes_and_goes_all_day_does_not_fill_its_ticket_with_notes(
    house: House,
) -> None:
    for minute in range(NOTES_MAX):
        one = bodies.firing() | {"startsAt": f"2026-11-23T09:{minute:02}:00Z"}
        both = bodies.alertmanager(one), bodies.alertmanager(bodies.resolved(one))
        await house.hear("prometheus", *both, after_s=1)
    (ticket,) = await house.tickets()
    assert len(ticket.notes) == 1 + NOTES_MAX
    assert len(await house.episodes()) == NOTES_MAX


def storm(count: int) -> list[bytes]:
    """So many alerts of 50 devices at two sites: 40 at one, 10 at the other."""
    return [
        bodies.datto(
            f"uid-{number}",
            device=f"SRV-{number % 50:02}",
            device_id=str(number % 50),
            site="Garage Vidal" if number % 50 < 40 else "Boulangerie Durand",
        )
        for number in range(count)
    ]


async def test_a_storm_ends_in_few_tickets_in_which_all_of_it_is(house: House) -> None:
    await house.receive("rmm", *storm(200))
    await house.work()
    found = await house.tickets()
    assert len(found) == 2 * (SITE_DEVICES + 1)
    episodes = await house.episodes()
    assert len({episode.key for episode in episodes}) == 200
    held = Counter(episode.ticket_number for episode in episodes)
    assert set(held) == {ticket.number for ticket in found}
    whole = [ticket for ticket in found if ticket.title.startswith(("Garage", "Boulangerie"))]
    assert sorted(held[ticket.number] for ticket in whole) == [(10 - 3) * 4, (40 - 3) * 4]
    assert Counter(what for _, what in house.counted) == {"opened": 200}


@pytest.mark.parametrize("before", [0, 2])
@pytest.mark.parametrize(
    "step",
    [
        "alert_devices.find",
        "tickets.write",
        "alert_groups.add",
        "alert_deliveries.progress",
        "tickets.told",
    ],
)
async def test_dying_between_any_two_steps_loses_nothing_and_does_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str, before: int
) -> None:
    """The transaction is undone wherever it ends; the next process works off what was received."""
    alerts = [bodies.firing(str(n), site=f"Site {n}", instance=f"srv-{n}:1") for n in range(25)]
    await house.receive("prometheus", bodies.alertmanager(*alerts))
    for _ in range(before):
        await house.worker.work_some(house.database)
    with monkeypatch.context() as patch:
        patch.setattr(f"callcenter.db.{step}", _dies)
        with pytest.raises(asyncio.CancelledError):
            await house.worker.work_some(house.database)
    await house.work()
    assert [episode.times for episode in await house.episodes()] == [1] * 25
    assert len(await house.tickets()) == 25


async def _dies(*_args: object, **_more: object) -> None:
    raise asyncio.CancelledError


async def test_an_alert_that_cannot_be_written_holds_up_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = alert_groups.known

    async def fails(connection: AsyncConnection, *args: object) -> object:
        if args[0].site == "bad":  # type: ignore[attr-defined]
            await connection.execute(insert(companies).values(name=None))
        return await known(connection, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(alert_groups, "known", fails)
    sites = ["Garage Vidal", "bad", "Boulangerie Durand"]
    alerts = [bodies.firing(site, site=site) for site in sites]
    await house.receive("prometheus", bodies.alertmanager(*alerts))
    await house.work()
    assert [episode.site for episode in await house.episodes()] == [sites[0], sites[2]]
    assert house.counted[1] == ("prometheus", "unwritten")
    async with house.database.reading() as connection:
        (row,) = (await connection.execute(select(alert_deliveries))).all()
    assert (row.state, row.error) == ("failed", "IntegrityError")
