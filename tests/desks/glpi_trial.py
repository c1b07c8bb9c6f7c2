"""A GLPI desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.filing import Filing
from callcenter.desks.glpi.desk import GlpiDesk
from callcenter.desks.glpi.login import Login
from tests.desks.glpi_server import CLIENT, SECRET, USER, GlpiServer
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.served_trial import on_trial
from tests.desks.trial import Trial


@asynccontextmanager
async def glpi_at(
    url: str, *, timeout_s: float = PATIENT_S, login: Any = None, **named: Any
) -> AsyncIterator[GlpiDesk]:
    """A desk called ``builtin``; ``login`` has what is not as it should be."""
    filing = Filing({"high": 5}, {"Hardware": "Hardware > Printer"})
    given = {"name": "builtin", "now": real_now, "webhook_secret": SECRET, "filing": filing} | named
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
    async with on_trial(
        GlpiServer(),
        glpi_at,
        denied={"login": {"password": "another"}},
        closed={"status": {"id": 5}},
        opened={"status": {"id": 2}},
        filed=(5, 11),
    ) as trial:
        yield trial
