"""A Znuny desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.desk import TicketState
from callcenter.desks.znuny.desk import ZnunyDesk
from tests.desks.faults import serving
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.trial import Remote, Trial, Webhook
from tests.desks.znuny_server import LOGIN, SECRET, ZnunyServer

STATES = {
    TicketState.OPEN: "open",
    TicketState.PENDING: "pending reminder",
    TicketState.CLOSED: "closed successful",
}


@asynccontextmanager
async def znuny_at(
    url: str, *, timeout_s: float = PATIENT_S, **named: Any
) -> AsyncIterator[ZnunyDesk]:
    """A desk called ``builtin``, as a test's lines expect theirs to be."""
    given = {
        "name": "builtin",
        "web_service": "callcenter",
        "user": LOGIN["UserLogin"],
        "password": LOGIN["Password"],
        "queue": "Support",
        "customer": "unknown-caller",
        "custom_field": "CallID",
        "priority": "3 normal",
        "states": STATES,
        "webhook_secret": SECRET,
        "now": real_now,
    }
    async with Client.open(timeout_s) as client:
        yield ZnunyDesk(url=f"{url}/znuny", client=client, **given | named)


@asynccontextmanager
async def znuny(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    server = ZnunyServer()
    async with serving(server.app()) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[ZnunyDesk]:
            async with znuny_at(changed.pop("url", url), **changed) as desk:
                yield desk

        async with opens() as desk:
            yield Trial(desk=desk, remote=_remote(server, opens))


def _remote(server: ZnunyServer, opens: Any) -> Remote:
    async def tickets(key: str) -> list[str]:
        return server.numbers(key)

    async def close(number: str) -> None:
        server.change(number, State="closed successful")

    async def reopen(number: str) -> None:
        server.change(number, State="open")

    async def delete(number: str) -> None:
        server.change(number, State="removed")

    async def webhook(number: str) -> Webhook:
        return server.webhook(number)

    return Remote(
        opens=opens,
        faults=server.faults,
        tickets=tickets,
        denied={"password": "another"},
        close=close,
        reopen=reopen,
        delete=delete,
        webhook=webhook,
    )
