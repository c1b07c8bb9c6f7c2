"""What is kept of somebody is written down whole, and erased whole, on both databases."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, insert, select, update

from callcenter.core.call import Outcome
from callcenter.core.counts import Fact
from callcenter.core.slots import Slot, slot_of
from callcenter.db import (
    calls,
    customers,
    destinations,
    facts,
    journal,
    person_erasure,
    person_export,
    persons,
    tickets,
    trail,
)
from callcenter.db.engine import Database
from callcenter.db.person_erasure import Erased
from callcenter.db.persons import Person, PersonError
from callcenter.db.schema import (
    call_contacts,
    callbacks,
    companies,
    contacts,
    directory_imports,
    metadata,
    obligations,
    outgoing_calls,
    telephone_numbers,
    webhook_deliveries,
    wrap_ups,
)
from callcenter.db.schema import calls as calls_table
from callcenter.db.tickets import NewTicket
from callcenter.db.trail import Action, By
from tests.calls.history import History
from tests.calls.test_counting import DyingDatabase, KilledError
from webhooks import EventType, WebhookType

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Paris")
NUMBER, OTHER, SHARED = "+33639981122", "+33639981133", "+33199001234"
NAME, COLLEAGUE = "Élise Vannier", "Paul Vannier"
MARKS = ("639981122", "39 98 11 22", "Élise", "elise@")
BY = By(None, NOW)


@dataclass
class House:
    """A company with two people, of whom one called."""

    database: Database
    contact: int
    call: str

    async def person(self, who: str | int = NUMBER) -> Person:
        async with self.database.reading() as connection:
            if isinstance(who, int):
                return await persons.of_contact(connection, who)
            return await persons.of_number(connection, who, country="FR")

    async def erase(self, who: str | int, database: Database | None = None) -> Erased:
        person = await self.person(who)
        return await person_erasure.erase(database or self.database, person, _slot, by=BY)

    async def export(self, who: str | int) -> Any:
        person = await self.person(who)
        return await person_export.export(self.database, person, by=BY, base_url="")

    async def dump(self) -> str:
        """Every word that the database keeps."""
        async with self.database.reading() as connection:
            rows = [
                (await connection.execute(select(table))).all() for table in metadata.sorted_tables
            ]
        return repr(rows)

    async def told(self) -> list[Any]:
        """What figures count."""
        since, until = NOW - timedelta(days=30), NOW + timedelta(days=30)
        async with self.database.reading() as connection:
            page = await facts.page(connection, "support", since, until)
        return [(one.fact, one.company) for one in page]


def _slot(_line: str, at: datetime) -> Slot:
    return slot_of(at, ZONE)


async def _add(connection: Any, table: Table, **values: Any) -> int:
    query = insert(table).values(values).returning(table.c.id)
    return int((await connection.execute(query)).scalar_one())


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    """With a trace of her in every place that there is."""
    async with database.transaction() as connection:
        firm = await _add(connection, companies, name="Ardoise & Fils")
        she = await _add(
            connection, contacts, company_id=firm, name=NAME, email="elise@ardoise.example"
        )
        he = await _add(connection, contacts, company_id=firm, name=COLLEAGUE)
        for number, contact in ((NUMBER, she), (SHARED, she), (SHARED, he), (OTHER, he)):
            row = {"e164": number, "company_id": firm, "contact_id": contact}
            await connection.execute(insert(telephone_numbers).values(row))
        ids = await _calls(connection, firm, she)
        await _ticket(connection, ids[0], firm, she)
        await _calling(connection)
        await _told(connection, ids[0])
        await customers.add(
            connection,
            login="elise",
            name=NAME,
            company_id=firm,
            contact_id=she,
            password_hash="-",
            now=NOW,
        )
        changes = {"email": (None, "elise@ardoise.example")}
        await trail.note_change(
            connection,
            Action.CONTACT_CHANGED,
            BY,
            about=f"contact:{she}",
            changes=changes,
            contact=NAME,
        )
        file = f"company;contact;phone\nArdoise & Fils;{NAME};06 39 98 11 22"
        values = {"at": NOW, "file_name": "new.csv", "content": file}
        await connection.execute(insert(directory_imports).values(values))
    yield House(database, she, ids[0])


async def _calls(connection: Any, firm: int, she: int) -> list[str]:
    book = History()
    answered = {"line": "support", "outcome": Outcome.ANSWERED, "wait_s": 3.0}
    ids = []
    for days, caller in ((5, NUMBER), (2, NUMBER), (1, OTHER)):
        fact = Fact(id="", started_at=NOW - timedelta(days=days), **answered, talk_s=60.0)
        ids.append(book.tell(fact, caller=caller, company=firm))
    await book.write(connection)
    rows = [{"call_id": call, "contact_id": she} for call in ids[:2]]
    await connection.execute(insert(call_contacts), rows)
    return ids


async def _ticket(connection: Any, call: str, firm: int, she: int) -> None:
    new = NewTicket(
        call_key=call,
        title=f"support: {NAME} - Ardoise & Fils",
        company_id=firm,
        contact_id=she,
        contract_id=None,
        queue="support",
        primary_resource_id=None,
        account_owner=None,
        source="phone",
        telephone=NUMBER,
    )
    await tickets.write(connection, "T1", new, now=NOW)
    text = f"{NAME} has 06.39.98.11.22, {COLLEAGUE} knows more"
    await tickets.add_note(connection, "T1", agent_id=None, text=text, now=NOW, base_url="")
    own = obligations.c.call_id == call
    values = {"ticket_number": "T1", "state": "ticketed"}
    await connection.execute(update(obligations).where(own).values(values))
    typed = {"title": "Printer", "note": f"call {NAME} back"}
    await connection.execute(update(wrap_ups).where(wrap_ups.c.call_id == call).values(typed))


async def _calling(connection: Any) -> None:
    missed = {"line": "support", "caller_raw": "0639981122", "caller_e164": NUMBER, "times": 1}
    times = {"first_missed_at": NOW, "last_missed_at": NOW}
    await connection.execute(insert(callbacks).values({**missed, **times}))
    made = {"id": "made", "pbx": "main", "interface": "PJSIP/101", "number": NUMBER}
    state = {"purpose": "call", "state": "ended", "asked_at": NOW, "ended_at": NOW}
    await connection.execute(insert(outgoing_calls).values({**made, **state}))


async def _told(connection: Any, call_id: str) -> None:
    """The journal, a webhook in our shape, and one in Zammad's."""
    call = await calls.get(connection, call_id)
    assert call is not None
    data = call.model_dump_json()
    entry = journal.NewEntry(NOW, EventType.CALL_ENDED, "support", call_id, data)
    await journal.append(connection, [entry])
    wanted = destinations.Wanted("crm", "https://crm.example", (WebhookType.CALL_ENDED,))
    secret = destinations.new_secret()
    key = await destinations.add(connection, wanted, secret, BY)
    bodies = (f'{{"data": {data}}}', '{"event": "newCall", "from": "33639981122"}')
    for number, body in enumerate(bodies):
        row = {"destination_id": key, "message_id": f"m{number}", "type": "call.ended"}
        more = {"call_id": call_id, "body": body, "created_at": NOW, "state": "done"}
        await connection.execute(insert(webhook_deliveries).values({**row, **more}))


async def test_all_that_is_kept_of_a_contact_is_written_down(house: House) -> None:
    told = await house.export(house.contact)
    assert told["contact"]["name"] == NAME
    assert told["numbers"] == [NUMBER, SHARED]
    assert [one["caller"]["e164"] for one in told["calls"]] == [NUMBER, NUMBER]
    assert len(told["missed_calls"]) == len(told["calls_made"]) == 1
    assert [one["number"] for one in told["tickets"]] == ["T1"]
    assert [one["login"] for one in told["portal"]] == ["elise"]
    assert json.loads(json.dumps(told)) == told
    async with house.database.reading() as connection:
        (last, *_) = (
            await trail.page(connection, trail.TrailFilter(), after=None, limit=1)
        ).entries
    assert last.action is Action.PERSON_EXPORTED
    assert last.about == f"contact:{house.contact}"


async def test_a_number_has_its_calls_whoever_it_is(house: House) -> None:
    told = await house.export("06 39 98 11 33")
    assert [one["caller"]["e164"] for one in told["calls"]] == [OTHER]
    assert told["contact"] is None


async def test_a_contact_that_is_erased_is_nowhere_and_figures_stay(house: House) -> None:
    before = await house.told()
    done = await house.erase(house.contact)
    assert done.counts == {
        "calls": 2,
        "missed_calls": 1,
        "calls_made": 1,
        "tickets": 1,
        "texts": done.texts,
        "logins": 1,
    }
    dump = await house.dump()
    assert [mark for mark in MARKS if mark in dump] == []
    assert await house.told() == before
    assert COLLEAGUE in dump
    assert OTHER in dump
    assert SHARED in dump
    async with house.database.reading() as connection:
        ticket = await tickets.get(connection, "T1", base_url="")
        call = await calls.get(connection, house.call)
        last = await trail.page(connection, trail.TrailFilter(), after=None, limit=1)
    assert ticket is not None
    assert call is not None
    assert ticket.notes[0].text == f"… has …, {COLLEAGUE} knows more"
    assert call.caller.removed
    assert last.entries[0].action is Action.PERSON_ERASED


async def test_a_number_is_erased_whoever_it_is(house: House) -> None:
    done = await house.erase("0639981122")
    assert done.calls == 2
    dump = await house.dump()
    assert [mark for mark in MARKS[:2] if mark in dump] == []
    again = await house.erase(NUMBER)
    assert set(again.counts.values()) == {0}


async def test_whatever_dies_it_is_said_again_and_done(house: House) -> None:
    before = await house.told()
    for transactions in range(40):
        dying = DyingDatabase(house.database.engine, dies_after=transactions)
        try:
            await house.erase(house.contact, dying)
        except KilledError:
            continue
        break
    else:
        pytest.fail("it never came to an end")
    dump = await house.dump()
    assert [mark for mark in MARKS if mark in dump] == []
    assert await house.told() == before


async def test_a_call_that_goes_on_is_left_and_said(house: House) -> None:
    async with house.database.transaction() as connection:
        this = update(calls_table).where(calls_table.c.id == house.call)
        await connection.execute(this.values(outcome=None, state="talking"))
    done = await house.erase(NUMBER)
    assert (done.calls, done.going_on) == (1, 1)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("12", "no telephone number as people of FR write it"),
        ("anonymous", "no telephone number"),
        (4711, "there is no contact 4711"),
    ],
)
async def test_who_is_nobody_is_told(house: House, who: str | int, said: str) -> None:
    with pytest.raises(PersonError, match=said):
        await house.person(who)


async def test_of_a_number_that_never_called_nothing_is_kept(house: House) -> None:
    with pytest.raises(PersonError, match="nothing is kept of that number"):
        await house.export("+33536490000")


async def test_a_companys_own_number_is_nobodys(house: House) -> None:
    async with house.database.transaction() as connection:
        firm = (await connection.execute(select(companies.c.id))).scalar_one()
        row = {"e164": "+33465719999", "company_id": firm}
        await connection.execute(insert(telephone_numbers).values(row))
    with pytest.raises(PersonError, match="the number of a company"):
        await house.person("+33465719999")
