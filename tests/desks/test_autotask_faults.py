"""Hundreds of calls and one Autotask that times out, breaks off, is busy, and whose webhooks are
dropped: one ticket for each call, and each debt is closed once its ticket is completed there.

``AUTOTASK_CALLS=1000`` in the environment makes it as many.
"""

import os
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import claims, desk_events
from callcenter.db.desk_events import NewEvent
from callcenter.desks.autotask import AutotaskDesk
from callcenter.desks.follower import DeskFollower
from tests.calls.database import debts
from tests.desks.autotask.entities import COMPLETE
from tests.desks.autotask.opening import WEBHOOK_SECRET, desk_on
from tests.desks.autotask.server import Autotask
from tests.desks.autotask.tenant import KARIM, Tenant
from tests.desks.conftest import Office
from tests.desks.faults import Fault, Faults

CALLS = int(os.environ.get("AUTOTASK_CALLS", "250"))
TIMEOUT_S = 1.0
POLL_S, NEVER_S = 300.0, 1e9

FAULTS = [
    (Fault(kind="silent"), 0.005),
    (Fault(kind="silent", stores=True), 0.005),
    (Fault(kind="drop"), 0.015),
    (Fault(kind="drop", stores=True), 0.015),
    (Fault(kind="half", stores=True), 0.015),
    (Fault(kind="status", status=502, stores=True), 0.015),
    (Fault(kind="status", status=429, headers={"Retry-After": "5"}), 0.003),
]
"""Of the requests that make a ticket or search, the part that ends so."""

BUSY = 0.006
"""The part that finds all threads of our integration in use."""

DROPPED, UNANSWERED = 0.7, 0.1
"""Parts of the webhooks: lost on every attempt, and taken without Autotask's knowing."""


@dataclass
class Weather(Faults):
    """Each request meets its own."""

    random: Random = field(default_factory=lambda: Random(7))

    def take(self, method: str) -> Fault | None:
        drawn = self.random.random()
        for fault, part in FAULTS:
            drawn -= part
            if drawn < 0:
                return fault
        return None


@dataclass
class Receiver:
    """Where webhooks arrive."""

    office: Office
    desk: AutotaskDesk
    random: Random = field(default_factory=lambda: Random(11))
    dropped: set[bytes] = field(default_factory=set)
    taken: set[bytes] = field(default_factory=set)

    async def post(self, _url: str, headers: Mapping[str, str], body: bytes) -> int:
        is_new = body not in self.taken | self.dropped
        if is_new:
            (self.dropped if self.random.random() < DROPPED else self.taken).add(body)
        if body in self.dropped:
            return 503
        events = self.desk.parse_webhook(headers, body)
        async with self.office.database.transaction() as connection:
            new = [NewEvent(one.delivery_id, one.number) for one in events]
            await desk_events.add(connection, "builtin", new, now=self.office.clock.now)
        return 503 if is_new and self.random.random() < UNANSWERED else 204


async def test_each_has_one_ticket_and_is_closed_with_it(sqlite_office: Office) -> None:
    office, random = sqlite_office, Random(3)
    server = Autotask(tenant=Tenant(now=office.clock), faults=Weather(is_of_tickets))
    server.busy = lambda entity: entity == "Tickets" and random.random() < BUSY
    server.callouts.subscribe("https://callcenter.test/hooks/builtin", WEBHOOK_SECRET)
    hurry(office)
    async with server.serving() as url, desk_on(url, timeout_s=TIMEOUT_S) as desk:
        heard, polled = office.follower(desk, NEVER_S), office.follower(desk, POLL_S)
        await heard.turn(office.database)
        await office.answer(*range(CALLS))
        await pay(office, desk)
        tickets = list(server.tenant.records["Tickets"].values())
        found = {one.call_id: one.ticket_number for one in await debts(office.database)}
        assert len(tickets) == CALLS
        assert found == {one["externalID"]: one["ticketNumber"] for one in tickets}

        for ticket in tickets:
            server.tenant.patch("Tickets", {"id": ticket["id"], "status": COMPLETE}, KARIM)
        receiver = Receiver(office, desk)
        await server.callouts.deliver(receiver.post)
        await follow(office, heard)
        dropped = len(receiver.dropped)
        assert CALLS / 3 < dropped < CALLS
        assert await states(office) == {"qualified": CALLS - dropped, "ticketed": dropped}
        await follow(office, polled)
        assert await states(office) == {"qualified": CALLS}


def is_of_tickets(request: Any) -> bool:
    return request.method == "POST" and request.path.endswith(("/Tickets", "/Tickets/query"))


def hurry(office: Office) -> None:
    """Write nothing to the disk: no power fails here."""

    @event.listens_for(office.database.engine.sync_engine, "connect")
    def _hurry(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


async def pay(office: Office, desk: AutotaskDesk) -> None:
    """Until nothing is owed, each attempt at its time."""
    worker = office.worker(desk)
    while await reach(office, claims.next_due_at):
        await worker.pay_due("builtin")


async def follow(office: Office, follower: DeskFollower) -> None:
    """Until no change waits to be looked at."""
    while await follower.turn(office.database) or await reach(office, desk_events.next_due_at):
        office.clock.advance(1)


async def reach(
    office: Office, due: Callable[[AsyncConnection, str], Awaitable[datetime | None]]
) -> bool:
    """Let the time come of what is due next; False where nothing is."""
    async with office.database.reading() as connection:
        at = await due(connection, "builtin")
    if at is not None:
        office.clock.advance(max(0.0, (at - office.clock.now).total_seconds()))
    return at is not None


async def states(office: Office) -> dict[str, int]:
    return Counter(one.state for one in await debts(office.database))
