"""The follower, and each kind of desk that tells what becomes of its tickets: what is done there
ends here, and what an agent says here is written there."""

import shutil
from pathlib import Path
from random import Random

import pytest

from callcenter.db import agents, desk_events
from callcenter.db.desk_events import NewEvent
from callcenter.db.wrap_ups import Draft
from callcenter.desks.desk import Hears, Reads, TicketState, Writes
from callcenter.desks.follower import DeskFollower
from tests.calls.database import add_agent, debts
from tests.calls.facts import started
from tests.desks.conftest import Office
from tests.desks.followed import Followed
from tests.desks.trial import Can, Kind, Trial
from tests.desks.trials import TRIALS

SOLVED = Draft(
    title="Printer prints blank pages", note="Third floor", summary="New drum", solved_on_call=True
)

KINDS = [kind for kind in TRIALS if kind.can >= {Can.REMOTE, Can.READ, Can.WRITE, Can.HEAR}]


async def followed(office: Office, trial: Trial, *calls: int) -> Followed:
    """The desk with a ticket for each call, which zoe answered."""
    await add_agent(office.database, "zoe", "PJSIP/101")
    async with office.database.reading() as connection:
        zoe = await agents.by_login(connection, "zoe")
    assert zoe
    follower = DeskFollower(
        desk=trial.desk,
        poll_s=60,
        random=Random(1),
        committed=lambda: None,
        owed=lambda: None,
        shared_now=office.clock.shared,
        monotonic=office.clock.monotonic,
    )
    await office.answer(*calls, by="zoe")
    await office.worker(trial.desk).pay_due("builtin")
    return Followed(office, trial.desk, follower, zoe)


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_what_is_done_there_ends_here_and_what_is_said_here_is_written_there(
    kind: Kind, sqlite_office: Office, _sqlite_template: Path, tmp_path: Path
) -> None:
    office = sqlite_office
    database = shutil.copyfile(_sqlite_template, tmp_path / "desk.db")
    async with kind.open(tmp_path, f"sqlite+aiosqlite:///{database}") as trial:
        house = await followed(office, trial, 1, 2, 3, 4, 5)
        paid = {one.call_id: str(one.ticket_number) for one in await debts(office.database)}
        polled, heard, said, deleted, test = (paid[started(n).id] for n in range(1, 6))
        desk, remote = trial.desk, trial.remote
        assert remote and remote.close and remote.webhook
        assert isinstance(desk, Reads) and isinstance(desk, Writes) and isinstance(desk, Hears)

        await remote.close(polled)
        await house.turn()
        assert await state(office, 1) == "qualified"

        await remote.close(heard)
        events = desk.parse_webhook(*await remote.webhook(heard))
        async with office.database.transaction() as connection:
            told = [NewEvent(one.delivery_id, one.number) for one in events]
            now = office.clock.now
            await desk_events.add(connection, "builtin", told, now=now, due=now)
        await house.turn()
        assert await state(office, 2) == "qualified"

        await house.say(3, SOLVED)
        await house.turn()
        ticket = await desk.get(said)
        assert ticket is not None
        assert (ticket.title, ticket.state) == (SOLVED.title, TicketState.CLOSED)
        assert await desk.has_note(said, f"[call {started(3).id}]")
        assert await house.left_to_say() == {}

        await house.exempt(5)
        await house.turn()
        assert await found(desk, test) is TicketState.CLOSED
        assert await desk.has_note(test, f"[exempt {started(5).id}]")
        await house.reverse(5)
        await house.turn()
        assert await found(desk, test) is TicketState.OPEN
        assert await state(office, 5) == "ticketed"

        if Can.DELETE in kind.can:
            assert remote.delete
            await remote.delete(deleted)
            assert await desk.held([started(4).id]) == {}


async def found(desk: Reads, number: str) -> TicketState:
    ticket = await desk.get(number)
    assert ticket is not None
    return ticket.state


async def state(office: Office, call: int) -> str:
    """What became of what the call owed."""
    return {one.call_id: str(one.state) for one in await debts(office.database)}[started(call).id]
