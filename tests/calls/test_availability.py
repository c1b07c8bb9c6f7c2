"""Occupancy against what agents' states say, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from callcenter.calls.counting import Counting
from callcenter.core.agent_state import AgentState
from callcenter.core.counts import Counts
from callcenter.core.metrics import Metric, figure
from callcenter.core.slots import slot_of
from callcenter.core.tally import Kind
from callcenter.db import figure_marks, reports, sights
from callcenter.db.engine import Database
from callcenter.db.reports import Grain, Span
from callcenter.db.schema import agent_state_changes
from tests.calls import history
from tests.calls.database import add_agent
from tests.calls.test_counting import DAY, ZONE, Site
from tests.core.calls_by_hand import COUNTS, FACTS, NINE

HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
SPAN = Span(DAY, DAY + 1)


@pytest.fixture
async def site(database: Database) -> Site:
    """With an agent who is available from eight to ten and from eleven on, at eight in the evening,
    when the PBX is still in sight."""
    found = Site(database)
    found.clock.at = NINE + 11 * HOUR
    async with database.transaction() as connection:
        await history.write(connection, FACTS)
    nadia = await add_agent(database, "nadia-seen")
    await change(found, nadia, NINE - HOUR, AgentState.AVAILABLE)
    await change(found, nadia, NINE + HOUR, AgentState.PAUSED)
    await change(found, nadia, NINE + 2 * HOUR, AgentState.AVAILABLE)
    await change(found, nadia, NINE + 8 * HOUR, AgentState.OFFLINE)
    await be_seen(found, found.clock.at)
    return found


async def change(site: Site, agent_id: int, at: datetime, state: AgentState) -> None:
    """The agent does something else from then on."""
    row = {"agent_id": agent_id, "state": state.value, "at": at}
    async with site.database.transaction() as connection:
        await connection.execute(insert(agent_state_changes).values(row))


async def be_seen(site: Site, at: datetime, pbx: str = "main") -> None:
    """All that the PBX said until then is known."""
    async with site.database.transaction() as connection:
        await sights.seen(connection, pbx, at)


async def total(site: Site, span: Span = SPAN) -> Counts:
    """Everything of the day."""
    async with site.database.reading() as connection:
        return await reports.total(connection, span)


async def test_time_in_which_agents_could_be_rung_is_counted(site: Site) -> None:
    await site.count()
    found = await total(site)
    assert found.available_ms == (2 + 6) * HOUR_MS
    assert found.offered > COUNTS.offered  # another line's too
    value = figure(Metric.OCCUPANCY, found).value
    assert value is not None
    assert 0 < value < 1
    async with site.database.reading() as connection:
        hours = await reports.by_time(connection, SPAN, Grain.HOUR)
        people = await reports.by_kind(connection, SPAN, Kind.AGENT)
        lines = await reports.by_line(connection, SPAN)
    at = {part.key: part.counts.available_ms for part in hours}
    assert [hour for hour, ms in at.items() if ms] == [8, 9, *range(11, 17)]
    assert {ms for ms in at.values() if ms} == {HOUR_MS}
    assert [one.counts.available_ms for one in people if one.counts.available_ms] == [8 * HOUR_MS]
    assert "" not in {one.key for one in lines}


async def test_of_one_line_nobody_knows_the_time(site: Site) -> None:
    await site.count()
    found = await total(site, Span(DAY, DAY + 1, ("support",)))
    assert found == COUNTS
    assert figure(Metric.OCCUPANCY, found).value is None


async def test_what_nobody_saw_is_not_counted(site: Site) -> None:
    async with site.database.transaction() as connection:
        await sights.lost(connection, "main", NINE, "the connection broke")
        await sights.found(connection, "main", NINE + HOUR / 2)
        await sights.seen(connection, "main", NINE + 7 * HOUR)  # and then the service was stopped
    await site.count()
    assert (await total(site)).available_ms == (8 - 0.5 - 1) * HOUR_MS


async def test_one_of_several_pbxs_in_sight_is_enough(site: Site) -> None:
    async with site.database.transaction() as connection:
        await sights.lost(connection, "main", NINE, "the connection broke")
    await be_seen(site, NINE + 3 * HOUR, pbx="other")
    await site.count()
    assert (await total(site)).available_ms == (2 + 1) * HOUR_MS


async def test_the_day_is_counted_again_until_all_of_it_is_known(site: Site) -> None:
    await site.count()
    before = await total(site)
    await be_seen(site, NINE + 7 * HOUR)  # the clock of whoever saw it later was put right
    job: Counting = site.counting()
    await site.count(job)
    assert (await total(site)).available_ms == before.available_ms - HOUR_MS
    site.clock.at += timedelta(days=3)
    await be_seen(site, site.clock.at)
    await site.count(job)
    assert (await total(site)).available_ms == before.available_ms
    async with site.database.transaction() as connection:  # settled: nobody looks again
        await sights.lost(connection, "main", NINE, "made up later")
    site.clock.at += timedelta(hours=2)
    await site.count(job)
    assert (await total(site)).available_ms == before.available_ms


async def test_time_that_is_to_be_counted_holds_up_no_figure(site: Site) -> None:
    await site.count()
    async with site.database.transaction() as connection:
        await figure_marks.mark_days(connection, "", [DAY], now=site.clock.at)
        waiting = await figure_marks.whole_days_marked(connection, None, DAY, DAY + 1)
    assert waiting == 0
    assert slot_of(NINE, ZONE).day == DAY
