"""A desk's directory is read into ours: whole, by change, and whatever happens in between."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.db import desk_entries, desk_passes, uniting
from callcenter.db.desk_entries import DeskIds
from callcenter.db.desk_passes import Pass
from callcenter.db.engine import Database
from callcenter.db.schema import (
    companies,
    contacts,
    contracts,
    customers,
    devices,
    telephone_numbers,
)
from callcenter.db.trail import By
from callcenter.desks.desk import DeniedError, DeskError, NotSentError
from callcenter.desks.synchroniser import (
    CHANGES_EVERY,
    LOSS_MAX,
    OVERLAP,
    WHOLE_EVERY,
    Synchroniser,
)
from tests.calls.database import add_agent
from tests.desks.clock import Clock
from tests.desks.conftest import KilledError

SWITCHBOARD, MOBILE, OTHER_MOBILE = "+33465712000", "+33639981122", "+33639983344"

CROWD, CROWD_PAGE = 2_000, 100

ARDOISE = Entry(kind=Kind.COMPANY, id="174", name="Ardoise & Fils", numbers=("04 65 71 20 00",))
BRUME = Entry(kind=Kind.COMPANY, id="175", name="Brume SARL")
ELISE = Entry(
    kind=Kind.CONTACT,
    id="21",
    name="Élise Martin-Roux",
    company="174",
    email="elise@ardoise.example",
    numbers=("06.39.98.11.22", "04 65 71 20 00"),
)
SUPPORT = Entry(
    kind=Kind.CONTRACT,
    id="31",
    name="Infogérance",
    company="174",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
)
SERVER = Entry(kind=Kind.DEVICE, id="41", name="srv-ardoise-01", company="174", user="21")
ALL = (ARDOISE, ELISE, SUPPORT, SERVER)


@dataclass
class Customers:
    """A desk's directory. ``fails`` are errors of the next pages, None where one is given."""

    clock: Clock
    name: str = "desk"
    page: int = 2
    kinds: Sequence[Kind] = tuple(Kind)
    kept: dict[tuple[Kind, str], tuple[Entry, datetime]] = field(default_factory=dict)
    asked: list[tuple[Kind, datetime | None, str | None]] = field(default_factory=list)
    fails: list[BaseException | None] = field(default_factory=list)
    refuses: dict[Kind, DeskError] = field(default_factory=dict)

    def have(self, *entries: Entry) -> None:
        for one in entries:
            self.kept[one.kind, one.id] = (one, self.clock.now)

    def lose(self, *entries: Entry) -> None:
        for one in entries:
            del self.kept[one.kind, one.id]

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        self.asked.append((kind, since, after))
        if self.fails and (error := self.fails.pop(0)):
            raise error
        if kind in self.refuses:
            raise self.refuses[kind]
        found = sorted(
            (
                entry
                for entry, at in self.kept.values()
                if entry.kind is kind and (since is None or at >= since)
            ),
            key=lambda one: int(one.id),
        )
        rest = [one for one in found if after is None or int(one.id) > int(after)]
        has_more = len(rest) > self.page
        return EntryPage(rest[: self.page], rest[self.page - 1].id if has_more else None)


@dataclass
class Confirmed(Customers):
    """Its pages leave out what ``slid``; asked for one by one, they are there."""

    slid: set[str] = field(default_factory=set)

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        page = await Customers.entries(self, kind, since, after)
        return EntryPage([one for one in page.entries if one.id not in self.slid], page.after)

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        found = self.kept.get((kind, entry_id))
        return found[0] if found else None


@dataclass
class Untold(Customers):
    """It does not tell what changed."""

    whole_every: timedelta = timedelta(hours=1)


@dataclass
class Synchronised:
    database: Database
    clock: Clock
    desk: Customers
    job: Synchroniser

    async def turn(self) -> None:
        """As soon as it may be."""
        self.clock.advance(CHANGES_EVERY.total_seconds())
        await self.job.turn(self.database)

    async def turn_whole(self) -> None:
        self.clock.advance(WHOLE_EVERY.total_seconds())
        await self.job.turn(self.database)

    async def passes(self) -> dict[Kind, Pass]:
        async with self.database.reading() as connection:
            return {one.kind: one for one in await desk_passes.listed(connection)}

    async def rows(self, table: Table, *names: str) -> list[tuple[Any, ...]]:
        async with self.database.reading() as connection:
            query = select(*(table.c[name] for name in names)).order_by(table.c.id)
            return [tuple(row) for row in await connection.execute(query)]

    async def names(self, table: Table) -> list[str]:
        return [name for (name,) in await self.rows(table, "name")]

    async def key(self, table: Table, name: str) -> int:
        async with self.database.reading() as connection:
            query = select(table.c.id).where(table.c.name == name)
            return int((await connection.execute(query)).scalar_one())

    async def numbers(self) -> set[tuple[str, str | None]]:
        """Each, with the contact whose it is; None: the company's."""
        async with self.database.reading() as connection:
            query = select(telephone_numbers.c.e164, contacts.c.name).outerjoin(contacts)
            return {(row.e164, row.name) for row in await connection.execute(query)}

    async def write(self, table: Table, **values: Any) -> int:
        async with self.database.transaction() as connection:
            query = insert(table).values(values).returning(table.c.id)
            return int((await connection.execute(query)).scalar_one())

    async def ids(self, **wanted: int | None) -> DeskIds:
        given = {"company_id": None, "contact_id": None, "contract_id": None} | wanted
        async with self.database.reading() as connection:
            return await desk_entries.known_as(connection, "desk", **given)


def synchroniser(desk: Customers, clock: Clock) -> Synchroniser:
    return Synchroniser(
        desk=desk,
        country="FR",
        random=Random(1),
        shared_now=clock.shared,
        monotonic=clock.monotonic,
    )


@pytest.fixture
def on(database: Database) -> Synchronised:
    clock = Clock()
    desk = Customers(clock)
    desk.have(*ALL)
    return Synchronised(database, clock, desk, synchroniser(desk, clock))


async def test_the_whole_is_read_first(on: Synchronised) -> None:
    await on.turn()
    assert await on.names(companies) == ["Ardoise & Fils"]
    assert await on.rows(contacts, "name", "email") == [(ELISE.name, ELISE.email)]
    assert await on.rows(contracts, "name", "ends_on") == [("Infogérance", SUPPORT.ends_on)]
    used_by = await on.key(contacts, ELISE.name)
    assert await on.rows(devices, "name", "contact_id") == [(SERVER.name, used_by)]
    for one in (await on.passes()).values():
        assert one.is_whole
        assert one.ended_at is not None
        assert (one.counts["entries"], one.counts["added"]) == (1, 1)


async def test_a_number_of_the_switchboard_is_not_its_peoples_too(on: Synchronised) -> None:
    await on.turn()
    assert await on.numbers() == {(SWITCHBOARD, None), (MOBILE, ELISE.name)}


async def test_a_number_that_cannot_be_read_is_counted_and_nothing_else_is_lost(
    on: Synchronised,
) -> None:
    on.desk.have(replace(ELISE, numbers=("poste 12", "06 39 98 11 22", "  ")))
    await on.turn()
    assert (MOBILE, ELISE.name) in await on.numbers()
    assert (await on.passes())[Kind.CONTACT].counts["unread"] == 1


async def test_then_only_what_changed_is_asked_for(on: Synchronised) -> None:
    await on.turn()
    began = on.clock.now
    on.desk.asked.clear()
    on.clock.advance(OVERLAP.total_seconds())
    on.desk.have(replace(ELISE, name="Élise Roux", numbers=("06 39 98 33 44",)))
    await on.turn()
    assert on.desk.asked == [(kind, began - OVERLAP, None) for kind in Kind]
    assert await on.names(contacts) == ["Élise Roux"]
    assert await on.numbers() == {(SWITCHBOARD, None), (OTHER_MOBILE, "Élise Roux")}
    assert (await on.passes())[Kind.CONTACT].counts["changed"] == 1


async def test_nothing_is_asked_before_its_time(on: Synchronised) -> None:
    await on.turn()
    on.desk.asked.clear()
    on.clock.advance(CHANGES_EVERY.total_seconds() - 1)
    await on.job.turn(on.database)
    assert on.desk.asked == []


async def test_what_is_deleted_there_is_found_by_the_next_whole(on: Synchronised) -> None:
    await on.turn()
    on.desk.lose(ELISE, SERVER)
    await on.turn()
    assert await on.names(contacts) == [ELISE.name]
    await on.turn_whole()
    assert await on.names(contacts) == []
    assert await on.names(devices) == []
    assert await on.numbers() == {(SWITCHBOARD, None)}
    assert (await on.passes())[Kind.CONTACT].counts["removed"] == 1


async def test_a_desk_that_does_not_tell_what_changed_is_read_whole_at_its_own_times(
    database: Database,
) -> None:
    clock = Clock()
    desk = Untold(clock)
    desk.have(*ALL)
    on = Synchronised(database, clock, desk, synchroniser(desk, clock))
    await on.turn()
    desk.asked.clear()
    desk.lose(SERVER)
    await on.turn()
    assert desk.asked == []
    clock.advance(desk.whole_every.total_seconds())
    await on.job.turn(database)
    assert desk.asked == [(kind, None, None) for kind in Kind]
    assert await on.names(devices) == []


async def test_what_is_inactive_there_goes_at_once_and_comes_back(on: Synchronised) -> None:
    await on.turn()
    on.desk.have(replace(ELISE, is_active=False))
    await on.turn()
    assert await on.names(contacts) == []
    on.desk.have(ELISE)
    await on.turn()
    assert (MOBILE, ELISE.name) in await on.numbers()


async def test_what_slid_past_a_page_is_asked_for_before_it_is_taken_for_gone(
    database: Database,
) -> None:
    clock = Clock()
    desk = Confirmed(clock)
    desk.have(*ALL, replace(ELISE, id="22", name="Hugo Petit", numbers=()))
    on = Synchronised(database, clock, desk, synchroniser(desk, clock))
    await on.turn()
    desk.slid = {"21", "22", "41"}
    desk.lose(replace(ELISE, id="22"))
    desk.have(replace(ELISE, numbers=("06 39 98 33 44",)), replace(SERVER, is_active=False))
    await on.turn_whole()
    assert await on.names(contacts) == [ELISE.name]
    assert await on.names(devices) == []
    assert await on.numbers() == {(SWITCHBOARD, None), (OTHER_MOBILE, ELISE.name)}
    assert (await on.passes())[Kind.CONTACT].counts["removed"] == 1


async def test_with_a_company_go_all_that_came_with_it(on: Synchronised) -> None:
    await on.turn()
    on.desk.have(replace(ARDOISE, is_active=False))
    await on.turn()
    for table in (companies, contacts, contracts, devices, telephone_numbers):
        assert await on.rows(table, "id") == []
    await on.turn()  # they are known no more, and their company is not there
    assert await on.rows(contacts, "id") == []


async def test_what_only_we_have_stays(on: Synchronised) -> None:
    await on.turn()
    company = await on.key(companies, ARDOISE.name)
    own = await on.write(contacts, company_id=company, name="Hugo Petit")
    await on.write(telephone_numbers, company_id=company, contact_id=own, e164=OTHER_MOBILE)
    await on.write(
        customers,
        company_id=company,
        login="hugo",
        name="Hugo",
        password_hash="x",
        created_at=on.clock.now,
    )
    on.desk.lose(ELISE)
    on.desk.have(replace(ARDOISE, is_active=False))
    await on.turn()
    assert await on.names(companies) == ["Ardoise & Fils"]
    assert await on.names(contacts) == ["Hugo Petit"]
    assert await on.numbers() == {(OTHER_MOBILE, "Hugo Petit")}
    assert await on.names(customers) == ["Hugo"]


async def test_a_number_that_was_typed_here_stays_whatever_the_desk_says(on: Synchronised) -> None:
    await on.turn()
    company, elise = await on.key(companies, ARDOISE.name), await on.key(contacts, ELISE.name)
    await on.write(telephone_numbers, company_id=company, contact_id=elise, e164=OTHER_MOBILE)
    on.desk.have(replace(ELISE, numbers=()))
    await on.turn()
    assert await on.numbers() == {(SWITCHBOARD, None), (OTHER_MOBILE, ELISE.name)}
    on.desk.have(replace(ELISE, is_active=False))
    await on.turn()
    assert (OTHER_MOBILE, ELISE.name) in await on.numbers()


async def test_what_is_here_by_its_name_is_adopted_and_never_doubled(on: Synchronised) -> None:
    company = await on.write(companies, name=ARDOISE.name, backup="zoe", account_owner="karim")
    elise = await on.write(contacts, company_id=company, name=ELISE.name)
    await on.write(telephone_numbers, company_id=company, contact_id=elise, e164=MOBILE)
    on.desk.have(replace(ARDOISE, owners=("nadia", "Nadia Martin")))
    await on.turn()
    found = await on.rows(companies, "id", "name", "backup", "account_owner")
    assert found == [(company, ARDOISE.name, "zoe", "Nadia Martin")]
    assert await on.rows(contacts, "id", "email") == [(elise, ELISE.email)]
    on.desk.lose(*ALL)
    await on.turn_whole()
    assert await on.names(companies) == [ARDOISE.name]  # it was here before the desk
    assert await on.numbers() == {(MOBILE, ELISE.name)}


async def test_an_account_owner_is_known_by_the_login_that_an_agent_has(on: Synchronised) -> None:
    await add_agent(on.database, "nadia")
    on.desk.have(replace(ARDOISE, owners=("nadia", "Nadia Martin")))
    await on.turn()
    assert await on.rows(companies, "account_owner") == [("nadia",)]


async def test_what_the_desk_says_wins_and_what_it_leaves_empty_stays(on: Synchronised) -> None:
    await on.turn()
    async with on.database.transaction() as connection:
        values = {"name": "Somebody else", "email": "other@ardoise.example"}
        await connection.execute(update(contacts).values(values))
        await connection.execute(update(companies).values(account_owner="karim"))
    on.desk.have(replace(ELISE, email=None), ARDOISE)
    await on.turn()
    assert await on.rows(contacts, "name", "email") == [(ELISE.name, "other@ardoise.example")]
    assert await on.rows(companies, "account_owner") == [("karim",)]


async def test_two_of_one_name_are_one_here_with_the_numbers_of_both(on: Synchronised) -> None:
    twin = replace(ELISE, id="22", numbers=("06 39 98 33 44",), email="twin@ardoise.example")
    on.desk.have(twin)
    await on.turn()
    await on.turn_whole()
    assert await on.rows(contacts, "name", "email") == [(ELISE.name, ELISE.email)]
    people = {(MOBILE, ELISE.name), (OTHER_MOBILE, ELISE.name)}
    assert await on.numbers() == {(SWITCHBOARD, None)} | people
    on.desk.lose(ELISE)
    await on.turn_whole()
    await on.turn_whole()
    assert await on.rows(contacts, "name", "email") == [(ELISE.name, "twin@ardoise.example")]
    assert await on.numbers() == {(SWITCHBOARD, None), (OTHER_MOBILE, ELISE.name)}


async def test_what_was_merged_here_stays_one_and_keeps_its_name(on: Synchronised) -> None:
    on.desk.have(BRUME, replace(ELISE, id="22", name="Hugo Petit", company="175", numbers=()))
    await on.turn()
    by, brume = By("super", on.clock.now), await on.key(companies, BRUME.name)
    other = await on.key(companies, ARDOISE.name)
    async with on.database.transaction() as connection:
        await uniting.unite_companies(connection, brume, other, by=by)
    await on.turn_whole()
    await on.turn_whole()
    assert await on.rows(companies, "id", "name") == [(brume, BRUME.name)]
    assert set(await on.names(contacts)) == {ELISE.name, "Hugo Petit"}
    assert (SWITCHBOARD, None) in await on.numbers()
    assert await on.ids(company_id=brume) == DeskIds("175")


async def test_a_contact_goes_along_to_another_company(on: Synchronised) -> None:
    on.desk.have(BRUME)
    await on.turn()
    on.desk.have(replace(ELISE, company="175"))
    await on.turn()
    brume, elise = await on.key(companies, BRUME.name), await on.key(contacts, ELISE.name)
    assert await on.rows(contacts, "company_id") == [(brume,)]
    held = set(await on.rows(telephone_numbers, "company_id", "contact_id", "e164"))
    assert (brume, elise, MOBILE) in held


async def test_who_takes_the_name_of_another_becomes_one_with_them(on: Synchronised) -> None:
    hugo = replace(ELISE, id="22", name="Hugo Petit", numbers=("06 39 98 33 44",))
    on.desk.have(hugo)
    await on.turn()
    on.desk.have(replace(hugo, name=ELISE.name))
    await on.turn()
    assert await on.names(contacts) == [ELISE.name]
    assert (OTHER_MOBILE, ELISE.name) in await on.numbers()


async def test_what_has_no_name_or_no_company_is_counted_and_left_out(on: Synchronised) -> None:
    on.desk.have(replace(ELISE, id="22", name=" "), replace(ELISE, id="23", company="999"))
    await on.turn()
    assert await on.names(contacts) == [ELISE.name]
    assert (await on.passes())[Kind.CONTACT].counts["left_out"] == 2


async def test_a_process_that_dies_between_pages_is_gone_on_from(on: Synchronised) -> None:
    on.desk.have(*(replace(ELISE, id=str(each), name=f"Person {each}") for each in range(22, 27)))
    on.desk.fails = [None, None, None, KilledError()]
    with pytest.raises(KilledError):
        await on.turn()
    on.desk.asked.clear()
    await synchroniser(on.desk, on.clock).turn(on.database)
    assert on.desk.asked[0] == (Kind.CONTACT, None, "24")
    assert len(await on.names(contacts)) == 6
    counts = (await on.passes())[Kind.CONTACT].counts
    assert (counts["entries"], counts["added"]) == (6, 6)


async def test_an_error_is_kept_and_asked_again_later(on: Synchronised) -> None:
    on.desk.fails = [NotSentError("no connection to desk.test")]
    await on.turn()
    assert (await on.passes())[Kind.COMPANY].last_error == "no connection to desk.test"
    assert on.desk.asked == [(Kind.COMPANY, None, None)]
    await on.job.turn(on.database)
    assert len(on.desk.asked) == 1
    await on.turn()
    assert (await on.passes())[Kind.COMPANY].last_error is None
    assert await on.names(companies) == [ARDOISE.name]


async def test_what_is_refused_keeps_nothing_else_back(on: Synchronised) -> None:
    on.desk.refuses[Kind.CONTRACT] = DeniedError("no right to query contracts")
    await on.turn()
    assert await on.names(devices) == ["srv-ardoise-01"]
    assert (await on.passes())[Kind.CONTRACT].last_error == "no right to query contracts"


async def test_much_that_is_gone_at_once_is_removed_only_when_somebody_says_so(
    on: Synchronised,
) -> None:
    people = [replace(ELISE, id=str(each), name=f"Person {each}") for each in range(100, 130)]
    on.desk.have(*people)
    await on.turn()
    on.desk.lose(ELISE, *people)
    await on.turn_whole()
    found = (await on.passes())[Kind.CONTACT]
    assert (found.kept, found.counts["removed"]) == (31, 0)
    assert len(people) > LOSS_MAX
    assert len(await on.names(contacts)) == 31
    async with on.database.transaction() as connection:
        await desk_passes.allow(connection, "desk")
    await on.turn()
    assert await on.names(contacts) == []
    assert (await on.passes())[Kind.CONTACT].kept == 0


async def test_all_is_read_again_when_somebody_wants_it(on: Synchronised) -> None:
    await on.turn()
    on.desk.lose(ELISE)
    async with on.database.transaction() as connection:
        await desk_passes.again(connection, "desk")
    await on.job.turn(on.database)
    assert await on.names(contacts) == []


async def test_a_ticket_learns_what_the_desk_calls_its_caller(on: Synchronised) -> None:
    await on.turn()
    wanted = {
        "company_id": await on.key(companies, ARDOISE.name),
        "contact_id": await on.key(contacts, ELISE.name),
        "contract_id": await on.key(contracts, SUPPORT.name),
    }
    assert await on.ids(**wanted) == DeskIds("174", "21", "31")
    assert await on.ids(company_id=None) == DeskIds()


async def test_the_age_of_what_is_known_is_kept(on: Synchronised) -> None:
    await on.turn()
    written = on.clock.now
    await on.turn_whole()
    dates = [(written, on.clock.now)]
    assert await on.rows(companies, "updated_at", "confirmed_at") == dates
    assert await on.rows(contacts, "updated_at", "confirmed_at") == dates


@dataclass
class Crowd:
    """Ten thousand contacts, made a page at a time; ``alive_most`` counts what is left of them."""

    name: str = "desk"
    kinds: Sequence[Kind] = (Kind.COMPANY, Kind.CONTACT)
    alive_most: int = 0

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        assert since is None
        if kind is Kind.COMPANY:
            return EntryPage([ARDOISE], None)
        alive = sum(isinstance(one, Entry) for one in gc.get_objects())
        self.alive_most = max(alive, self.alive_most)
        start = int(after or 0)
        people = [
            replace(ELISE, id=str(each), name=f"Person {each}", numbers=(f"063998{each:04}",))
            for each in range(start, start + CROWD_PAGE)
        ]
        return EntryPage(people, str(start + CROWD_PAGE) if start + CROWD_PAGE < CROWD else None)


async def test_twenty_pages_of_contacts_take_no_more_memory_than_two(
    sqlite_database: Database,
) -> None:
    clock, crowd = Clock(), Crowd()
    job = Synchroniser(desk=crowd, country="FR", random=Random(1), shared_now=clock.shared)
    await job.turn(sqlite_database)
    async with sqlite_database.reading() as connection:
        count = await connection.execute(select(func.count()).select_from(contacts))
        assert count.scalar_one() == CROWD
    assert crowd.alive_most < 2 * CROWD_PAGE
