"""An osTicket desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.osticket import OsTicketDesk
from tests.desks.faults import serving
from tests.desks.osticket_server import KEY, MAIL, OsTicketServer
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.trial import Remote, Trial

SENDER = "unknown-caller@example.com"


@asynccontextmanager
async def osticket_at(
    url: str, *, timeout_s: float = PATIENT_S, **named: Any
) -> AsyncIterator[OsTicketDesk]:
    """A desk called ``builtin``, as a test's lines expect theirs to be."""
    given = {"name": "builtin", "key": KEY, "to": MAIL, "sender": SENDER, "now": real_now} | named
    async with Client.open(timeout_s) as client:
        yield OsTicketDesk(url=url, client=client, **given)


@asynccontextmanager
async def osticket(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    server = OsTicketServer()
    async with serving(server.app()) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[OsTicketDesk]:
            async with osticket_at(changed.pop("url", url), **changed) as desk:
                yield desk

        async def tickets(key: str) -> list[str]:
            return server.numbers(key)

        async with opens() as desk:
            remote = Remote(
                opens=opens, faults=server.faults, tickets=tickets, denied={"key": "another"}
            )
            yield Trial(desk=desk, remote=remote)
