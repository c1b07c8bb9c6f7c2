"""A GLPI desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.glpi.desk import GlpiDesk
from callcenter.desks.glpi.login import Login
from tests.desks.faults import serving
from tests.desks.glpi_server import CLIENT, SECRET, USER, GlpiServer
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.trial import Remote, Trial, Webhook


@asynccontextmanager
async def glpi_at(
    url: str, *, timeout_s: float = PATIENT_S, login: Any = None, **named: Any
) -> AsyncIterator[GlpiDesk]:
    """A desk called ``builtin``; ``login`` has what is not as it should be."""
    given = {"name": "builtin", "now": real_now, "webhook_secret": SECRET} | named
    async with Client.open(timeout_s) as client:
        known = {
            **CLIENT,
            "user": USER["username"],
            "password": USER["password"],
            "now": given["now"],
        }
        let_in = Login(url=url, client=client, **known | (login or {}))
        yield GlpiDesk(url=url, client=client, login=let_in, **given)


@asynccontextmanager
async def glpi(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    server = GlpiServer()
    async with serving(server.app()) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[GlpiDesk]:
            async with glpi_at(changed.pop("url", url), **changed) as desk:
                yield desk

        async with opens() as desk:
            yield Trial(desk=desk, remote=_remote(server, opens))


def _remote(server: GlpiServer, opens: Any) -> Remote:
    async def tickets(key: str) -> list[str]:
        return server.numbers(key)

    async def close(number: str) -> None:
        server.change(number, status={"id": 5})

    async def reopen(number: str) -> None:
        server.change(number, status={"id": 2})

    async def delete(number: str) -> None:
        server.change(number, is_deleted=True)

    async def webhook(number: str) -> Webhook:
        return server.webhook(number)

    return Remote(
        opens=opens,
        faults=server.faults,
        tickets=tickets,
        denied={"login": {"password": "another"}},
        close=close,
        reopen=reopen,
        delete=delete,
        webhook=webhook,
    )
