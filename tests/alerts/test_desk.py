"""Tickets of alerts in a desk over a network: one each, whatever it answers and whoever dies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from callcenter.db import alert_desk_notes, alert_desk_tickets, alerts
from callcenter.db.alert_groups import RECOVERED
from callcenter.db.schema import alert_desk_notes as notes_table
from callcenter.db.schema import alert_desk_tickets as table
from callcenter.desks.alerting import ASKING_S, AlertDesk
from callcenter.desks.desk import (
    DeskError,
    Draft,
    NotSentError,
    RateLimitedError,
    RejectedError,
    TicketRef,
    TicketState,
)
from callcenter.desks.filing import Filing, Label
from callcenter.desks.telling import told
from tests.alerts import bodies
from tests.alerts.conftest import House
from tests.alerts.sources import SOURCES

SETTLES_S = 30.0
LATER = timedelta(seconds=ASKING_S + 2 * SETTLES_S)


@dataclass
class Elsewhere:
    """A desk over a network. ``fails`` are of its next requests; with ``loses`` it does what it is
    asked, and its answer is lost."""

    name: str = "elsewhere"
    searchable: bool = True
    settles_s: float = SETTLES_S
    made: dict[str, Draft] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    loses: int = 0
    creates: int = 0
    filing: Filing = field(default_factory=Filing)

    async def check(self) -> str:
        raise NotImplementedError

    async def find(self, key: str) -> TicketRef | None:
        self._fail()
        if not self.searchable:
            raise RejectedError("look there")
        return _ref(key) if key in self.made else None

    async def create(self, draft: Draft) -> TicketRef:
        self._fail()
        self.creates += 1
        self.made[draft.key] = draft
        self._lose()
        return _ref(draft.key)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        raise NotImplementedError

    async def note(self, number: str, text: str, marker: str) -> None:
        self._fail()
        self.notes.append((number, f"{text} {marker}"))
        self._lose()

    async def has_note(self, number: str, marker: str) -> bool:
        self._fail()
        return any(one == number and marker in text for one, text in self.notes)

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        raise NotImplementedError

    def _fail(self) -> None:
        if self.fails:
            raise self.fails.pop(0)

    def _lose(self) -> None:
        if self.loses:
            self.loses -= 1
            raise DeskError("the connection broke")


def _ref(key: str) -> TicketRef:
    return TicketRef(f"#{key}", f"https://desk.example.com/{key}")


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def remote(house: House, elsewhere: Elsewhere) -> AlertDesk:
    """The job; the house's alerts have their tickets there."""
    house.worker.sources = {
        name: replace(source, desks={"support": elsewhere.name}) for name, source in SOURCES.items()
    }

    async def now(_connection: object) -> object:
        return house.now

    return AlertDesk(desk=elsewhere, random=Random(4), shared_now=now)  # type: ignore[arg-type]


async def state(house: House) -> list[tuple[str | None, str | None]]:
    """Of each ticket that is wanted, its number and what went wrong."""
    async with house.database.reading() as connection:
        rows = await connection.execute(select(table).order_by(table.c.group_id))
        return [(row.number, row.last_error) for row in rows]


async def test_a_ticket_is_made_there_and_tells_of_the_alert(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    company_id = await house.company("Garage Vidal")
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2"))
    await remote.turn(house.database)
    await remote.turn(house.database)
    (draft,) = elsewhere.made.values()
    assert (draft.title, draft.line) == ("SRV-01: Disk C: is 95 % full", "support")
    assert (draft.company, draft.account_owner) == ("Garage Vidal", "Zoé Martin")
    assert (draft.caller, draft.agent, draft.agent_id) == (None, None, None)
    assert f"Alerts: {draft.key}" in told(draft)
    assert told(draft).endswith("\nPriority: medium")
    assert elsewhere.creates == 1
    assert await house.tickets() == []
    async with house.database.reading() as connection:
        (listed,) = await alerts.going_on(connection, 10)
        at_company = await alerts.of_company(connection, company_id)
        assert await alert_desk_tickets.keys(connection, [draft.key, "x"]) == {draft.key}
    assert (listed.number, listed.url) == (f"#{draft.key}", _ref(draft.key).url)
    assert (listed.open, listed.company) == (2, "Garage Vidal")
    assert at_company is not None
    assert at_company.count == 2


async def test_that_it_is_over_is_noted_there_once_the_ticket_is_there(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    await house.hear("rmm", bodies.datto(), bodies.datto(state="resolved"))
    elsewhere.fails = [NotSentError("nobody answers")]
    await remote.turn(house.database)
    assert elsewhere.notes == []
    house.now += LATER
    await remote.turn(house.database)
    ((number, text),) = elsewhere.notes
    assert text.startswith(RECOVERED)
    assert number in {f"#{key}" for key in elsewhere.made}
    await remote.turn(house.database)
    assert len(elsewhere.notes) == 1


async def test_what_was_made_before_its_answer_was_lost_is_found(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    await house.hear("rmm", bodies.datto())
    elsewhere.loses = 1
    await remote.turn(house.database)
    assert (await state(house))[0][1] == "the connection broke"
    await remote.turn(house.database)  # before it has settled nobody asks
    assert (await state(house))[0][0] is None
    house.now += LATER
    await remote.turn(house.database)
    assert (await state(house))[0][0] is not None
    assert elsewhere.creates == 1


async def test_a_note_whose_answer_was_lost_is_found(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    await house.hear("rmm", bodies.datto())
    await remote.turn(house.database)
    await house.hear("rmm", bodies.datto(state="resolved"))
    elsewhere.loses = 1
    for _ in range(2):
        await remote.turn(house.database)
        house.now += LATER
    assert len(elsewhere.notes) == 1
    async with house.database.reading() as connection:
        assert (await connection.execute(select(notes_table))).all() == []


@pytest.mark.parametrize("after", [False, True])
async def test_who_dies_over_a_request_leaves_one_ticket(
    house: House, remote: AlertDesk, elsewhere: Elsewhere, after: bool
) -> None:
    class DiedError(BaseException):
        """Not to be caught."""

    await house.hear("rmm", bodies.datto())
    create = elsewhere.create

    async def dies(draft: Draft) -> TicketRef:
        if after:
            await create(draft)
        raise DiedError

    elsewhere.create = dies  # type: ignore[method-assign]
    with pytest.raises(DiedError):
        await remote.turn(house.database)
    elsewhere.create = create  # type: ignore[method-assign]
    await remote.turn(house.database)  # too soon: whoever died may only sleep
    assert elsewhere.creates == int(after)
    house.now += LATER
    await remote.turn(house.database)
    assert elsewhere.creates == 1
    assert (await state(house))[0][0] is not None


async def test_what_it_refuses_for_good_is_said_and_tried_at_the_next_start(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    await house.hear("rmm", bodies.datto())
    elsewhere.fails = [RejectedError("there is no queue Support")]
    await remote.turn(house.database)
    house.now += LATER
    await remote.turn(house.database)
    assert elsewhere.creates == 0
    async with house.database.reading() as connection:
        (listed,) = await alerts.going_on(connection, 10)
    assert (listed.number, listed.error) == (None, "there is no queue Support")
    async with house.database.transaction() as connection:
        await alert_desk_tickets.unstick(connection, elsewhere.name, now=house.now)
    await remote.turn(house.database)
    assert elsewhere.creates == 1


async def test_a_note_that_it_refuses_is_tried_at_the_next_start(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    await house.hear("rmm", bodies.datto())
    await remote.turn(house.database)
    await house.hear("rmm", bodies.datto(state="resolved"))
    elsewhere.fails = [RejectedError("the ticket is closed")]
    for _ in range(2):
        await remote.turn(house.database)
        house.now += LATER
    assert elsewhere.notes == []
    async with house.database.transaction() as connection:
        await alert_desk_notes.unstick(connection, elsewhere.name, now=house.now)
    await remote.turn(house.database)
    assert len(elsewhere.notes) == 1


async def test_a_desk_that_wants_to_be_left_alone_is(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    clock = [0.0]
    remote.monotonic = lambda: clock[0]
    await house.hear("rmm", bodies.datto("1"), bodies.datto("2", device="PC-7", device_id="7"))
    elsewhere.fails = [RateLimitedError("slowly", 90.0)]
    for _ in range(2):
        await remote.turn(house.database)
        house.now += LATER
    assert elsewhere.creates == 0
    clock[0] += LATER.total_seconds()
    await remote.turn(house.database)
    assert elsewhere.creates == 2


async def test_one_that_cannot_be_searched_is_not_asked_again(
    house: House, remote: AlertDesk, elsewhere: Elsewhere
) -> None:
    elsewhere.searchable = False
    await house.hear("rmm", bodies.datto())
    elsewhere.loses = 1
    for _ in range(3):
        await remote.turn(house.database)
        house.now += LATER
    assert elsewhere.creates == 1
    assert await state(house) == [(None, "look there")]
