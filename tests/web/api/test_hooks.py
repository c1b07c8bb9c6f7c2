"""What desks tell of their tickets: kept once and answered at once, or refused, and counted."""

import asyncio
from collections import Counter
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from callcenter.db.engine import Database
from callcenter.db.schema import desk_events
from callcenter.web.api import bodies, hooks
from tests.desks.hooks import NOW, signed, webhook
from tests.web.api.description import validate

Client = TestClient[Any, Any]
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def send(client: Client, told: tuple[dict[str, str], Any], desk: str = "rt") -> int:
    headers, body = told
    body = BytesIO(body) if isinstance(body, bytes) else body
    path = f"/hooks/{desk}"
    headers = {"Content-Type": "application/json"} | headers
    response = await client.post(path, data=body, headers=headers)
    validate(path, "post", response.status, await response.json())
    return response.status


async def kept(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        query = select(desk_events.c.delivery_id, desk_events.c.ticket_number)
        rows = await connection.execute(query.order_by(desk_events.c.id))
        return [(row.delivery_id, row.ticket_number) for row in rows]


async def test_what_a_desk_tells_is_kept(
    client: Client, database: Database, heard: Counter[tuple[str, str]]
) -> None:
    assert await send(client, webhook("17", "1")) == 200
    assert await send(client, webhook("18", "2")) == 200
    assert await kept(database) == [("1", "17"), ("2", "18")]
    assert heard == {("rt", "taken"): 2, ("rt", "woken"): 2}


async def test_what_is_sent_again_is_kept_once(
    client: Client, database: Database, heard: Counter[tuple[str, str]]
) -> None:
    answers = await asyncio.gather(*(send(client, webhook()) for _ in range(8)))
    assert set(answers) == {200}
    assert await kept(database) == [("1", "17")]
    assert heard == {("rt", "taken"): 1, ("rt", "again"): 7, ("rt", "woken"): 1}


@one_engine
@pytest.mark.parametrize(
    ("told", "refused"),
    [
        pytest.param(({}, webhook()[1]), (403, "wrong_secret"), id="unsigned"),
        pytest.param(webhook(secret="another"), (403, "wrong_secret"), id="wrongly signed"),
        pytest.param((webhook()[0], webhook("18")[1]), (403, "wrong_secret"), id="forged"),
        pytest.param((webhook()[0], webhook()[1][:-5]), (403, "wrong_secret"), id="truncated"),
        pytest.param(webhook(sent_at=NOW - timedelta(hours=1)), (400, "stale"), id="old"),
        pytest.param(webhook(sent_at=NOW + timedelta(hours=1)), (400, "stale"), id="of tomorrow"),
        pytest.param(signed(b"[]"), (400, "bad_body"), id="another shape"),
        pytest.param(signed(b"\xff\xfe"), (400, "bad_body"), id="rubbish"),
        pytest.param(signed(b"[" * 100_000), (400, "bad_body"), id="nested"),
        pytest.param(signed(b" " * (hooks.BODY_MAX + 1)), (413, "too_large"), id="huge"),
    ],
)
async def test_what_is_not_a_desks_changes_nothing(
    client: Client,
    database: Database,
    heard: Counter[tuple[str, str]],
    told: tuple[dict[str, str], bytes],
    refused: tuple[int, str],
) -> None:
    status, code = refused
    assert await send(client, told) == status
    assert await kept(database) == []
    assert heard == {("rt", code): 1}


@one_engine
async def test_one_that_does_not_end_is_given_up(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_TIMEOUT_S", 0.05)
    headers, body = webhook()

    async def slowly() -> Any:
        yield body[:10]
        await asyncio.Event().wait()

    assert await send(client, (headers, slowly())) == 408
    assert await kept(database) == []


@one_engine
@pytest.mark.parametrize("desk", ["nobody", "builtin"])
async def test_a_desk_that_does_not_hear_is_not_there(client: Client, desk: str) -> None:
    assert await send(client, webhook(), desk) == 404
