"""Each part of ``make bench`` measures what it says, here in sizes that tell nothing of speed."""

import asyncio
import time

import pytest

from bench import clients, delay, memory, savings, site, slow
from bench import history as history_part
from bench.figures import Figure, table, versions
from bench.load import LoadServer
from bench.recordings import interleaved, load
from bench.service import ENDED, ServiceError, running
from bench.year import calls as year_calls
from bench.year import measure as year
from callcenter.db.engine import Database
from callcenter.web.history import By
from tests.postgres import NoPostgresError
from tests.web.browser.chromium import NoChromiumError, is_installed

RECORDINGS = load()
QUICK = delay.Pace(calls_per_s=8, p99_ms=1_000)
BRIEF = [each for each in RECORDINGS if each.name in {"16/queue-abandoned", "22/ring-answered"}]


def small_stream():
    return interleaved(RECORDINGS, 3_000, began=time.time() - 600)


@pytest.fixture
async def prepared(tmp_path):
    """A site's database, and the tokens of those who are signed in."""
    template = tmp_path / "template.db"
    return template, await site.prepare(template, callers=20)


def test_clients_and_the_service_take_the_whole_stream(tmp_path):
    template, stream = tmp_path / "template.db", small_stream()
    asyncio.run(site.prepare(template, callers=20))
    edge, base = (row for row in clients.rows(stream) if row.target or row.title == clients.BASE)

    figures = clients.measure(stream, template, [edge, base], runs=1)

    assert len(edge.seconds) == len(base.seconds) == 1
    assert [figure.what for figure in figures[:3]] == [edge.title, base.title, clients.SERVICE]
    assert f"{stream.calls} calls ({stream.answered} answered)" in figures[3].what


async def test_every_agent_is_shown_every_card(prepared):
    template, tokens = prepared

    (found,) = await delay.measure(BRIEF, template, tokens[:5], calls=8, pace=QUICK)

    assert (found.calls, found.agents, found.unseen) == (8, 5, 0)
    assert 0 < found.median_ms <= found.p99_ms


@pytest.mark.skipif(not is_installed(), reason=str(NoChromiumError()))
async def test_cards_are_painted_on_real_pages_hidden_ones_too(prepared):
    template, tokens = prepared

    sockets, pages = await delay.measure(BRIEF, template, tokens[:4], calls=8, pace=QUICK, pages=2)

    assert (sockets.agents, sockets.unseen) == (2, 0)
    assert (pages.calls, pages.agents, pages.unseen) == (8, 2, 0)
    assert 0 < pages.median_ms <= pages.p99_ms


async def test_calls_in_progress_are_counted_and_ended(prepared):
    template, _ = prepared

    # So many that what a first call leaves behind, compiled statements above all, does not matter.
    found = await memory.measure(RECORDINGS, template, calls=200)

    assert found.calls == 200
    assert found.given_back > 0


async def test_a_figure_of_calls_that_never_came_is_refused(prepared):
    template, _ = prepared
    async with LoadServer() as server, running(template, server.port) as service:
        with pytest.raises(ServiceError, match="0 instead of 1"):
            await service.reach(ENDED, 1, within_s=0.1)


def test_filters_save_the_more_the_fewer_events_are_asked_for():
    whole, classes, names = savings.measure(RECORDINGS)

    assert "saved" not in whole.measured
    assert int(names.measured.split()[-2][:-1]) > int(classes.measured.split()[-2][:-1]) > 0


async def test_a_consumer_that_stops_loses_nothing():
    figure = await slow.measure(small_stream(), stall_s=0.1)

    assert figure.measured.startswith("0 of ")
    assert figure.met


def test_the_table_tells_what_was_missed():
    figures = [Figure("speed", "1", target=">= 2", met=False), Figure("size", "3")]

    assert table(figures).splitlines()[2:] == [
        "| speed | 1 |  | >= 2 | **MISSED** |",
        "| size | 3 |  |  |  |",
    ]


async def test_the_versions_name_the_durability(prepared):
    template, _ = prepared
    async with Database.open(site.url(template)) as database:
        assert "synchronous FULL" in versions(await database.describe())


@pytest.mark.parametrize("engine", year.ENGINES)
async def test_pages_of_figures_are_asked_for_as_a_year_grows(engine, monkeypatch):
    monkeypatch.setattr(year_calls, "CALLS_A_DAY", 500)
    try:
        found = await year.measure([engine], [2], days=1, times=1)
    except NoPostgresError as missing:
        pytest.skip(str(missing))

    pages = {figure.what.partition(": ")[2] for figure in found if figure.target}
    assert {f"history by {by}" for by in By} <= pages


async def test_the_history_is_imported_and_counted():
    figures = await history_part.measure(["sqlite"], lines=300)
    assert [each.met for each in figures] == [None, True, None, None, None, None]
    assert "calls" in figures[1].what
