"""A Freshdesk desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.filing import Filing
from callcenter.desks.freshdesk.desk import FreshdeskDesk
from tests.desks.freshdesk_server import KEY, SECRET, FreshdeskServer
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.served_trial import on_trial
from tests.desks.trial import Trial

UNKNOWN = "unknown-caller@example.com"


@asynccontextmanager
async def freshdesk_at(
    url: str, *, timeout_s: float = PATIENT_S, **named: Any
) -> AsyncIterator[FreshdeskDesk]:
    given = {
        "name": "builtin",
        "key": KEY,
        "group": "Support",
        "requester": UNKNOWN,
        "custom_field": "cf_call_id",
        "webhook_secret": SECRET,
        "now": real_now,
        "filing": Filing({"high": "urgent"}, {"Hardware": "Incident"}),
    }
    async with Client.open(timeout_s) as client:
        yield FreshdeskDesk(url=url, client=client, **given | named)


@asynccontextmanager
async def freshdesk(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    async with on_trial(
        FreshdeskServer(),
        freshdesk_at,
        denied={"key": "another"},
        closed={"status": 4},
        opened={"status": 2},
        filed=(4, "Incident"),
    ) as trial:
        yield trial
