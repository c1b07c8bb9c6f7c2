"""A Znuny desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.desk import TicketState
from callcenter.desks.filing import Filing
from callcenter.desks.znuny.desk import ZnunyDesk
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.served_trial import on_trial
from tests.desks.trial import Trial
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
        "filing": Filing({"high": "4 high"}, {"Hardware": "Machines"}),
        "category_field": "About",
    }
    async with Client.open(timeout_s) as client:
        yield ZnunyDesk(url=f"{url}/znuny", client=client, **given | named)


@asynccontextmanager
async def znuny(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    async with on_trial(
        ZnunyServer(),
        znuny_at,
        denied={"password": "another"},
        closed={"State": "closed successful"},
        opened={"State": "open"},
        filed=("4 high", "Machines"),
    ) as trial:
        yield trial
