"""The built-in desk: tickets in callcenter's own database.

So the ticket and the payment of the call's debt are one transaction; what the job notes of it
afterwards is there already.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import ticket
from callcenter.db import exemptions, finishing, holdings, obligations, tickets
from callcenter.db.engine import Database
from callcenter.desks.desk import Draft, TicketRef


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinDesk:
    """A desk beside the calls.

    ``zones`` has the time zone of each line, for the ticket's day; a line that is no longer
    configured has UTC's.
    """

    name: str
    database: Database
    base_url: str
    zones: Mapping[str, tzinfo]
    now: Callable[[], datetime] = field(repr=False)
    searchable: bool = True
    settles_s: float = 0.0  # a transaction that was cut off leaves nothing

    async def check(self) -> str:
        """It is where the calls are: whoever has read this database has read its tickets."""
        return "keeps its tickets beside the calls"

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that carries this call's key, or the one it was merged into."""
        found = await self.held([key])
        return found[key][0] if key in found else None

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The ticket of each key that has one: never two, for the key is unique in the table."""
        async with self.database.reading() as connection:
            found = await holdings.numbers(connection, keys)
        return {key: [self._ref(number)] for key, number in found.items()}

    async def carried(self, since: datetime, until: datetime) -> Mapping[str, TicketRef]:
        """The tickets of calls that were made in this span, by their calls' keys."""
        async with self.database.reading() as connection:
            found = await holdings.carried(connection, since, until)
        return {key: self._ref(number) for key, number in found.items()}

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket, or give the one that is there: its key is unique in the table."""
        try:
            async with self.database.transaction() as connection:
                await exemptions.hold(connection, draft.key)
                number = (await holdings.numbers(connection, [draft.key])).get(draft.key)
                is_new = number is None
                ref = self._ref(number or await self._add(connection, draft))
                is_needed = await obligations.ticketed(
                    connection, draft.key, number=ref.number, url=ref.url, now=self.now()
                )
                if is_new and is_needed:
                    await finishing.apply(
                        connection, draft.key, ref.number, now=self.now(), base_url=self.base_url
                    )
                if not is_needed:
                    await exemptions.settle(
                        connection, draft.key, now=self.now(), base_url=self.base_url
                    )
            return ref
        except IntegrityError:
            found = await self.find(draft.key)  # somebody made it at the same moment
            if found is None:
                raise
            return found

    async def _add(self, connection: AsyncConnection, draft: Draft) -> str:
        day = ticket.day(draft.answered_at, self.zones.get(draft.line, UTC))
        number = ticket.number(day, await tickets.next_position(connection, day))
        new = tickets.NewTicket(
            call_key=draft.key,
            title=draft.title,
            company_id=draft.company_id,
            contact_id=draft.contact_id,
            contract_id=draft.contract_id,
            queue=draft.line,
            primary_resource_id=draft.agent_id,
            account_owner=draft.account_owner,
            source="phone",
            title_is_made=True,
        )
        await tickets.add(connection, number, new, now=self.now(), base_url=self.base_url)
        return number

    def _ref(self, number: str) -> TicketRef:
        return TicketRef(number, tickets.ticket_url(self.base_url, number))
