"""A real Request Tracker on trial."""

import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from callcenter.desks.client import Client
from callcenter.desks.desk import Desk
from callcenter.desks.filing import Filing
from callcenter.desks.rt import RtDesk
from tests.desks.faults import Faults, between
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.request_tracker import RequestTracker, running
from tests.desks.trial import TEXTS, Filed, Remote, Trial, Webhook

FILED = {"filing": Filing({"high": 100}, {"Hardware": "Machines"}), "category_field": "About"}
WEBHOOK_SECRET = "not-a-secret-but-long-enough"
FIELD = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
my $field = RT::CustomField->new(RT->SystemUser);
$field->Create(Name => 'About', Type => 'SelectSingle', LookupType => 'RT::Queue-RT::Ticket');
$field->AddValue(Name => $_) for qw(Machines Telephones);
my $queue = RT::Queue->new(RT->SystemUser); $queue->Load('General');
$field->AddToObject($queue);
"""
"""A field of the queue that says what a ticket is about."""

WRONG_TOKEN = "1-14-00000000000000000000000000000000"


@asynccontextmanager
async def desk_of(rt: RequestTracker, **changed: Any) -> AsyncIterator[RtDesk]:
    given = {
        "name": "builtin",
        "url": rt.url,
        "token": rt.token,
        "queue": "General",
        "custom_field": "CallID",
        "webhook_secret": WEBHOOK_SECRET,
        "now": real_now,
    }
    async with Client.open(changed.pop("timeout_s", PATIENT_S)) as client:
        yield RtDesk(client=client, **given | changed)


@asynccontextmanager
async def rt(folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    faults = Faults(is_meant=_is_of_tickets)
    async with running(folder) as tracker, between(tracker.url, faults) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[Desk]:
            async with desk_of(tracker, **{"url": url, **FILED} | changed) as desk:
                yield desk

        async def tickets(key: str) -> list[str]:
            # Who does not wait for the answer knows nothing, and RT may not be done with it.
            found = await tracker.ask("GET", f"tickets?query=CF.{{CallID}}='{key}'")
            return [item["id"] for item in found["items"]]

        async def close(number: str) -> None:
            await tracker.ask("PUT", f"ticket/{number}", {"Status": "resolved"})

        async def reopen(number: str) -> None:
            await tracker.ask("PUT", f"ticket/{number}", {"Status": "open"})

        async def delete(number: str) -> None:
            await tracker.ask("DELETE", f"ticket/{number}")

        counted = itertools.count(1)

        async def webhook(number: str) -> Webhook:
            said = {
                "transaction": str(next(counted)),
                "ticket": number,
                "sent_at": real_now().isoformat(),
            }
            body = json.dumps(said).encode()
            signed = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
            return {"X-RT-Signature": f"sha256={signed}"}, body

        async def filed(number: str) -> Filed:
            ticket = await tracker.ask("GET", f"ticket/{number}")
            fields = {one["name"]: one["values"] for one in ticket["CustomFields"]}
            return ticket["Priority"], fields["About"]

        await tracker.perl(FIELD)
        async with opens() as desk:
            remote = Remote(
                opens=opens,
                faults=faults,
                tickets=tickets,
                denied={"token": WRONG_TOKEN},
                close=close,
                reopen=reopen,
                delete=delete,
                webhook=webhook,
                filed=filed,
            )
            # One ticket with all of it: RT needs a third of a second for each.
            texts, filed_as = [" ".join(TEXTS)], ("100", ["Machines"])
            yield Trial(desk=desk, remote=remote, texts=texts, filed=filed_as)


def _is_of_tickets(request: web.BaseRequest) -> bool:
    """A ticket is wanted, or looked for."""
    return request.path in ("/REST/2.0/ticket", "/REST/2.0/tickets")
