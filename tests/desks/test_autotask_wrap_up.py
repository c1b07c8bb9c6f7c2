"""What an agent says of a call at its end stands in Autotask's ticket, once."""

from callcenter.db import agents, finishing
from callcenter.db.agents import Agent
from callcenter.db.wrap_ups import Draft
from callcenter.desks.autotask import AutotaskDesk
from tests.calls.database import add_agent
from tests.calls.facts import started
from tests.desks.autotask.entities import COMPLETE
from tests.desks.autotask.opening import desk_on
from tests.desks.autotask.server import Autotask
from tests.desks.autotask.tenant import NADIA
from tests.desks.conftest import Office
from tests.desks.faults import Fault

SAID = Draft(
    title="Printer prints blank pages",
    note="Third floor",
    summary="New drum",
    solved_on_call=True,
)


async def test_a_solved_call_completes_its_ticket_though_answers_are_lost(
    sqlite_office: Office,
) -> None:
    office, server = sqlite_office, Autotask()
    wanted = {"users": {"zoe": "nmartin"}, "time_entries": True}
    async with server.serving() as url, desk_on(url, **wanted) as desk:
        zoe = await somebody(office)
        await office.answer(1, by="zoe")
        await office.worker(desk).pay_due("builtin")
        office.clock.advance(80)
        await say(office, zoe)
        server.faults.is_meant = lambda request: request.path.endswith(("/Notes", "/TimeEntries"))
        server.faults.fail(Fault(kind="drop", stores=True, times=2, methods=("POST",)))
        await follow(office, desk)
    (ticket,) = server.tenant.records["Tickets"].values()
    assert (ticket["title"], ticket["status"]) == (SAID.title, COMPLETE)
    assert ticket["resolution"] == SAID.summary
    (note,) = server.tenant.records["TicketNotes"].values()
    assert note["description"] == f"Third floor\n\nNew drum\n[call {ticket['externalID']}]"
    (entry,) = server.tenant.records["TimeEntries"].values()
    assert entry["resourceID"] == NADIA


async def somebody(office: Office) -> Agent:
    await add_agent(office.database, "zoe", "PJSIP/101")
    async with office.database.reading() as connection:
        found = await agents.by_login(connection, "zoe")
    assert found
    return found


async def say(office: Office, agent: Agent) -> None:
    async with office.database.transaction() as connection:
        await finishing.finish(
            connection,
            started(1).id,
            SAID,
            version=0,
            by=agent,
            now=office.clock.now,
            base_url="http://callcenter.test",
        )


async def follow(office: Office, desk: AutotaskDesk) -> None:
    """Until all is said: what failed is tried again after a while."""
    follower = office.follower(desk)
    for _ in range(5):
        await follower.turn(office.database)
        office.clock.advance(60)
