"""The service itself audits: a ticket that a hand deleted is made anew, and the trail says so."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy import select, text

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.db import trail
from callcenter.db.engine import Database
from callcenter.db.schema import obligations
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.worker import TicketWorker
from tests.calls.facts import START, started, story
from tests.wiring.processes import START_MAX_S, callcenter

AGO_S = 7200
"""So long ago the calls were: today, and no more on their way to a ticket."""


async def test_a_ticket_deleted_by_hand_is_made_anew_while_the_service_runs(
    tmp_path: Path, database: Database
) -> None:
    await two_calls(database)
    async with database.transaction() as connection:
        query = select(obligations).order_by(obligations.c.ticket_number)
        first, other = (await connection.execute(query)).all()
        await connection.execute(
            text("DELETE FROM tickets WHERE number = :number"), {"number": first.ticket_number}
        )
    config = tmp_path / "callcenter.toml"
    config.write_text("[http]\nport = 0\n", encoding="utf-8")
    url = database.engine.url.render_as_string(hide_password=False)
    environ = {**os.environ, "CALLCENTER_DATABASE__URL": url}
    async with callcenter("serve", "--config", str(config), environ=environ) as service:
        await service.until(r"audit\.made")
        now_has = await until_paid(database, first.call_id)
        assert await service.stop() == 0
    assert now_has not in {first.ticket_number, other.ticket_number}
    async with database.reading() as connection:
        (entry,) = await trail.of_call(connection, first.call_id)
        assert await trail.of_call(connection, other.call_id) == []
    assert entry.action is trail.Action.OBLIGATION_REOPENED
    assert (entry.actor, entry.data["ticket"]) == (None, first.ticket_number)


async def two_calls(database: Database) -> None:
    """Two calls were answered two hours ago, and have their tickets."""
    ago = (datetime.now(UTC) - START).total_seconds() - AGO_S
    lines = {"support": LineRecord("builtin", "FR")}
    recorder = Recorder(database=database, lines=lines, committed=lambda _entries: None)
    facts = [fact for number in (1, 2) for fact in story(started(number, at=ago), None)]
    await recorder.record(facts, {})

    def then() -> datetime:
        return facts[-1].at

    desk = BuiltinDesk(
        name="builtin", database=database, base_url="http://desk.test", zones={}, now=then
    )
    worker = TicketWorker(
        database=database,
        desks={"builtin": desk},
        now=then,
        random=Random(1),
        committed=lambda: None,
    )
    await worker.pay_due("builtin")


async def until_paid(database: Database, call_id: str) -> str:
    """The number of the ticket that the call has, once it has one."""
    query = select(obligations.c.ticket_number).where(obligations.c.call_id == call_id)
    async with asyncio.timeout(START_MAX_S):
        while True:
            async with database.reading() as connection:
                number: str | None = (await connection.execute(query)).scalar()
            if number is not None:
                return number
            await asyncio.sleep(0.05)
