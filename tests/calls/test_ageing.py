"""Callers of long ago are removed, and every figure stays, on both databases."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update

from callcenter.calls.counting import DAY_AFTER
from callcenter.core.call import Outcome
from callcenter.core.counts import NAMES, Fact
from callcenter.core.slots import slot_of
from callcenter.core.tally import REMOVED, Kind
from callcenter.db import figure_marks, marking, tickets
from callcenter.db.ageing import Ageing
from callcenter.db.schema import (
    call_contacts,
    callbacks,
    calls,
    companies,
    contacts,
    figure_days,
    figure_months,
    figure_slots,
    figure_waits,
    journal,
    metadata,
    obligations,
    outgoing_calls,
    telephone_numbers,
    wrap_ups,
)
from callcenter.db.schema import tickets as tickets_table
from callcenter.db.tickets import NewTicket
from tests.calls import history
from tests.calls.test_counting import ZONE, DyingDatabase, KilledError, Site
from tests.core.calls_by_hand import FACTS, NINE

CALLER = "+33639980000"  # of the first fact: called again later
NAME = "Élise Vannier"
OF_CALLERS = (Kind.CALLER.value, Kind.CONTACT.value)
LATER = NINE + timedelta(days=40)


@pytest.fixture
async def site(database: Any) -> AsyncIterator[Site]:
    """With the calls that were counted by hand, of whom one is known by name, and their figures."""
    async with database.transaction() as connection:
        ids = await history.write(connection, FACTS)
        company = await _add(connection, companies, name="Ardoise & Fils")
        contact = await _add(connection, contacts, company_id=company, name=NAME)
        await connection.execute(insert(call_contacts).values(call_id=ids[0], contact_id=contact))
        await _write_ticket(connection, ids[0], contact)
        await _write_numbers(connection)
        owed = update(obligations).where(obligations.c.state == "open")
        await connection.execute(owed.values(state="exempt"))
        await connection.execute(journal.delete())  # it is gone long before
    found = Site(database)
    found.clock.at = LATER
    await recount(found)
    yield found


async def _add(connection: Any, table: Table, **values: Any) -> int:
    query = insert(table).values(values).returning(table.c.id)
    return int((await connection.execute(query)).scalar_one())


async def _write_ticket(connection: Any, call_id: str, contact: int) -> None:
    new = NewTicket(
        call_key=call_id,
        title=f"support: {NAME} - Ardoise & Fils",
        company_id=None,
        contact_id=contact,
        contract_id=None,
        queue="support",
        primary_resource_id=None,
        account_owner=None,
        source="phone",
    )
    await tickets.write(connection, "T1", new, now=NINE)
    await tickets.add_note(
        connection, "T1", agent_id=None, text="Back at 06 39 98 00 00", now=NINE, base_url=""
    )
    of_call = obligations.c.call_id == call_id
    values = {"ticket_number": "T1", "state": "qualified"}
    await connection.execute(update(obligations).where(of_call).values(values))
    typed = {"title": f"{NAME}'s printer", "note": CALLER}
    await connection.execute(update(wrap_ups).where(wrap_ups.c.call_id == call_id).values(typed))
    await _close(connection)


async def _close(connection: Any, status: str = "complete") -> None:
    values = {"status": status, "resolution": "Done", "completed_at": NINE}
    await connection.execute(update(tickets_table).values(values))


async def _write_numbers(connection: Any) -> None:
    missed = {"line": "support", "caller_raw": CALLER, "caller_e164": CALLER, "times": 1}
    times = {"first_missed_at": NINE, "last_missed_at": NINE}
    closed = {"closed_at": NINE, "closed_because": "reached"}
    await connection.execute(insert(callbacks).values({**missed, **times, **closed}))
    made = {"id": "made", "pbx": "main", "interface": "PJSIP/101", "number": CALLER}
    state = {"purpose": "call", "state": "ended", "asked_at": NINE, "ended_at": NINE}
    await connection.execute(insert(outgoing_calls).values({**made, **state}))


def ageing(site: Site) -> Ageing:
    """The job as a new instance begins it."""
    return Ageing(days=30, zone=ZONE, slot_of=site.counting().slot_of, breath_s=0)


async def everything(site: Site) -> dict[str, str]:
    """All that the database keeps, but for the directory."""
    directory = (companies, contacts, telephone_numbers)
    async with site.database.reading() as connection:
        return {
            table.name: repr((await connection.execute(select(table))).all())
            for table in metadata.sorted_tables
            if table not in directory
        }


async def figures(site: Site) -> list[Any]:
    """All figures, those of callers and of contacts in one each."""
    sums = [func.sum(figure_days.c[name]) for name in NAMES]
    rows: list[Any] = []
    async with site.database.reading() as connection:
        for table in (figure_slots, figure_waits):
            rows += sorted((await connection.execute(select(table))).all())
        of_others = select(figure_days).where(figure_days.c.kind.not_in(OF_CALLERS))
        rows += sorted((await connection.execute(of_others)).all())
        whose = (figure_days.c.kind, figure_days.c.line, figure_days.c.day)
        by_day = select(*whose, *sums).where(figure_days.c.kind.in_(OF_CALLERS)).group_by(*whose)
        rows += sorted(map(tuple, (await connection.execute(by_day)).all()))
        monthly = [func.sum(figure_months.c[name]) for name in NAMES]
        by_kind = select(figure_months.c.kind, *monthly).group_by(figure_months.c.kind)
        rows += sorted(map(tuple, (await connection.execute(by_kind)).all()))
    return rows


async def recount(site: Site) -> None:
    """Count every day that has calls anew."""
    async with site.database.transaction() as connection:
        await marking.begin(connection, now=site.clock.at)
        days: defaultdict[str, set[int]] = defaultdict(set)
        for line, at in await connection.execute(select(calls.c.line, calls.c.started_at)):
            days[line].add(slot_of(at, ZONE).day)
        for line, some in days.items():
            await figure_marks.mark_days(connection, line, some, now=site.clock.at - DAY_AFTER)
    await site.count()


async def test_no_number_and_no_name_is_left_and_every_figure_is(site: Site) -> None:
    before = await figures(site)
    await ageing(site).remove_callers(site.database, LATER)
    site.clock.at += timedelta(minutes=6)
    await site.count()
    assert await figures(site) == before
    await recount(site)
    assert await figures(site) == before
    kept = {name: text for name, text in (await everything(site)).items() if "+336399" in text}
    assert kept == {}
    assert NAME not in repr(await everything(site))
    async with site.database.reading() as connection:
        query = select(figure_months.c.key).where(figure_months.c.kind == Kind.CALLER.value)
        assert set((await connection.execute(query)).scalars()) == {REMOVED}


async def test_texts_keep_what_is_not_about_the_caller(site: Site) -> None:
    await ageing(site).remove_callers(site.database, LATER)
    async with site.database.reading() as connection:
        ticket = await tickets.get(connection, "T1", base_url="")
    assert ticket is not None
    assert ticket.title == "support: … - Ardoise & Fils"
    assert [note.text for note in ticket.notes] == ["Back at …"]


async def test_whatever_dies_the_next_turn_goes_on(site: Site) -> None:
    before = await figures(site)
    for transactions in range(8):
        dying = DyingDatabase(site.database.engine, dies_after=transactions)
        try:
            await ageing(site).remove_callers(dying, LATER)
        except KilledError:
            continue
        break
    else:
        pytest.fail("it never came to an end")
    await recount(site)
    assert await figures(site) == before


async def test_a_call_of_today_is_known_to_have_one_before(site: Site) -> None:
    """The one before is removed a day earlier: what followed it has its number still."""
    first = NINE + timedelta(days=100)
    async with site.database.transaction() as connection:
        book = history.History(numbers=900)
        answered = {"line": "support", "outcome": Outcome.ANSWERED, "wait_s": 1.0}
        for days in (0, 3, 6):
            fact = Fact(id="", started_at=first + timedelta(days=days), **answered)
            book.tell(fact, caller="+33639987777")
        await book.write(connection)
    site.clock.at = first + timedelta(days=32)
    await recount(site)
    before = await figures(site)
    for day in (32, 34, 38):
        site.clock.at = first + timedelta(days=day)
        await ageing(site).remove_callers(site.database, site.clock.at)
        await recount(site)
        assert await figures(site) == before, day


async def test_who_is_needed_yet_is_kept(site: Site) -> None:
    async with site.database.transaction() as connection:
        await _close(connection, "waiting")
        open_again = {"closed_at": None, "closed_because": None}
        await connection.execute(update(callbacks).values(open_again))
    await ageing(site).remove_callers(site.database, LATER)
    async with site.database.reading() as connection:
        left = select(calls.c.caller_e164).where(calls.c.caller_e164 == CALLER)
        assert (await connection.execute(left)).scalars().first() == CALLER
        still = select(callbacks.c.caller_e164)
        assert (await connection.execute(still)).scalar_one() == CALLER


async def test_younger_calls_keep_their_callers(site: Site) -> None:
    before = await everything(site)
    await ageing(site).remove_callers(site.database, NINE + timedelta(days=20))
    assert await everything(site) == before
