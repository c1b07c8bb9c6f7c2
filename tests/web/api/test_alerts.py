"""What monitoring systems send: kept once and answered at once, or refused, and counted."""

import asyncio
import gzip
import os
from collections import Counter
from io import BytesIO
from typing import Any

import pytest
from aiohttp import encode_basic_auth
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from callcenter.db.engine import Database
from callcenter.db.schema import alert_deliveries
from callcenter.web.api import alerts
from callcenter.web.api import bodies as bodies_read
from tests.alerts import bodies
from tests.alerts.conftest import House
from tests.alerts.sources import SECRET
from tests.alerts.test_worker import storm
from tests.web.api.description import validate

Client = TestClient[Any, Any]
STORM = int(os.environ.get("ALERTS", "250"))
"""``ALERTS=1000`` in the environment makes it as many."""

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GOOD = {
    "rmm": bodies.datto(),
    "prtg": bodies.prtg(),
    "prometheus": bodies.alertmanager(bodies.firing(), bodies.firing("b")),
}


async def send(
    client: Client, source: str, body: bytes | BytesIO, secret: str | None = SECRET, **more: Any
) -> int:
    path = f"/alerts/{source}/{secret}" if secret else f"/alerts/{source}"
    response = await client.post(path, data=body, **more)
    validate(path, "post", response.status, await response.json())
    return response.status


async def kept(database: Database) -> list[tuple[str, bytes]]:
    async with database.reading() as connection:
        query = select(alert_deliveries.c.source, alert_deliveries.c.body)
        rows = await connection.execute(query.order_by(alert_deliveries.c.id))
        return [(row.source, bytes(row.body)) for row in rows]


async def test_each_kind_is_kept_as_it_came(client: Client, database: Database) -> None:
    for source, body in GOOD.items():
        assert await send(client, source, body) == 200
    assert await kept(database) == list(GOOD.items())


@one_engine
async def test_the_secret_comes_in_the_address_as_a_token_or_as_a_password(client: Client) -> None:
    bearer = {"Authorization": f"Bearer {SECRET}"}
    basic = {"Authorization": encode_basic_auth("any", SECRET)}
    assert await send(client, "rmm", GOOD["rmm"]) == 200
    assert await send(client, "rmm", GOOD["rmm"], None, headers=bearer) == 200
    assert await send(client, "rmm", GOOD["rmm"], None, headers=basic) == 200


@one_engine
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {SECRET}x"},
        {"Authorization": SECRET},
        {"Authorization": "Basic é"},
        {"Authorization": "Basic !"},
    ],
)
async def test_without_the_secret_nothing_is_kept(
    client: Client, database: Database, counted: Counter[Any], headers: dict[str, str]
) -> None:
    assert await send(client, "rmm", GOOD["rmm"], None, headers=headers) == 403
    assert await send(client, "rmm", GOOD["rmm"], SECRET[:-1], headers=headers) == 403
    assert await kept(database) == []
    assert counted == {("rmm", "wrong_secret"): 2}


@one_engine
async def test_the_secret_of_another_is_none(client: Client) -> None:
    assert await send(client, "nobody", GOOD["rmm"]) == 404


@one_engine
async def test_what_cannot_be_understood_is_refused_with_what_to_do(
    client: Client, database: Database, counted: Counter[Any]
) -> None:
    for source, body in (
        ("rmm", GOOD["rmm"][:-5]),
        ("prtg", b"status=Down"),
        ("prometheus", GOOD["rmm"]),
        ("prometheus", b""),
    ):
        assert await send(client, source, body) == 400
    packed = {"Content-Encoding": "gzip"}
    assert await send(client, "rmm", b"no gzip", headers=packed) == 400
    assert await kept(database) == []
    assert sum(counted.values()) == counted["rmm", "bad_body"] + 3


@one_engine
async def test_a_body_may_be_packed_and_is_not_unpacked_without_end(client: Client) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert await send(client, "rmm", gzip.compress(GOOD["rmm"]), headers=packed) == 200
    bomb = gzip.compress(b" " * (alerts.BODY_MAX + 1))
    assert await send(client, "rmm", bomb, headers=packed) == 413


@one_engine
async def test_what_is_too_large_is_refused(
    client: Client, database: Database, counted: Counter[Any]
) -> None:
    assert await send(client, "prometheus", BytesIO(b"[" * (alerts.BODY_MAX + 1))) == 413
    assert counted == {("prometheus", "too_large"): 1}
    assert await kept(database) == []


@one_engine
async def test_a_body_that_does_not_come_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies_read, "BODY_TIMEOUT_S", 0.05)
    gate = asyncio.Event()

    async def trickle() -> Any:
        yield GOOD["rmm"][:5]
        await gate.wait()

    response = await client.post(f"/alerts/rmm/{SECRET}", data=trickle())
    assert response.status == 408
    gate.set()


@one_engine
async def test_the_button_that_tries_the_connection_is_answered_and_forgotten(
    client: Client, database: Database, counted: Counter[Any]
) -> None:
    assert await send(client, "rmm", bodies.datto("[alert_uid]")) == 200
    assert counted == {("rmm", "tried"): 1}
    assert await kept(database) == []


async def test_the_same_sent_again_is_kept_once(
    client: Client, database: Database, counted: Counter[Any]
) -> None:
    answers = await asyncio.gather(*(send(client, "rmm", GOOD["rmm"]) for _ in range(5)))
    assert answers == [200] * 5
    assert len(await kept(database)) == 1
    assert counted == {("rmm", "taken"): 1, ("rmm", "again"): 4}


@one_engine
async def test_a_storm_of_alerts_is_all_kept_and_all_in_tickets(
    client: Client, database: Database, counted: Counter[Any]
) -> None:
    """While they still arrive the job is at work, as in the service."""
    house = House(database)
    working = asyncio.create_task(house.worker.work(database))
    sent = storm(STORM)
    for start in range(0, len(sent), 20):
        some = sent[start : start + 20]
        assert set(await asyncio.gather(*(send(client, "rmm", body) for body in some))) == {200}
    async with asyncio.timeout(600):
        while len(house.counted) < len(sent):
            house.worker.wake()
            await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert counted == {("rmm", "taken"): STORM}
    assert len(await house.episodes()) == STORM
    assert len(await house.tickets()) == 8


@one_engine
async def test_nothing_is_taken_while_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(alerts.alert_deliveries, "store", away)
    assert await send(client, "rmm", GOOD["rmm"]) == 503
