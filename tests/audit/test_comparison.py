"""What is gathered for an audit, on real databases, with rows that a hand has removed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from structlog.testing import capture_logs

from callcenter.calls.comparison import PART, REST_MAX_S, Scope
from callcenter.db import alert_desk_tickets, alert_groups
from callcenter.db.alert_groups import Place
from callcenter.db.schema import alert_desk_tickets as wanted
from callcenter.db.schema import journal, obligations, out_of_sight, pbx_sights, tickets
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import TicketRef
from tests.audit.house import DAY, House, noted
from tests.calls.facts import second, started
from tests.desks.conftest import FakeDesk, Office

FIRST, SECOND = "T20261123.0001", "T20261123.0002"


async def test_where_nothing_was_touched_nothing_differs(office: Office) -> None:
    house = House(office)
    await house.answer(1, 2)
    found = await house.comparer.compare(*DAY)
    assert list(found.report.differences) == []
    assert found.report.counts == {
        "calls": 2,
        "obligations": 2,
        "obligations.ticketed": 2,
        "records.main.ledger": 0,
        "records.main.cdr": 2,
        "desk.builtin": 2,
    }


async def test_a_ticket_that_was_deleted_by_hand_is_named(office: Office) -> None:
    house = House(office)
    await house.answer(1, 2)
    await house.remove_ticket(FIRST)
    assert await house.differences() == [("ticket_gone", FIRST)]


async def test_a_call_that_was_removed_by_hand_is_named_for_its_ticket(office: Office) -> None:
    house = House(office)
    await house.answer(1, 2)
    await house.remove_call(1)
    assert await house.differences() == [("call_removed", FIRST)]


async def test_a_ticket_of_alerts_is_of_no_call_that_was_removed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(source="rmm", line="builtin", site="Garage Vidal", company_id=None)
    async with office.database.transaction() as connection:
        group = await alert_groups.add(
            connection, place, device="SRV-01", ticket_number=None, at=DAY[0]
        )
        await alert_desk_tickets.owe(
            connection, group, desk="builtin", title="SRV-01", text="Disk full", now=DAY[0]
        )
        key = await connection.scalar(select(wanted.c.key))

    async def carried(*_span: object) -> Mapping[str, TicketRef]:
        return {key: TicketRef("4711", "https://desk.example.com/4711")}

    monkeypatch.setattr(BuiltinDesk, "carried", carried)
    assert await House(office).differences() == []


async def test_a_removed_call_is_known_from_the_journal_and_the_pbx_as_well(
    office: Office,
) -> None:
    house = House(office)
    await house.answer(1, 2)
    await house.remove_call(1)
    await house.remove_ticket(FIRST)
    (found,) = (await house.comparer.compare(*DAY)).report.differences
    assert (found.kind.value, found.line, found.pbx) == ("call_removed", "builtin", "main")
    assert found.at == second(4)
    async with office.database.transaction() as connection:
        await connection.execute(delete(journal))
    assert await house.differences() == [("call_missing", None)]
    house.records.notes.clear()
    assert await house.differences() == [("not_recorded", None)]


async def test_an_obligation_that_was_deleted_by_hand_is_named(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    async with office.database.transaction() as connection:
        await connection.execute(delete(obligations))
    assert await house.differences() == [("no_obligation", None)]


async def test_a_merged_ticket_is_followed(office: Office) -> None:
    house = House(office)
    await house.answer(1, 2)
    async with office.database.transaction() as connection:
        query = update(tickets).where(tickets.c.number == FIRST)
        await connection.execute(query.values(merged_into=SECOND))
    assert await house.differences() == [("ticket_renumbered", FIRST)]


async def test_a_call_that_the_ledger_still_has_is_missing(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    house.ledger = {started(7).linkedid: noted(7)}
    assert await house.differences() == [("call_missing", None)]


async def test_what_cannot_be_read_is_a_difference(office: Office) -> None:
    house = House(office, ledger=None)
    await house.answer(1)
    house.records.problem = "no such file"
    found = await house.comparer.compare(*DAY)
    assert [one.detail for one in found.report.differences] == [
        "cdr: no such file",
        "ledger: connection refused",
    ]


async def test_what_breaks_us_is_a_difference_and_hides_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(office)
    await house.answer(1, 2)
    await house.remove_call(1)
    house.records.notes = [None]  # type: ignore[list-item]
    monkeypatch.setattr(BuiltinDesk, "held", None)
    with capture_logs():
        found = (await house.comparer.compare(*DAY)).report.differences
    assert [(one.kind.value, one.detail) for one in found] == [
        ("desk_unasked", "builtin: TypeError; see the log"),
        ("unread", "cdr: AttributeError; see the log"),
        ("call_removed", ""),
    ]


async def test_a_desk_that_does_not_answer_or_is_configured_no_more_is_named(
    office: Office,
) -> None:
    other = FakeDesk("other", down=True)
    house = House(office, others=[other])
    await office.answer(1, line="other")
    await office.answer(2, line="nowhere")
    await house.answer(3)
    found = (await house.comparer.compare(*DAY)).report.differences
    told = [one.detail for one in found if one.kind.value == "desk_unasked"]
    assert told == [
        "nowhere: no desk is called 'nowhere': add it to the configuration again",
        "other: the desk does not answer",
    ]


async def test_a_desk_far_away_is_asked_every_few_minutes_for_late_calls_alone(
    office: Office,
) -> None:
    other = FakeDesk("other")
    house = House(office, others=[other])
    await office.answer(1, line="other")
    await office.worker(other).pay_due("other")
    other.made.clear()
    house.records.notes.append(replace(noted(1), line="other"))
    office.clock.advance(3600)
    late = Scope(remote_since=second(60))
    assert list((await house.comparer.compare(*DAY, late)).report.differences) == []
    assert await house.differences() == [("ticket_gone", "F0001")]


async def test_times_out_of_sight_are_named_until_they_are_closed(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    rows = [
        {"pbx": "main", "began_at": second(60), "ended_at": second(90), "closed_at": second(95)},
        {"pbx": "main", "began_at": second(120), "ended_at": second(150), "closed_at": None},
        {"pbx": "gone", "began_at": second(120), "ended_at": None, "closed_at": None},
    ]
    async with office.database.transaction() as connection:
        await connection.execute(insert(out_of_sight), rows)
    (found,) = (await house.comparer.compare(*DAY)).report.differences
    assert (found.kind.value, found.at) == ("times_open", second(120))


async def test_a_pbx_that_nobody_follows_is_out_of_sight_since_it_was_seen(
    office: Office,
) -> None:
    house = House(office)
    await house.answer(1)
    async with office.database.transaction() as connection:
        row = {"pbx": "main", "seen_at": second(300)}
        await connection.execute(insert(pbx_sights), row)
    (found,) = (await house.comparer.compare(*DAY)).report.differences
    assert (found.kind.value, found.at) == ("times_open", second(300))
    earlier = await house.comparer.compare(DAY[0], second(200))
    assert list(earlier.report.differences) == []


async def test_what_was_before_our_time_is_no_difference_of_ours(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    house.records.notes.append(noted(9, at=-600))
    assert await house.differences() == [("call_missing", None)]
    ours = await house.comparer.compare(*DAY, Scope(ours_alone=True))
    assert list(ours.report.differences) == []
    clock_ahead = timedelta(seconds=3)
    edge = await house.comparer.compare(DAY[0], second(4) + clock_ahead)
    assert next(iter(edge.report.differences)).kind.value == "call_missing"


async def test_one_that_nobody_waits_for_rests_after_each_part(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(office)
    await house.answer(1)
    rests = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr("callcenter.calls.comparison.asyncio.sleep", rest)
    await house.comparer.compare(*DAY)
    assert rests == []
    found = await house.comparer.compare(*DAY, Scope(unhurried=True))
    assert list(found.report.differences) == []
    hours = (DAY[1] - DAY[0]) / PART
    assert len(rests) >= 2 * hours
    assert all(0 < seconds <= REST_MAX_S for seconds in rests)
