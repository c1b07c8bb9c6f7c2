"""A Zammad desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.desk import TicketState
from callcenter.desks.filing import Filing
from callcenter.desks.zammad.desk import ZammadDesk
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.served_trial import on_trial
from tests.desks.trial import Trial
from tests.desks.zammad_server import SECRET, TOKEN, UNKNOWN, ZammadServer

STATES = {
    TicketState.OPEN: "open",
    TicketState.PENDING: "pending reminder",
    TicketState.CLOSED: "closed",
}


@asynccontextmanager
async def zammad_at(
    url: str, *, timeout_s: float = PATIENT_S, **named: Any
) -> AsyncIterator[ZammadDesk]:
    given = {
        "name": "builtin",
        "token": TOKEN,
        "group": "Support",
        "customer": UNKNOWN,
        "custom_field": "call_id",
        "states": STATES,
        "webhook_secret": SECRET,
        "now": real_now,
        "filing": Filing({"high": "3 high"}, {"Hardware > Printer": "printers"}),
        "category_field": "category",
    }
    async with Client.open(timeout_s) as client:
        yield ZammadDesk(url=url, client=client, **given | named)


@asynccontextmanager
async def zammad(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    async with on_trial(
        ZammadServer(),
        zammad_at,
        denied={"token": "another"},
        closed={"state": "closed"},
        opened={"state": "open"},
        filed=("3 high", "printers"),
    ) as trial:
        yield trial
