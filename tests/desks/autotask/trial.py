"""Autotask on trial."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.desks.autotask.entities import COMPLETE, COMPUTER, HIGH, IN_PROGRESS, PRINTER
from tests.desks.autotask.opening import WEBHOOK_SECRET, desk_on
from tests.desks.autotask.server import Autotask
from tests.desks.autotask.tenant import KARIM
from tests.desks.trial import Filed, Remote, Trial, Webhook


@asynccontextmanager
async def autotask(_folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    server = Autotask()
    tenant = server.tenant
    server.callouts.subscribe("https://callcenter.test/hooks/builtin", WEBHOOK_SECRET)
    async with server.serving() as url:

        async def tickets(key: str) -> list[str]:
            records = tenant.records["Tickets"].values()
            return [one["ticketNumber"] for one in records if one["externalID"] == key]

        async def set_status(number: str, status: int) -> None:
            tenant.patch("Tickets", {"id": tenant.ticket(number)["id"], "status": status}, KARIM)

        async def delete(number: str) -> None:
            tenant.delete("Tickets", tenant.ticket(number)["id"], KARIM)

        async def webhook(number: str) -> Webhook:
            await set_status(number, COMPLETE)
            callout = server.callouts.waiting.pop()
            return callout.headers, callout.body

        async def filed(number: str) -> Filed:
            ticket = tenant.ticket(number)
            return ticket["priority"], (ticket["issueType"], ticket["subIssueType"])

        async with desk_on(url) as desk:
            remote = Remote(
                opens=lambda **changed: desk_on(**({"url": url} | changed)),
                filed=filed,
                faults=server.faults,
                tickets=tickets,
                denied={"secret": "wrong"},
                close=lambda number: set_status(number, COMPLETE),
                reopen=lambda number: set_status(number, IN_PROGRESS),
                delete=delete,
                webhook=webhook,
            )
            yield Trial(desk=desk, remote=remote, filed=(HIGH, (COMPUTER, PRINTER)))
