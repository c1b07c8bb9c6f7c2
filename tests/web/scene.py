"""A support line without a PBX: what calls do is written straight into the database.

Each step writes what the service's own recorder would, journals it and tells the hub.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.alerts.worker import AlertWorker
from callcenter.core import ticket
from callcenter.core.agent_state import AgentState
from callcenter.core.enforcement import Block
from callcenter.core.outgoing import Outgoing, OutgoingState, Purpose, Result, Trouble
from callcenter.db import (
    agents,
    alert_deliveries,
    blocks,
    calls,
    customer_writing,
    customers,
    journal,
    missed,
    outgoing,
    states,
    tickets,
)
from callcenter.db.agents import Agent, Role
from callcenter.db.customer_writing import Asked
from callcenter.db.customers import Customer
from callcenter.db.engine import Database
from callcenter.db.outgoing import Wanted
from callcenter.db.schema import (
    call_contacts,
    companies,
    contacts,
    contracts,
    legs,
    obligations,
    ring_groups,
)
from callcenter.db.schema import calls as calls_table
from callcenter.db.states import Standing
from callcenter.web.live import Hub
from tests.alerts.sources import SOURCES
from webhooks import AgentState as AgentShape
from webhooks import Callback, EventType
from webhooks.event import PbxSight, RingGroup
from webhooks.ticket import TicketStatus

PASSWORD = "correct horse"
PUBLIC_URL = "http://callcenter.test"


@dataclass
class Clock:
    """The time of the test; it stands until it is moved."""

    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Scene:
    """Agents, companies and calls of one test."""

    database: Database
    hub: Hub
    clock: Clock
    password_hash: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def agent(
        self, login: str, name: str, *interfaces: str, role: Role = "agent", line: str | None = None
    ) -> Agent:
        """Add an agent; with a line, their telephones ring for it."""
        async with self.database.transaction() as connection:
            added = await agents.add(
                connection,
                login=login,
                name=name,
                role=role,
                interfaces=interfaces,
                password_hash=self.password_hash,
                now=self.clock(),
            )
            for interface in interfaces if line else ():
                row = {"line": line, "interface": interface}
                await connection.execute(insert(ring_groups).values(row))
        await self.hub.reload_ring_groups()
        return added

    async def company(
        self, name: str, *people: str, contract: str | None = None, owner: str | None = None
    ) -> tuple[int, list[int]]:
        """Add a company with its people; gives their ids."""
        async with self.database.transaction() as connection:
            firm = {
                "name": name,
                "account_owner": owner,
                "backup": "Karim Benali" if owner else None,
            }
            company_id = await _insert(connection, insert(companies).values(firm))
            if contract:
                row = {"company_id": company_id, "name": contract}
                await connection.execute(insert(contracts).values(row))
            return company_id, [
                await _insert(
                    connection, insert(contacts).values(company_id=company_id, name=person)
                )
                for person in people
            ]

    async def customer(
        self, login: str, company_id: int, contact_id: int | None = None, name: str = "Claire Vidal"
    ) -> Customer:
        """Somebody of the company may sign in to the portal."""
        async with self.database.transaction() as connection:
            return await customers.add(
                connection,
                login=login,
                name=name,
                company_id=company_id,
                contact_id=contact_id,
                password_hash=self.password_hash,
                now=self.clock(),
            )

    async def hear(self, source: str, *bodies: bytes) -> None:
        """A monitoring system sends these, and they are worked off."""
        worker = AlertWorker(
            sources=SOURCES, base_url=PUBLIC_URL, now=self.clock, committed=self.hub.notify
        )
        for body in bodies:
            async with self.database.transaction() as connection:
                await alert_deliveries.store(connection, source, body, self.clock())
        while await worker.work_some(self.database):
            pass

    async def ask(self, customer: Customer, title: str, text: str) -> str:
        """A customer opens a ticket; gives its number."""
        key = f"form {next(self.numbers)}"
        asked = Asked(form_key=key, title=title, description=text, contact_id=None, telephone=None)
        async with self.database.transaction() as connection:
            number = await customer_writing.open_ticket(
                connection,
                customer,
                asked,
                queue="support",
                timezone=UTC,
                now=self.clock(),
                base_url=PUBLIC_URL,
            )
        self.hub.notify()
        return number

    async def note(self, number: str, text: str, *, is_public: bool, agent_id: int = 1) -> None:
        """An agent writes into a ticket."""
        async with self.database.transaction() as connection:
            await tickets.add_note(
                connection,
                number,
                agent_id=agent_id,
                text=text,
                is_public=is_public,
                now=self.clock(),
                base_url=PUBLIC_URL,
            )
        self.hub.notify()

    async def set_status(self, number: str, status: TicketStatus) -> None:
        """An agent says how far it is."""
        async with self.database.transaction() as connection:
            ticket = await tickets.get(connection, number, base_url=PUBLIC_URL)
            assert ticket is not None
            await tickets.update(
                connection,
                number,
                title=ticket.title,
                status=status,
                priority=ticket.priority,
                now=self.clock(),
                base_url=PUBLIC_URL,
            )

    async def ring(
        self,
        *interfaces: str,
        raw: str = "0639981122",
        e164: str | None = "+33639981122",
        name: str | None = None,
        company: int | None = None,
        people: tuple[int, ...] | list[int] = (),
        line: str = "support",
    ) -> str:
        """A call rings on these telephones; gives its id."""
        call_id, now = str(uuid4()), self.clock()
        async with self.database.transaction() as connection:
            row = {
                "id": call_id,
                "pbx": "main",
                "linkedid": call_id,
                "channel": call_id,
                "line": line,
                "caller_raw": raw,
                "caller_name": name,
                "caller_e164": e164,
                "company_id": company,
                "state": "ringing",
                "started_at": now,
                "queued_at": now,
            }
            await connection.execute(insert(calls_table).values(row))
            for person in people:
                row = {"call_id": call_id, "contact_id": person}
                await connection.execute(insert(call_contacts).values(row))
            holders = await agents.by_interface(connection)
            for position, interface in enumerate(interfaces):
                holder = holders.get(interface)
                row = {
                    "call_id": call_id,
                    "position": position,
                    "interface": interface,
                    "agent_id": holder.agent_id if holder else None,
                    "offered_at": now,
                }
                await connection.execute(insert(legs).values(row))
        await self.tell(call_id, EventType.CALL_RINGING)
        return call_id

    async def answer(self, call_id: str, interface: str) -> None:
        """That telephone is picked up; the obligation is there."""
        now = self.clock()
        async with self.database.transaction() as connection:
            holder = (await agents.by_interface(connection)).get(interface)
            await _set_call(connection, call_id, state="talking", answered_at=now)
            here = (legs.c.call_id == call_id) & (legs.c.interface == interface)
            other = (legs.c.call_id == call_id) & (legs.c.interface != interface)
            await connection.execute(update(legs).where(here).values(answered_at=now))
            await connection.execute(update(legs).where(other).values(ended_at=now))
            debt = {
                "call_id": call_id,
                "desk": "builtin",
                "state": "open",
                "agent_id": holder.agent_id if holder else None,
                "answered_at": now,
            }
            await connection.execute(insert(obligations).values(debt))
        await self.tell(call_id, EventType.CALL_ANSWERED)

    async def offer(self, call_id: str, interface: str) -> None:
        """One more telephone rings for a call that somebody has."""
        async with self.database.transaction() as connection:
            call = await calls.get(connection, call_id)
            assert call is not None
            holder = (await agents.by_interface(connection)).get(interface)
            row = {
                "call_id": call_id,
                "position": len(call.legs),
                "interface": interface,
                "agent_id": holder.agent_id if holder else None,
                "offered_at": self.clock(),
            }
            await connection.execute(insert(legs).values(row))
        await self.tell(call_id, EventType.CALL_OFFERED)

    async def hand_on(self, call_id: str, giver: str, taker: str) -> None:
        """The one who has the call gives it to the one who was offered it."""
        for interface, change in ((giver, "ended_at"), (taker, "answered_at")):
            here = (legs.c.call_id == call_id) & (legs.c.interface == interface)
            async with self.database.transaction() as connection:
                await connection.execute(update(legs).where(here).values({change: self.clock()}))
        await self.tell(call_id, EventType.CALL_TRANSFERRED)

    async def complete(self, number: str, summary: str) -> None:
        """The ticket is completed, on whatever page."""
        async with self.database.transaction() as connection:
            await tickets.complete(
                connection, number, summary=summary, now=self.clock(), base_url=PUBLIC_URL
            )
        self.hub.notify()

    async def ticket(self, call_id: str, title: str = "Call", *, is_made: bool = False) -> str:
        """The desk confirms the ticket; gives its number. ``is_made``: nobody chose the title."""
        async with self.database.transaction() as connection:
            position = await tickets.next_position(connection, "20261123")
            number = ticket.number("20261123", position)
            call = await calls.get(connection, call_id)
            assert call is not None
            winner = next(leg for leg in call.legs if leg.answered_at)
            holder = (await agents.by_interface(connection)).get(winner.interface)
            new = tickets.NewTicket(
                call_key=call_id,
                title=title,
                company_id=call.company.id if call.company else None,
                contact_id=call.contacts[0].id if len(call.contacts) == 1 else None,
                contract_id=None,
                queue=call.line,
                primary_resource_id=holder.agent_id if holder else None,
                account_owner=call.company.account_owner if call.company else None,
                source="phone",
                title_is_made=is_made,
            )
            await tickets.add(connection, number, new, now=self.clock(), base_url=PUBLIC_URL)
            done = {
                "state": "ticketed",
                "ticket_number": number,
                "ticket_url": tickets.ticket_url(PUBLIC_URL, number),
                "ticketed_at": self.clock(),
            }
            await connection.execute(
                update(obligations).where(obligations.c.call_id == call_id).values(done)
            )
        await self.tell(call_id, EventType.CALL_UPDATED)
        return number

    async def hang_up(self, call_id: str) -> None:
        """The call is over: answered if somebody did, else given up."""
        now = self.clock()
        async with self.database.transaction() as connection:
            call = await calls.get(connection, call_id)
            assert call is not None
            outcome = "answered" if call.answered_at else "abandoned"
            await _set_call(connection, call_id, state="ended", ended_at=now, outcome=outcome)
            still = (legs.c.call_id == call_id) & legs.c.ended_at.is_(None)
            await connection.execute(update(legs).where(still).values(ended_at=now))
        answered = outcome == "answered"
        await self.tell(call_id, EventType.CALL_ENDED if answered else EventType.CALL_MISSED)

    async def missed(
        self,
        raw: str = "0639981122",
        *,
        line: str = "support",
        times: int = 1,
        wait_s: float = 20,
        company: int | None = None,
        people: tuple[int, ...] | list[int] = (),
    ) -> int:
        """Somebody calls in vain, so often; gives the to-do's id."""
        e164 = f"+33{raw[1:]}" if raw.isdigit() else None
        for _ in range(times):
            call_id = await self.ring(
                "PJSIP/101", raw=raw, e164=e164, line=line, company=company, people=people
            )
            self.clock.advance(seconds=wait_s)
            await self.hang_up(call_id)
            async with self.database.transaction() as connection:
                call = await calls.get(connection, call_id)
                assert call is not None
                told = await missed.write(connection, [call], [])
                await journal.append(connection, told)
        self.hub.notify()
        return callback_of(told)

    async def outgoing(self, login: str, **wanted: object) -> str:
        """An agent asks for a call; gives its id."""
        id_ = str(uuid4())
        values = {
            "pbx": "main",
            "interface": "PJSIP/101",
            "number": "+33639981122",
            "line": "support",
            "purpose": Purpose.CALL,
        }
        async with self.database.transaction() as connection:
            agent = await agents.by_login(connection, login)
            assert agent is not None
            new = Wanted(**(values | wanted))  # type: ignore[arg-type]  # by name
            await outgoing.ask(connection, id_, new, agent_id=agent.id, now=self.clock())
        self.hub.notify()
        return id_

    async def dialled(
        self, id_: str, *states: str, result: str | None = None, trouble: str | None = None
    ) -> None:
        """What the PBX says of such a call, a second apart: its states, and how it ended."""
        for state in states:
            self.clock.advance(seconds=1)
            async with self.database.transaction() as connection:
                (before,) = [
                    one for one in await outgoing.going_on(connection, "main") if one.id == id_
                ] or [Outgoing(id_, OutgoingState.SENT)]
                now = self.clock()
                picked_up = now if state == "calling" else None
                answered = now if state == "talking" else None
                one = replace(
                    before,
                    state=OutgoingState(state),
                    agent_answered_at=before.agent_answered_at or picked_up,
                    answered_at=before.answered_at or answered,
                    ended_at=now if state == "ended" else None,
                    result=Result(result) if result and state == "ended" else None,
                    trouble=Trouble(trouble) if trouble else None,
                )
                told = await outgoing.write(connection, [one], base_url=PUBLIC_URL)
                await journal.append(connection, told)
            self.hub.notify()

    async def tell(self, call_id: str, kind: EventType) -> int:
        """Journal the call as it is now."""
        async with self.database.transaction() as connection:
            call = await calls.get(connection, call_id)
            assert call is not None
            entry = journal.NewEntry(self.clock(), kind, call.line, call_id, call.model_dump_json())
            (seq,) = await journal.append(connection, [entry])
        self.hub.notify()
        return seq

    async def entries(
        self, kind: EventType, count: int = 1, *, data: str = "{}", line: str | None = None
    ) -> int:
        """Journal something else, so many times; gives the last number."""
        async with self.database.transaction() as connection:
            new = journal.NewEntry(self.clock(), kind, line, None, data)
            seqs = await journal.append(connection, [new] * count)
        self.hub.notify()
        return seqs[-1]

    async def state(
        self, login: str, state: AgentState, reason: str | None = None, *, blocked_on: str = ""
    ) -> None:
        """Somebody does something else; the line they are blocked on, if any, rings no more."""
        async with self.database.transaction() as connection:
            agent = await agents.by_login(connection, login)
            assert agent is not None
            standing = Standing(agent.id, login, agent.name, state, reason, self.clock())
            await states.write(connection, [standing], now=self.clock())
            blocked = [
                Block(blocked_on, interface, agent.id, self.clock())
                for interface in agent.interfaces
                if blocked_on
            ]
            known = await blocks.of_agent(connection, agent.id)
            await blocks.write(connection, blocked, known)
        shape = AgentShape(
            agent=login,
            name=agent.name,
            state=state.value,
            reason=reason,
            since=self.clock(),
            blocked_on=[blocked_on] if blocked_on else [],
        )
        await self.entries(EventType.AGENT_STATE, data=shape.model_dump_json())

    async def sight(self, pbx: str, *, reason: str | None) -> None:
        """A PBX is out of sight, for that reason; without one, it is back."""
        kind = EventType.PBX_OUT_OF_SIGHT if reason else EventType.PBX_IN_SIGHT
        data = PbxSight(pbx=pbx, reason=reason).model_dump_json()
        await self.entries(kind, data=data)

    async def join(self, line: str, interface: str) -> None:
        """A telephone begins to ring for a line."""
        async with self.database.transaction() as connection:
            row = {"line": line, "interface": interface}
            await connection.execute(insert(ring_groups).values(row))
        await self._tell_ring_group(line)

    async def leave(self, line: str, interface: str) -> None:
        """A telephone no longer rings for a line."""
        gone = (ring_groups.c.line == line) & (ring_groups.c.interface == interface)
        async with self.database.transaction() as connection:
            await connection.execute(delete(ring_groups).where(gone))
        await self._tell_ring_group(line)

    async def _tell_ring_group(self, line: str) -> None:
        query = select(ring_groups.c.interface).where(ring_groups.c.line == line)
        async with self.database.reading() as connection:
            interfaces = list((await connection.execute(query)).scalars())
        data = RingGroup(line=line, interfaces=interfaces).model_dump_json()
        await self.entries(EventType.RING_GROUP_CHANGED, data=data, line=line)


def callback_of(told: list[journal.NewEntry]) -> int:
    return Callback.model_validate_json(told[-1].data).id


async def _insert(connection: AsyncConnection, statement: object) -> int:
    result = await connection.execute(statement)  # type: ignore[call-overload]  # any insert
    return int(result.inserted_primary_key[0])


async def _set_call(connection: AsyncConnection, call_id: str, **values: object) -> None:
    statement = update(calls_table).where(calls_table.c.id == call_id).values(values)
    await connection.execute(statement)
