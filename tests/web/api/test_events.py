"""The stream: in order, narrowed to a line, resumed without a gap."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient

from callcenter.db import journal
from callcenter.db.journal import NewEntry
from callcenter.web.context import WebContext
from tests.web.api.seed import NOW
from webhooks import EventType

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Client = TestClient[Any, Any]


async def happened(context: WebContext, *data: str, line: str | None = "support") -> list[int]:
    entries = [NewEntry(NOW, EventType.CALL_RINGING, line, None, each) for each in data]
    async with context.database.transaction() as connection:
        seqs = await journal.append(connection, entries)
    context.hub.notify()
    return seqs


async def events(response: ClientResponse, count: int) -> list[tuple[int, str, str]]:
    """The next events: number, type, data."""
    found = []
    async with asyncio.timeout(10):
        while len(found) < count:
            block = (await response.content.readuntil(b"\n\n")).decode()
            fields = dict(line.split(": ", 1) for line in block.strip().splitlines())
            if "id" in fields:
                found.append((int(fields["id"]), fields["event"], fields["data"]))
    return found


async def test_what_was_missed_comes_first_and_once(
    client: Client, token: str, context: WebContext
) -> None:
    seqs = await happened(context, '{"n": 0}', '{"n": 1}', '{"n": 2}')
    headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": str(seqs[0])}
    async with client.get("/api/v1/events", headers=headers) as response:
        assert response.content_type == "text/event-stream"
        missed = await events(response, 2)
        later = await happened(context, '{"n": 3}')
        assert missed + await events(response, 1) == [
            (seqs[1], "call.ringing", '{"n": 1}'),
            (seqs[2], "call.ringing", '{"n": 2}'),
            (later[0], "call.ringing", '{"n": 3}'),
        ]


async def test_a_line_has_its_own_events_and_everybodys(
    client: Client, token: str, context: WebContext
) -> None:
    (first,) = await happened(context, '{"of": "sales"}', line="sales")
    await happened(context, '{"of": "support"}', line="support")
    await happened(context, '{"of": "all"}', line=None)
    headers = {"Authorization": f"Bearer {token}"}
    parameters = {"line": "sales", "after": str(first - 1)}
    async with client.get("/api/v1/events", params=parameters, headers=headers) as response:
        assert [data for _, _, data in await events(response, 2)] == [
            '{"of": "sales"}',
            '{"of": "all"}',
        ]
