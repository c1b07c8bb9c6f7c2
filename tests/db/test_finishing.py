"""What an agent typed about a call becomes its ticket, once, and the debt is qualified by it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.core.qualification import Missing
from callcenter.db import (
    agents,
    calls,
    categories,
    finishing,
    merging,
    obligations,
    tickets,
    trail,
    wrap_ups,
)
from callcenter.db.agents import Agent
from callcenter.db.engine import Database
from callcenter.db.finishing import NotEnoughError
from callcenter.db.merging import CALLED_AGAIN, MergeError
from callcenter.db.schema import companies
from callcenter.db.tickets import NotSaidError, TicketError
from callcenter.db.wrap_ups import EMPTY, Draft, StaleDraftError
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Draft as Wanted
from callcenter.desks.desk import TicketRef
from tests.calls.database import add_agent, debts
from tests.calls.facts import TALK_S, second, started, story
from webhooks import Ticket

URL = "http://callcenter.test"
AT = second(90)
SOLVED = Draft(title="Printer is offline", note="Second floor.", solved_on_call=True)


class Office:
    """Agents, their calls, and the built-in desk."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.desk = BuiltinDesk(
            name="builtin", database=database, base_url=URL, zones={}, now=lambda: second(6)
        )

    async def answer(self, number: int = 1, agent: str = "nadia", *, desk: str = "builtin") -> str:
        """A call is answered, and over; gives its id."""
        lines = {"support": LineRecord(desk, "FR")}
        recorder = Recorder(database=self.database, lines=lines, committed=lambda _entries: None)
        call = started(number, at=number)
        async with self.database.reading() as connection:
            ids = await agents.ids(connection)
        await recorder.record(story(call, agent), ids)
        return call.id

    async def make(self, call_id: str, company_id: int | None = None) -> TicketRef:
        """The job makes the call's ticket."""
        who = {"company_id": company_id, "company": None, "contact_id": None, "contact": None}
        rest = {"contract_id": None, "contract": None, "account_owner": None, "caller": None}
        about = {"line": "support", "title": "support: 0639981122", "answered_at": second(5)}
        return await self.desk.create(
            Wanted(key=call_id, **who, **rest, **about, agent_id=await self.id("nadia"), agent="x")
        )

    async def id(self, login: str) -> int:
        return (await self.agent(login)).id

    async def agent(self, login: str) -> Agent:
        async with self.database.reading() as connection:
            found = await agents.by_login(connection, login)
        assert found is not None
        return found

    async def finish(
        self, call_id: str, draft: Draft, version: int = 0, *, by: str = "nadia", at: datetime = AT
    ) -> None:
        who = await self.agent(by)
        async with self.database.transaction() as connection:
            await finishing.finish(
                connection, call_id, draft, version=version, by=who, now=at, base_url=URL
            )

    async def use(self, call_id: str, number: str, draft: Draft = EMPTY, version: int = 0) -> None:
        nadia = await self.agent("nadia")
        async with self.database.transaction() as connection:
            how = {"version": version, "by": nadia, "now": AT, "base_url": URL}
            await merging.use_instead(connection, call_id, number, draft, **how)

    async def ticket(self, number: str) -> Ticket:
        async with self.database.reading() as connection:
            found = await tickets.get(connection, number, base_url=URL)
        assert found is not None
        return found

    async def debt(self, call_id: str) -> Any:
        return next(row for row in await debts(self.database) if row.call_id == call_id)


@pytest.fixture
async def office(database: Database) -> Office:
    await add_agent(database, "nadia", "PJSIP/101")
    await add_agent(database, "omar", "PJSIP/102")
    return Office(database)


async def test_solved_on_the_call_is_complete_with_one_line(office: Office) -> None:
    call_id = await office.answer()
    ref = await office.make(call_id)
    await office.finish(call_id, SOLVED)
    found = await office.ticket(ref.number)
    assert (found.title, found.status, found.solved_on_call) == (SOLVED.title, "complete", True)
    assert (found.resolution, found.completed_at) == (SOLVED.title, AT)
    assert [(note.agent, note.text) for note in found.notes] == [("nadia", "Second floor.")]
    debt = await office.debt(call_id)
    assert (debt.state, debt.qualified_at) == ("qualified", AT)
    async with office.database.reading() as connection:
        call = await calls.get(connection, call_id)
    assert call is not None
    hung_up = second(1 + 4 + TALK_S)
    assert call.legs[0].acw_s == (AT - hung_up) / timedelta(seconds=1)


async def test_what_is_not_solved_stays_open_with_all_that_was_typed(office: Office) -> None:
    async with office.database.transaction() as connection:
        network = await categories.add(connection, "Network")
        vpn = await categories.add(connection, "VPN", parent_id=network)
    call_id = await office.answer()
    ref = await office.make(call_id)
    draft = Draft(
        title="Tunnel drops",
        category_id=network,
        subcategory_id=vpn,
        priority="high",
        status="waiting",
        summary="So far: a new key.",
    )
    await office.finish(call_id, draft)
    found = await office.ticket(ref.number)
    assert (found.category, found.subcategory) == ("Network", "VPN")
    assert (found.status, found.priority, found.completed_at) == ("waiting", "high", None)
    assert found.resolution == "So far: a new key."


async def test_sent_twice_it_is_done_once(office: Office) -> None:
    call_id = await office.answer()
    ref = await office.make(call_id)
    await office.finish(call_id, SOLVED)
    await office.finish(call_id, SOLVED, at=second(95))
    assert len((await office.ticket(ref.number)).notes) == 1
    assert (await office.debt(call_id)).qualified_at == AT
    with pytest.raises(StaleDraftError):  # another window, with another text: it is told
        await office.finish(call_id, Draft(title="Screen is dark"))


async def test_who_says_nothing_qualifies_nothing(office: Office) -> None:
    call_id = await office.answer()
    ref = await office.make(call_id)
    nadia = await office.agent("nadia")
    for title in ("", " \0", "-"):
        with pytest.raises(NotEnoughError) as refused:
            await office.finish(call_id, Draft(title=title))
        assert refused.value.fields == (Missing.TITLE,)
    async with office.database.transaction() as connection:
        await categories.add(connection, "Network")
    with pytest.raises(NotEnoughError) as refused:
        await office.finish(call_id, SOLVED)
    assert refused.value.fields == (Missing.CATEGORY,)
    with pytest.raises(TicketError):
        await office.finish(call_id, Draft(title="x" * 256))
    # Nor on the ticket's own page: an empty save changes no title, and completing asks first.
    how = {"now": AT, "base_url": URL, "by": nadia}
    same = {"title": "support: 0639981122", "status": "in_progress", "priority": "low"}
    async with office.database.transaction() as connection:
        await tickets.update(connection, ref.number, **same, **how)
    with pytest.raises(NotSaidError) as unsaid:
        async with office.database.transaction() as connection:
            await tickets.complete(connection, ref.number, summary="Done.", **how)
    assert unsaid.value.field == "title"
    assert (await office.debt(call_id)).state == "ticketed"
    assert (await office.ticket(ref.number)).status == "in_progress"


async def test_the_services_title_counts_once_somebody_keeps_it(office: Office) -> None:
    call_id = await office.answer()
    ref = await office.make(call_id)
    same = {"title": "support: 0639981122", "status": "in_progress", "priority": "low"}
    nadia = await office.agent("nadia")
    async with office.database.transaction() as connection:
        how = {"now": AT, "base_url": URL, "by": nadia, "keeps_title": True}
        await tickets.update(connection, ref.number, **same, **how)
    assert (await office.debt(call_id)).state == "qualified"


async def test_a_colleague_writes_but_only_a_supervisor_qualifies_for_another(
    office: Office,
) -> None:
    call_id = await office.answer()
    ref = await office.make(call_id)
    async with office.database.transaction() as connection:
        agent = {"login": "ines", "name": "Inès", "role": "supervisor", "interfaces": ()}
        ines = await agents.add(connection, **agent, password_hash="none", now=second(0))
    about = {"title": "Printer is offline", "status": "in_progress", "priority": "low"}
    how = {"now": AT, "base_url": URL}
    async with office.database.transaction() as connection:
        omar = await agents.by_login(connection, "omar")
        await tickets.update(connection, ref.number, **about, **how, by=omar)
    assert (await office.debt(call_id)).state == "ticketed"
    await office.finish(call_id, SOLVED, by=ines.login)
    async with office.database.reading() as connection:
        last = (await trail.of_call(connection, call_id))[-1]
    assert (last.actor, last.action) == ("ines", "obligation.qualified")
    assert last.data == {"answered_by": "nadia"}
    assert (await office.debt(call_id)).state == "qualified"


async def test_a_draft_that_was_left_goes_into_the_ticket_that_was_written_elsewhere(
    office: Office,
) -> None:
    call_id = await office.answer()
    ref = await office.make(call_id)
    nadia = await office.agent("nadia")
    async with office.database.transaction() as connection:
        half = Draft(title="Prin", note="Second floor.")
        how = {"version": 0, "agent_id": nadia.id, "now": second(9)}
        await wrap_ups.save(connection, call_id, half, **how)
    about = {"title": "Printer is offline", "status": "in_progress", "priority": "low"}
    async with office.database.transaction() as connection:
        await tickets.update(connection, ref.number, **about, now=AT, base_url=URL, by=nadia)
    assert [note.text for note in (await office.ticket(ref.number)).notes] == ["Second floor."]


async def test_who_is_faster_than_the_desk_owes_nothing_more(office: Office) -> None:
    """The desk is down: the ticket comes later, with all that was said, and qualified from then."""
    call_id = await office.answer()
    nadia = await office.id("nadia")
    await office.finish(call_id, SOLVED)
    assert (await office.debt(call_id)).state == "open"
    async with office.database.reading() as connection:
        assert await wrap_ups.unfinished(connection, nadia) == []
    ref = await office.make(call_id)
    await office.make(call_id)
    debt = await office.debt(call_id)
    assert (debt.state, debt.qualified_at) == ("qualified", AT)
    found = await office.ticket(ref.number)
    assert (found.title, found.status) == (SOLVED.title, "complete")
    assert [note.text for note in found.notes] == ["Second floor."]


async def test_of_another_desk_the_text_is_kept_and_qualifies(office: Office) -> None:
    call_id = await office.answer(desk="psa")
    async with office.database.transaction() as connection:
        await obligations.ticketed(connection, call_id, number="A17", url="", now=second(6))
    await office.finish(call_id, SOLVED)
    async with office.database.reading() as connection:
        kept = await wrap_ups.get(connection, call_id)
    assert kept is not None and kept.draft == SOLVED
    assert (await office.debt(call_id)).state == "qualified"


async def test_an_open_ticket_is_used_and_the_new_one_is_no_litter(office: Office) -> None:
    async with office.database.transaction() as connection:
        await connection.execute(insert(companies).values(id=7, name="Ardoise"))
    first, again = await office.answer(1), await office.answer(2)
    survivor, new = await office.make(first, 7), await office.make(again, 7)
    async with office.database.transaction() as connection:
        how = {"now": second(30), "base_url": URL}
        await tickets.add_note(connection, new.number, agent_id=None, text="On hold.", **how)
    typed = Draft(title="Same printer", note="Now in red.", summary="Ordered a drum.")
    await office.use(again, survivor.number, typed)
    await office.use(again, survivor.number, typed)
    debt = await office.debt(again)
    assert (debt.state, debt.ticket_number, debt.qualified_at) == (
        "qualified",
        survivor.number,
        AT,
    )
    assert (await office.debt(first)).state == "ticketed"  # that call is yet to be told about
    merged = await office.ticket(new.number)
    assert (merged.merged_into, merged.status, merged.notes) == (survivor.number, "complete", [])
    found = await office.ticket(survivor.number)
    assert [note.text for note in found.notes] == [
        "On hold.",
        CALLED_AGAIN,
        "Same printer\n\nNow in red.\n\nOrdered a drum.",
    ]
    async with office.database.reading() as connection:
        wanted = tickets.TicketFilter(is_merged=False)
        page = await tickets.page(connection, wanted, after=None, limit=9, base_url=URL)
        actors = [entry.actor for entry in await trail.of_call(connection, again)]
    assert [one.number for one in page.tickets] == [survivor.number]
    assert actors == ["nadia"]
    assert await office.desk.find(again) == survivor


async def test_calls_of_a_ticket_that_is_merged_follow_it(office: Office) -> None:
    calls_ = [await office.answer(number) for number in (1, 2, 3)]
    oldest, middle, newest = [await office.make(call_id) for call_id in calls_]
    await office.use(calls_[2], middle.number)
    await office.use(calls_[1], oldest.number)
    assert {(await office.debt(call_id)).ticket_number for call_id in calls_} == {oldest.number}
    assert (await office.ticket(newest.number)).merged_into == oldest.number


async def test_only_an_open_ticket_of_the_same_desk_is_used(office: Office) -> None:
    done, call_id, unmade = [await office.answer(number) for number in (1, 2, 3)]
    other = await office.answer(4, desk="psa")
    closed, own = await office.make(done), await office.make(call_id)
    await office.finish(done, SOLVED)
    async with office.database.transaction() as connection:
        await obligations.ticketed(connection, other, number="A17", url="", now=second(6))
    for call, number, reason in [
        (call_id, closed.number, MergeError.NOT_OPEN),
        (call_id, "T0", MergeError.NOT_OPEN),
        (call_id, own.number, MergeError.ELSEWHERE),
        (unmade, own.number, MergeError.NOT_MADE),
        (other, own.number, MergeError.ELSEWHERE),
        (done, own.number, MergeError.ELSEWHERE),
    ]:
        with pytest.raises(MergeError) as refused:
            await office.use(call, number)
        assert refused.value.reason == reason
    async with office.database.reading() as connection:
        left = (await connection.execute(select(wrap_ups.wrap_ups.c.call_id))).scalars().all()
    assert left == [done]
