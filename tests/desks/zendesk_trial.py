"""A Zendesk desk on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.filing import Filing
from callcenter.desks.zendesk.desk import ZendeskDesk
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.served_trial import on_trial
from tests.desks.trial import Trial
from tests.desks.zendesk_server import SECRET, TOKEN, USER, ZendeskServer

UNKNOWN = "unknown-caller@example.com"


@asynccontextmanager
async def zendesk_at(
    url: str, *, timeout_s: float = PATIENT_S, **named: Any
) -> AsyncIterator[ZendeskDesk]:
    given = {
        "name": "builtin",
        "user": USER,
        "token": TOKEN,
        "group": "Support",
        "requester": UNKNOWN,
        "webhook_secret": SECRET,
        "now": real_now,
        "filing": Filing({"high": "urgent"}, {"Hardware": "Machines"}),
        "category_field": "About",
    }
    async with Client.open(timeout_s) as client:
        yield ZendeskDesk(url=url, client=client, **given | named)


@asynccontextmanager
async def zendesk(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    async with on_trial(
        ZendeskServer(),
        zendesk_at,
        denied={"token": "another"},
        closed={"status": "solved"},
        opened={"status": "open"},
        filed=("urgent", "about_machines"),
    ) as trial:
        yield trial
