"""Who took part in a call, in Autotask: time entries, and secondary resources of the ticket."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from callcenter.core.part import Part
from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.people import People, Person
from callcenter.desks.autotask.query import marked, where, written
from callcenter.desks.autotask.shapes import Named, SecondaryResource, Ticket, TimeEntry
from callcenter.desks.desk import RejectedError

SUMMARY = "Telephone call"

SHORTEST = timedelta(seconds=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timesheet:
    """``has_entries`` and ``has_secondaries`` say which of the two are wanted. ``work_type`` is the
    name of the billing code of an entry."""

    api: Api
    people: People
    has_entries: bool = False
    has_secondaries: bool = False
    work_type: str | None = None

    async def book(self, ticket: Ticket, parts: Sequence[Part], marker: str) -> None:
        """Write what the ticket does not say yet, each with a request. Raises DeskError."""
        known = [(part, await self.people.of(part.agent)) for part in parts]
        took_part = [(part, person) for part, person in known if person]
        if self.has_secondaries:
            await self._add_secondaries(ticket, [person for _, person in took_part])
        if self.has_entries:
            await self._add_entries(ticket, took_part, marker)

    async def check(self) -> None:
        """See that the billing code is there. Raises DeskError."""
        if self.has_entries:
            await self._billing_code()

    async def _add_secondaries(self, ticket: Ticket, people: Sequence[Person]) -> None:
        path, of_ticket = f"Tickets/{ticket.id}/SecondaryResources", where("ticketID", ticket.id)
        found = await self.api.query("TicketSecondaryResources", SecondaryResource, of_ticket)
        there = {one.resourceID for one in found} | {ticket.assignedResourceID}
        for person in people:
            if person.resource not in there:  # Autotask refuses the primary one, and anybody twice
                await self.api.make(path, {"resourceID": person.resource, "roleID": person.role})
                there.add(person.resource)

    async def _add_entries(
        self, ticket: Ticket, took_part: Sequence[tuple[Part, Person]], marker: str
    ) -> None:
        of_ticket, of_call = where("ticketID", ticket.id), marked("internalNotes", marker)
        found = await self.api.query("TimeEntries", TimeEntry, of_ticket, of_call)
        mine = [one for one in found if marker in (one.internalNotes or "")]
        there = {(one.resourceID, one.startDateTime) for one in mine}
        common = {"internalNotes": marker} | await self._billing_code()
        wanted = [(person, span) for part, person in took_part for span in _by_day(part)]
        for person, span in wanted:
            if (person.resource, span[0]) not in there:
                await self.api.make("TimeEntries", _entry(ticket, person, span) | common)

    async def _billing_code(self) -> dict[str, object]:
        if self.work_type is None:
            return {}
        found = await self.api.query(
            "BillingCodes", Named, where("name", self.work_type), where("isActive", value=True)
        )
        if len(found) != 1:
            raise RejectedError(
                f"Autotask has no active work type {self.work_type!r}: write the name of one into "
                "work_type, as Admin, Billing Codes has it"
            )
        return {"billingCodeID": found[0].id}


def _entry(ticket: Ticket, person: Person, span: Span) -> dict[str, object]:
    begin, end = span
    return {
        "ticketID": ticket.id,
        "resourceID": person.resource,
        "roleID": person.role,
        "dateWorked": f"{begin:%Y-%m-%d}T00:00:00Z",
        "startDateTime": written(begin),
        "endDateTime": written(end),
        "summaryNotes": SUMMARY,
    }


def _by_day(part: Part) -> Iterator[Span]:
    """In whole seconds, cut at midnight (UTC): not every company lets an entry span it."""
    begin, last = (at.replace(microsecond=0) for at in (part.began_at, part.ended_at))
    while last - begin >= SHORTEST:
        midnight = datetime.combine(begin.date(), time(), begin.tzinfo) + timedelta(days=1)
        yield begin, min(last, midnight)
        begin = min(last, midnight)
