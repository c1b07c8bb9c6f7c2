"""An office whose calls have tickets in a desk that is followed, which is in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from callcenter.core.part import Part
from callcenter.db import (
    agents,
    categories,
    desk_events,
    desk_writes,
    exemptions,
    finishing,
)
from callcenter.db.agents import Agent
from callcenter.db.desk_events import NewEvent
from callcenter.db.wrap_ups import Draft
from callcenter.desks.desk import (
    Changed,
    DeskError,
    DeskTicket,
    TicketState,
)
from callcenter.desks.filing import NOTHING, Filing
from callcenter.desks.follower import DeskFollower
from tests.calls.database import add_agent, debts
from tests.calls.facts import started
from tests.desks.conftest import FakeDesk, Office

PRINTER = Draft(title="Printer prints blank pages", note="Third floor", summary="New drum")
HERE = "http://callcenter.test"
PAGE = 3


@dataclass
class OpenDesk(FakeDesk):
    """One that can be read and written to; its tickets are as ``tickets`` has them."""

    tickets: dict[str, DeskTicket] = field(default_factory=dict)
    changes: list[Changed] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    updates: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    polls: list[datetime] = field(default_factory=list)
    gets: int = 0
    fails: list[Exception] = field(default_factory=list)  # of the next requests, whichever
    loses_answers: int = 0  # to notes that are taken
    filing: Filing = NOTHING
    keeps_time: bool = False
    booked: list[tuple[str, list[Part], str]] = field(default_factory=list)

    async def get(self, number: str) -> DeskTicket | None:
        self._fail()
        self.gets += 1
        return self.tickets.get(number)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        self._fail()
        self.polls.append(since)
        return [one for one in self.changes if one.at >= since][:PAGE]

    async def note(self, number: str, text: str, marker: str) -> None:
        self._fail()
        self.notes.append((number, text, marker))
        if self.loses_answers:
            self.loses_answers -= 1
            raise DeskError("the connection broke while it answered")

    async def has_note(self, number: str, marker: str) -> bool:
        self._fail()
        return any((one, mark) == (number, marker) for one, _, mark in self.notes)

    async def book(self, number: str, parts: Sequence[Part], marker: str) -> None:
        self._fail()
        self.booked.append((number, list(parts), marker))

    async def update(self, number: str, **changes: Any) -> None:
        self._fail()
        self.updates.append((number, changes))
        if number in self.tickets and changes.get("state"):
            self.has(number, changes["state"])

    def has(
        self, number: str, state: TicketState = TicketState.OPEN, under: str | None = None
    ) -> None:
        """The ticket is this by now; ``under`` another number, it was merged."""
        self.tickets[number] = DeskTicket(self._ref(int((under or number)[1:])), state, "Title")

    def _fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)


@dataclass
class Followed:
    """An office whose calls have tickets F0001, F0002 ... in a desk that is followed."""

    office: Office
    desk: OpenDesk
    follower: DeskFollower
    zoe: Agent
    owed: int = 0
    commits: int = 0

    async def hear(self, *numbers: str, id_: str = "1") -> int:
        events = [NewEvent(f"{id_}-{number}", number) for number in numbers]
        async with self.office.database.transaction() as connection:
            now = self.office.clock.now
            return await desk_events.add(connection, "builtin", events, now=now)

    async def categories(self, name: str, below: str) -> dict[str, int]:
        async with self.office.database.transaction() as connection:
            above = await categories.add(connection, name)
            under = await categories.add(connection, below, parent_id=above)
        return {"category_id": above, "subcategory_id": under}

    async def turn(self) -> None:
        while await self.follower.turn(self.office.database):
            pass

    async def states(self) -> list[tuple[str, str | None]]:
        return [(debt.state, debt.ticket_number) for debt in await debts(self.office.database)]

    async def say(self, number: int, draft: Draft = PRINTER) -> None:
        async with self.office.database.transaction() as connection:
            await finishing.finish(
                connection,
                started(number).id,
                draft,
                version=0,
                by=self.zoe,
                now=self.office.clock.now,
                base_url=HERE,
            )

    async def exempt(self, number: int) -> None:
        """Somebody says that the call was a test, and that is so."""
        async with self.office.database.transaction() as connection:
            who = {"actor": "zoe", "now": self.office.clock.now}
            call_id = started(number).id
            await exemptions.ask(connection, call_id, exemptions.ExemptReason.TEST, **who)
            assert await exemptions.grant(connection, call_id, **who, base_url=HERE)

    async def reverse(self, number: int) -> None:
        """It was none after all."""
        async with self.office.database.transaction() as connection:
            who = {"actor": "zoe", "now": self.office.clock.now}
            assert await exemptions.reverse(connection, started(number).id, **who, base_url=HERE)

    async def left_to_say(self) -> Mapping[str, str | None]:
        """What is not written yet, by call, with what the desk said."""
        async with self.office.database.reading() as connection:
            rows = await connection.execute(select(desk_writes.table))
            return {row.call_id: row.last_error for row in rows}

    def later(self, seconds: float) -> None:
        self.office.clock.advance(seconds)


async def follow(office: Office) -> Followed:
    """With two calls that have their tickets."""
    await add_agent(office.database, "zoe", "PJSIP/101")
    async with office.database.reading() as connection:
        agent = await agents.by_login(connection, "zoe")
    assert agent
    desk = OpenDesk()
    follower = office.follower(desk)
    found = Followed(office, desk, follower, agent)

    def owed() -> None:
        found.owed += 1

    def committed() -> None:
        found.commits += 1

    follower.owed, follower.committed = owed, committed
    await office.answer(1, 2, by="zoe")
    await office.worker(desk).pay_due("builtin")
    for number in ("F0001", "F0002"):
        desk.has(number)
    return found
