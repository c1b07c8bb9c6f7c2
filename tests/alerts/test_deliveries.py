"""What was received is kept until it is worked off, and a while longer."""

from datetime import timedelta

from sqlalchemy import select, update

from callcenter.db import alert_deliveries, retention
from callcenter.db.alert_deliveries import AGAIN_WITHIN, State
from callcenter.db.schema import alert_deliveries as table
from tests.alerts import bodies
from tests.alerts.conftest import House


async def states(house: House) -> list[tuple[str, int, int]]:
    async with house.database.reading() as connection:
        rows = await connection.execute(select(table).order_by(table.c.id))
        return [(row.state, row.times, row.written) for row in rows]


async def test_the_same_bytes_of_two_sources_are_two_deliveries(house: House) -> None:
    assert await house.receive("rmm", b"x") == [True]
    assert await house.receive("prtg", b"x") == [True]


async def test_a_repeat_of_what_is_half_done_does_not_begin_it_anew(house: House) -> None:
    alerts = [bodies.firing(str(number)) for number in range(12)]
    body = bodies.alertmanager(*alerts)
    await house.receive("prometheus", body)
    await house.worker.work_some(house.database)
    ((state, _, written),) = await states(house)
    assert state == "waiting"
    assert 0 < written < 12
    house.now += AGAIN_WITHIN
    assert await house.receive("prometheus", body) == [True]
    assert await states(house) == [("waiting", 2, written)]
    await house.work()
    assert await states(house) == [("done", 2, 12)]
    house.now += AGAIN_WITHIN
    assert await house.receive("prometheus", body) == [True]
    assert await states(house) == [("waiting", 1, 0)]


async def test_what_a_source_sent_that_is_configured_no_more_waits_for_it(house: House) -> None:
    await house.receive("rmm", bodies.datto())
    every = house.worker.sources
    house.worker.sources = {}
    await house.work()
    assert await states(house) == [("waiting", 1, 0)]
    house.worker.sources = every
    await house.work()
    assert await states(house) == [("done", 1, 1)]


async def test_what_was_accepted_and_is_not_understood_any_more_holds_up_no_other(
    house: House,
) -> None:
    await house.receive("rmm", b"not what it was", bodies.datto())
    await house.work()
    assert [state for state, *_ in await states(house)] == ["done", "done"]
    assert len(await house.episodes()) == 1


async def test_what_is_done_is_removed_after_a_week_and_nothing_else(house: House) -> None:
    await house.receive("rmm", bodies.datto("1"), bodies.datto("2"))
    await house.work()
    async with house.database.transaction() as connection:
        is_it = table.c.id == select(table.c.id).order_by(table.c.id).limit(1).scalar_subquery()
        failed = {"state": State.FAILED.value}
        await connection.execute(update(table).where(is_it).values(failed))
    await house.receive("rmm", bodies.datto("3"))
    await retention.remove_old(house.database, house.now + retention.JOURNAL_KEPT)
    assert len(await states(house)) == 3
    later = house.now + retention.JOURNAL_KEPT + timedelta(seconds=1)
    await retention.remove_old(house.database, later)
    assert [state for state, *_ in await states(house)] == ["failed", "waiting"]
    async with house.database.reading() as connection:
        assert await alert_deliveries.is_any(connection, ["rmm"])
        assert not await alert_deliveries.is_any(connection, ["prtg"])
