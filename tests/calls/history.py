"""Calls that are over, written straight into the tables, with all that makes a fact of each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome, call_id
from callcenter.core.counts import Fact
from callcenter.db.schema import agents, calls, legs, obligations, wrap_ups

ELSEWHERE = "sales"
"""The line of the calls around: of a fact's caller, before and after it."""


@dataclass
class History:
    """Rows to be written, each number used once."""

    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)
    numbers: int = 0

    def add(self, table: Table, **row: Any) -> None:
        """A row of a table."""
        self.rows.setdefault(table, []).append(row)

    async def write(self, connection: AsyncConnection) -> None:
        """Write them all."""
        for table in (calls, legs, obligations, wrap_ups):
            if rows := self.rows.pop(table, []):
                await connection.execute(insert(table), rows)

    def tell(
        self,
        fact: Fact,
        *,
        agent: int | None = None,
        company: int | None = None,
        caller: str | None = None,
    ) -> str:
        """A call with everything that the fact says, if not otherwise said by a caller of its own;
        its id."""
        caller = caller or f"+33639{980_000 + self.numbers:06}"
        id_ = self.call(fact, caller, company=company)
        if fact.outcome is Outcome.ANSWERED:
            self._answer(fact, id_, agent)
        if fact.called_before:
            self.around(fact, caller, timedelta(days=-7))
        if fact.calls_again:
            self.around(fact, caller, timedelta(days=7))
        if fact.is_recovered:
            self.around(fact, caller, timedelta(hours=3), Outcome.ANSWERED)
        return id_

    def call(self, fact: Fact, caller: str, *, company: int | None = None) -> str:
        """A call and nothing else; its id."""
        self.numbers += 1
        linkedid = f"{self.numbers}.1"
        answered_at, ended_at = moments(fact)
        self.add(
            calls,
            id=call_id("main", linkedid),
            pbx="main",
            linkedid=linkedid,
            channel=linkedid,
            line=fact.line,
            caller_raw=caller,
            caller_e164=caller,
            company_id=company,
            state="ended",
            outcome=fact.outcome.value,
            started_at=fact.started_at,
            queued_at=None if fact.wait_s is None else fact.started_at,
            answered_at=answered_at,
            ended_at=ended_at,
            transfers=fact.transfers,
        )
        return call_id("main", linkedid)

    def around(
        self, fact: Fact, caller: str, after: timedelta, outcome: Outcome = Outcome.CLOSED
    ) -> None:
        """Another call of the same caller, on another line."""
        other = Fact(
            id="", line=ELSEWHERE, outcome=outcome, started_at=fact.started_at + after, wait_s=1.0
        )
        self.call(other, caller)

    def _answer(self, fact: Fact, id_: str, agent: int | None) -> None:
        answered_at, ended_at = moments(fact)
        assert answered_at is not None
        self.add(
            legs,
            call_id=id_,
            position=0,
            agent_id=agent,
            interface="PJSIP/101",
            offered_at=fact.started_at,
            answered_at=answered_at,
            ended_at=ended_at,
            hold_s=fact.hold_s,
        )
        number = f"T20261123.{self.numbers:04}" if fact.has_ticket else None
        qualified = None if fact.acw_s is None else ended_at + timedelta(seconds=fact.acw_s)
        state = "exempt" if fact.is_exempt else "ticketed" if fact.has_ticket else "open"
        self.add(
            obligations,
            call_id=id_,
            desk="rt",
            state="qualified" if qualified and state == "ticketed" else state,
            agent_id=agent,
            answered_at=answered_at,
            ticket_number=number,
            ticketed_at=answered_at if number else None,
            qualified_at=qualified,
        )
        self.add(
            wrap_ups,
            call_id=id_,
            agent_id=agent,
            title="Printer",
            note="",
            summary="",
            version=1,
            updated_at=ended_at,
            finished_at=qualified,
            solved_on_call=fact.is_solved,
        )
        if fact.has_ticket and not fact.is_new_problem:
            self._earlier_with(fact, number)

    def _earlier_with(self, fact: Fact, number: str | None) -> None:
        before = fact.started_at - timedelta(days=1)
        first = Fact(id="", line=ELSEWHERE, outcome=Outcome.ANSWERED, started_at=before, wait_s=1)
        id_ = self.call(first, f"+33639{989_000 + self.numbers:06}")
        self.add(
            obligations,
            call_id=id_,
            desk="rt",
            state="ticketed",
            agent_id=None,
            answered_at=before,
            ticket_number=number,
            ticketed_at=before,
            qualified_at=None,
        )


def moments(fact: Fact) -> tuple[datetime | None, datetime]:
    """When the call of a fact was answered, and when it ended."""
    waited = fact.started_at + timedelta(seconds=fact.wait_s or 0)
    if fact.outcome is not Outcome.ANSWERED:
        return None, waited
    return waited, waited + timedelta(seconds=fact.talk_s + fact.hold_s)


async def write(
    connection: AsyncConnection, facts: Iterable[Fact], *, agent: int | None = None
) -> list[str]:
    """Write the calls of these facts; their ids."""
    history = History()
    ids = [history.tell(fact, agent=agent) for fact in facts]
    await history.write(connection)
    return ids


async def add_agent(connection: AsyncConnection, login: str, now: datetime) -> int:
    """An agent who cannot sign in."""
    row = {"login": login, "name": login.title(), "role": "agent", "password_hash": "-"}
    statement = insert(agents).values({**row, "created_at": now}).returning(agents.c.id)
    found: int = (await connection.execute(statement)).scalar_one()
    return found
