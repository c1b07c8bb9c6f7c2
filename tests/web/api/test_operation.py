"""What machines ask: alive, ready, figures, and the name that a telephone shows."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.ami.status import LinkCounters, LinkStatus
from callcenter.core.delivery import Why
from callcenter.db import desk_writes, destinations
from callcenter.db.engine import Database
from callcenter.db.schema import obligations
from callcenter.directory.importer import import_csv
from callcenter.observe import Links, Metrics
from callcenter.web.api import caller_name
from callcenter.web.api.caller_name import LOOKUPS, NAME_MAX, PENDING_MAX
from callcenter.web.context import WebContext
from tests.calls.facts import second
from tests.web.api import seed
from tests.web.api.conftest import LOOKUP_TOKEN, NotReady
from tests.web.api.description import validate
from tests.web.api.seed import CALLER, NOW
from tests.webhooks.destinations import BY, failing

Client = TestClient[Any, Any]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@one_engine
async def test_alive(client: Client) -> None:
    response = await client.get("/healthz")
    assert response.status == 200
    validate("/healthz", "get", 200, await response.json())


async def readiness(client: Client) -> tuple[int, dict[str, str | None]]:
    response = await client.get("/readyz")
    body = await response.json()
    validate("/readyz", "get", response.status, body)
    assert body["ready"] is (response.status == 200)
    return response.status, body["components"]


async def test_ready_when_every_part_is(client: Client) -> None:
    assert await readiness(client) == (200, {"database": None, "pbx.main": None})


@one_engine
async def test_what_is_not_ready_is_named(client: Client, components: NotReady) -> None:
    components["pbx.main"] = "connection refused"
    assert await readiness(client) == (503, {"database": None, "pbx.main": "connection refused"})


@pytest.fixture
def no_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every query fails."""

    @asynccontextmanager
    async def broken() -> AsyncIterator[AsyncConnection]:
        raise OperationalError("SELECT 1", {}, OSError("gone"))
        yield

    monkeypatch.setattr(database, "reading", broken)


@pytest.fixture
def stuck(database: Database, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """From now on every query waits until this event is set."""
    released = asyncio.Event()
    reading = database.reading

    @asynccontextmanager
    async def waiting() -> AsyncIterator[AsyncConnection]:
        await released.wait()
        async with reading() as connection:
            yield connection

    monkeypatch.setattr(database, "reading", waiting)
    return released


@one_engine
async def test_a_database_that_is_away_is_not_ready(client: Client, no_database: None) -> None:
    status, components = await readiness(client)
    assert (status, components["database"]) == (503, "OperationalError")


async def figures(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    response = await client.get("/metrics")
    assert response.status == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(await response.text())
        for sample in family.samples
    }


@one_engine
async def test_the_rest_is_measured_while_the_database_is_away(
    client: Client, context: WebContext, no_database: None
) -> None:
    context.metrics.register(Links(dict))
    found = await figures(client)
    assert found["callcenter_database_up", ()] == 0
    assert math.isnan(found["callcenter_obligations", ("stuck",)])
    assert math.isnan(found["callcenter_oldest_obligation_seconds", ("open",)])
    assert math.isnan(found["callcenter_webhook_deliveries_waiting", ()])
    await figures(client)
    counted = "callcenter_http_request_seconds_count", ("GET", "/metrics", "200")
    assert (await figures(client))[counted] == 2


async def test_open_obligations_are_measured(client: Client, context: WebContext) -> None:
    found = await figures(client)
    assert found["callcenter_database_up", ()] == 1
    assert found["callcenter_obligations", ("open",)] == 0
    assert found["callcenter_oldest_obligation_seconds", ("open",)] == 0
    async with context.database.transaction() as connection:
        nadia = await seed.agent(connection)
        await seed.answered_call(connection, "owed", agent_id=nadia)
        await connection.execute(update(obligations).values(stuck_at=NOW))
        await desk_writes.owe(connection, "owed", now=NOW)
    found = await figures(client)
    assert found["callcenter_obligations", ("open",)] == 0
    assert found["callcenter_obligations", ("stuck",)] == 1
    assert found["callcenter_oldest_obligation_seconds", ("stuck",)] == 2 * 3600 - 5
    assert found["callcenter_desk_writes_waiting", ("builtin",)] == 1


async def test_webhooks_that_wait_are_measured(client: Client, context: WebContext) -> None:
    await failing(context.database)
    found = await figures(client)
    assert found["callcenter_webhook_deliveries_waiting", ()] == 1
    age_s = (NOW - second(60)).total_seconds()
    assert found["callcenter_oldest_webhook_delivery_seconds", ()] == age_s
    assert found["callcenter_webhook_destinations", ("failing",)] == 1
    async with context.database.transaction() as connection:
        await destinations.switch_off(connection, 1, Why.GONE, BY)
    found = await figures(client)
    assert found["callcenter_webhook_deliveries_waiting", ()] == 0
    assert found["callcenter_webhook_destinations", ("off",)] == 1


@one_engine
async def test_requests_are_measured_by_route_and_tell_no_number(
    client: Client, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    await client.get("/api/v1/calls", params={"caller": CALLER}, headers=headers)
    await client.get("/api/v1/calls/one", headers=headers)
    await client.request("PROPFIND", "/somewhere")
    found = await figures(client)
    name = "callcenter_http_request_seconds_count"
    assert found[name, ("GET", "/api/v1/calls", "200")] == 1
    assert found[name, ("GET", "/api/v1/calls/{id}", "404")] == 1
    assert found[name, ("other", "unknown", "404")] == 1
    assert CALLER[1:] not in str(found)


@one_engine
async def test_what_the_service_counts_is_shown(client: Client, context: WebContext) -> None:
    metrics = Metrics(context.metrics)
    status = LinkStatus("in sight", NOW, None, 3, False, LinkCounters(events=40, losses=2))
    context.metrics.register(Links(lambda: {"main": status}))
    metrics.call_ended("support", "answered")
    metrics.ticketed("builtin", 0.04)
    metrics.ticket_failed("builtin")
    found = await figures(client)
    assert found["callcenter_calls_total", ("support", "answered")] == 1
    assert found["callcenter_ticket_delay_seconds_count", ("builtin",)] == 1
    assert found["callcenter_ticket_failures_total", ("builtin",)] == 1
    assert found["callcenter_pbx_in_sight", ("main",)] == 1
    assert found["callcenter_ami_waiting_events", ("main",)] == 3
    assert found["callcenter_ami_events_total", ("main",)] == 40
    assert found["callcenter_ami_losses_total", ("main",)] == 2


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer than a caller can be kept waiting for."""
    if "stuck" not in request.fixturenames:
        monkeypatch.setattr(caller_name, "LIMIT_S", 30.0)


async def ask(
    client: Client, number: str, token: str = LOOKUP_TOKEN, *, line: str = "support"
) -> tuple[int, str]:
    form = {"token": token, "line": line, "number": number}
    response = await client.post("/pbx/caller-name", data=form)
    assert response.content_type == "text/plain"
    return response.status, await response.text()


async def test_telephones_are_told_the_name(client: Client, context: WebContext) -> None:
    text = "company,contact,mobile\nArdoise & Fils,Élise Vannier,0639981122\n"
    await import_csv(context.database, text, country="FR")
    for number in ("0639981122", "+33639981122", "0033639981122"):
        assert await ask(client, number) == (200, "Élise Vannier - Ardoise & Fils")
    for number in ("0639981199", "anonymous", "", "101", "\0"):
        assert await ask(client, number) == (200, "")


@one_engine
async def test_a_number_is_read_in_the_country_of_its_line(
    client: Client, context: WebContext
) -> None:
    await import_csv(context.database, "company,phone\nLoch Ltd,020 7946 0018\n", country="GB")
    assert await ask(client, "02079460018", line="london") == (200, "Loch Ltd")
    assert await ask(client, "02079460018", line="support") == (200, "")


@one_engine
async def test_a_name_is_harmless_in_a_dialplan_and_in_sip(
    client: Client, context: WebContext
) -> None:
    hostile = '"${SHELL(reboot)}";<sip:a@b>, \\n ' + "x" * 100
    quoted = hostile.replace('"', '""')
    text = f'company,contact,mobile\nArdoise,"{quoted}",0639981122\n'
    await import_csv(context.database, text, country="FR")
    status, name = await ask(client, "0639981122")
    assert status == 200
    assert name.startswith("SHELL reboot sip a b n xxx")
    assert len(name) == NAME_MAX


@one_engine
async def test_a_name_is_cut_between_letters(client: Client, context: WebContext) -> None:
    """The dialplan counts in bytes: it must find nothing to cut."""
    text = f"company,phone\n{'Ω ' * 40},0199001234\n"
    await import_csv(context.database, text, country="FR")
    _, name = await ask(client, "0199001234")
    assert name == ("Ω " * 27).strip()
    assert len(name.encode()) <= 80


@one_engine
@pytest.mark.parametrize("token", ["", "guessed", LOOKUP_TOKEN.upper(), "é"])
async def test_who_is_no_pbx_is_told_nothing(client: Client, token: str) -> None:
    assert await ask(client, "0639981122", token) == (403, "")


@one_engine
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"token", "application/json"),
        (b"token=\xff\xfe", "application/x-www-form-urlencoded; charset=none"),
        (b"token=\xff\xfe", "application/x-www-form-urlencoded; charset=utf-8"),
        (b"x" * 70_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_no_form_is_answered_with_nothing(
    client: Client, body: bytes, kind: str
) -> None:
    headers = {"Content-Type": kind}
    response = await client.post("/pbx/caller-name", data=body, headers=headers)
    assert response.status in (400, 403)
    assert await response.text() == ""


@one_engine
async def test_a_database_that_is_away_is_said_so(
    client: Client, token: str, no_database: None
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    response = await client.get("/api/v1/calls", headers=headers)
    body = await response.json()
    assert (response.status, body["error"]["code"]) == (503, "away")
    validate("/api/v1/calls", "get", 503, body)


@one_engine
async def test_a_database_that_is_away_costs_the_name_alone(
    client: Client, no_database: None
) -> None:
    assert await ask(client, "0639981122") == (200, "")


@one_engine
async def test_a_database_that_hangs_costs_the_name_alone(
    client: Client, stuck: asyncio.Event
) -> None:
    # The answer comes although the database never gives one before it was sent.
    answers = [await ask(client, "0639981122"), await ask(client, "0639981122")]
    assert answers == [(200, ""), (200, "")]
    lookups = client.app[LOOKUPS]
    assert len(lookups._pending) == 2
    assert await asyncio.gather(*(ask(client, "0639981122") for _ in range(PENDING_MAX)))
    assert len(lookups._pending) == PENDING_MAX
    stuck.set()
    await lookups.close()
    assert await ask(client, "0639981122") == (200, "")


@one_engine
async def test_a_database_that_hangs_does_not_hold_up_the_end(
    client: Client, stuck: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller_name, "CLOSE_S", 0.05)
    await ask(client, "0639981122")
    lookups = client.app[LOOKUPS]
    (task,) = lookups._pending
    async with asyncio.timeout(10):
        await lookups.close()
        await asyncio.wait([task])
    assert task.cancelled()
    assert not lookups._pending
