"""From alerts to their tickets, within one transaction: those of the built-in desk are made, those
of a desk over a network are noted as wanted.

One trouble has one ticket, however often it is said; that it is over is noted there. Tickets are
told of at the end, in one go: the journal comes after everything else that a transaction writes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.alerts.source import Source
from callcenter.core import folding, ticket
from callcenter.core.alert import Alert, Phase
from callcenter.core.folding import Known
from callcenter.core.routing import Route, less_urgent
from callcenter.db import (
    alert_desk_tickets,
    alert_devices,
    alert_episodes,
    alert_groups,
    directory,
    ticket_notes,
    tickets,
)
from callcenter.db.alert_devices import Found
from callcenter.db.alert_episodes import Episode
from callcenter.db.alert_groups import AGAIN, RECOVERED, Place
from callcenter.db.tickets import NewTicket
from webhooks import EventType


class Outcome(StrEnum):
    """What an alert was."""

    OPENED = "opened"  # a trouble that has a ticket now
    REPEATED = "repeated"  # one that was known as it is
    RECOVERED = "recovered"
    EARLY = "early"  # the end of one whose beginning was not heard of yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """Writes in this transaction. ``tell`` is to be called at its end."""

    connection: AsyncConnection
    base_url: str
    now: datetime
    _made: set[str] = field(default_factory=set)
    _changed: set[str] = field(default_factory=set)

    async def write(self, source: Source, alert: Alert, *, at: datetime, times: int) -> Outcome:
        """Write down what the source says; it came at this moment, so many times."""
        known = await alert_episodes.find(self.connection, source.name, alert)
        if alert.phase is Phase.OVER:
            return await self._end(source, alert, known, at)
        if known is not None and known.group_id is not None:
            await alert_episodes.repeat(self.connection, known.id, alert, at=at, times=times)
            if alert.severity != known.severity:  # else it is as urgent as people made it
                await self._raise_priority(known.group_id, source.routing.of(alert))
            return Outcome.REPEATED
        found = await self._whose(source, alert)
        group_id = await self._join(source, alert, found, at)
        if known is None:
            await alert_episodes.begin(
                self.connection,
                source.name,
                alert,
                found=found,
                group_id=group_id,
                at=at,
                times=times,
            )
        else:
            await alert_episodes.begin_late(
                self.connection, known.id, alert, found=found, group_id=group_id, times=times
            )
            await self._note_end(group_id)
        return Outcome.OPENED

    async def tell(self) -> None:
        """Journal each ticket that was made or changed, as it is now."""
        for number in sorted(self._made | self._changed):
            kind = EventType.TICKET_CREATED if number in self._made else EventType.TICKET_UPDATED
            await tickets.told(self.connection, kind, number, self.now, self.base_url)

    async def _end(
        self, source: Source, alert: Alert, known: Episode | None, at: datetime
    ) -> Outcome:
        if known is None:
            await alert_episodes.begin(
                self.connection,
                source.name,
                alert,
                found=await self._whose(source, alert),
                group_id=None,
                at=at,
                times=0,
            )
            return Outcome.EARLY
        if known.over_at is not None:
            return Outcome.REPEATED
        await alert_episodes.end(self.connection, known.id, alert, at)
        if known.group_id is not None:
            await self._note_end(known.group_id)
        return Outcome.RECOVERED

    async def _whose(self, source: Source, alert: Alert) -> Found:
        return await alert_devices.find(self.connection, source.name, alert, now=self.now)

    async def _join(self, source: Source, alert: Alert, found: Found, at: datetime) -> int:
        """Find or make the ticket that it belongs into; give the group's id."""
        route = source.routing.of(alert)
        place = Place(
            source=source.name,
            line=route.line,
            site=alert.site or found.company or "",
            company_id=found.company_id,
        )
        known = await alert_groups.known(self.connection, place, at - source.fold)
        group = folding.place(alert.device, known)
        if isinstance(group, Known):
            await self._add_to(group, route, at)
            return group.id
        title = folding.title(group, place.site, alert)
        desk, number = source.desks.get(route.line), None
        if desk is None:
            day = ticket.day(self.now, source.zones[route.line])
            number = await self._ticket(day, title, alert, found, route)
        group_id = await alert_groups.add(
            self.connection, place, device=group.device, ticket_number=number, at=at
        )
        if desk is not None:
            text = f"{_text(alert)}\nPriority: {route.priority}"
            await alert_desk_tickets.owe(
                self.connection, group_id, desk=desk, title=title, text=text, now=self.now
            )
        return group_id

    async def _add_to(self, group: Known, route: Route, at: datetime) -> None:
        await alert_groups.join(self.connection, group.id, at)
        if not await alert_episodes.goes_on(self.connection, group.id):
            await alert_groups.note(self.connection, group.id, AGAIN, self.now)
        await self._raise_priority(group.id, route)
        if group.ticket_number is not None:
            self._changed.add(group.ticket_number)

    async def _raise_priority(self, group_id: int, route: Route) -> None:
        above, priority = less_urgent(route.priority), route.priority
        if number := await alert_groups.raise_priority(self.connection, group_id, priority, above):
            self._changed.add(number)

    async def _note_end(self, group_id: int) -> None:
        """Say so in the ticket, if that was the last of its troubles."""
        if await alert_episodes.goes_on(self.connection, group_id):
            return
        if number := await alert_groups.note(self.connection, group_id, RECOVERED, self.now):
            self._changed.add(number)

    async def _ticket(self, day: str, title: str, alert: Alert, found: Found, route: Route) -> str:
        number = ticket.number(day, await tickets.next_position(self.connection, day))
        company_id = found.company_id
        contract_id = (
            await directory.contract_id(self.connection, company_id) if company_id else None
        )
        new = NewTicket(
            call_key=None,
            title=title,
            company_id=company_id,
            contact_id=None,
            contract_id=contract_id,
            queue=route.line,
            primary_resource_id=None,
            account_owner=found.account_owner,
            source="alert",
            priority=route.priority,
        )
        await tickets.write(self.connection, number, new, now=self.now)
        text = _text(alert) or title
        await ticket_notes.write(self.connection, number, text=text, now=self.now)
        self._made.add(number)
        return number


def _text(alert: Alert) -> str:
    return "\n".join(part for part in (alert.text, alert.url) if part)
