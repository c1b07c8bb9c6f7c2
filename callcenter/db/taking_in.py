"""Entries of a desk's directory, taken into ours.

The rules, where both say something:

- What the desk says wins: a name, an owner, an address, a day. What it leaves empty stays as it is.
- An entry that is here by exactly this name, within its company, is that one; none is doubled. Two
  of the desk that are one here, by their name or because somebody merged them, stay one: the first
  says what it is called, and all say their numbers.
- Numbers of the desk come and go with it. One that was typed here stays, whatever the desk says.
- A number that is the company's is not also its people's: who calls from the switchboard is nobody
  in particular.
- What is not active there is not here (``parting``).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Row, Table, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.entry import Entry, Kind, numbers
from callcenter.db import desk_entries as known_entries
from callcenter.db.desk_entries import COLUMNS, TABLES, Link
from callcenter.db.entries import EMAIL_MAX, NAME_MAX
from callcenter.db.parting import part
from callcenter.db.schema import agents, desk_entries, telephone_numbers

Outcome: TypeAlias = Literal["added", "changed", "removed", "left_out", "unchanged"]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is here of some entries, asked for all of them at once.

    ``taken`` are names with the company's id, None for companies themselves; ``own`` are numbers by
    the contact, ``switchboards`` by the company. These three are kept up as entries are written.
    """

    links: Mapping[str, Link]
    rows: Mapping[int, Row[Any]]
    companies: Mapping[str, Link]
    users: Mapping[str, Link]
    agents: frozenset[str]
    taken: set[tuple[str, int | None]]
    own: dict[int, set[str]]
    switchboards: dict[int, set[str]]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where an entry is now. ``link`` None: it has yet to be written."""

    key: int
    link: Link | None
    speaks: bool
    is_made: bool
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Of one pass over a desk's directory, within a transaction."""

    connection: AsyncConnection
    desk: str
    number: int  # of the pass
    country: str  # of numbers that do not say theirs
    now: datetime

    async def take(self, entries: Sequence[Entry]) -> Counter[str]:
        """Some entries of one kind; what came of them, by ``desk_passes.COUNTS``."""
        counts = Counter(entries=len(entries))
        if entries:
            known = await self._known(entries)
            for entry in entries:
                counts[await self._one(entry, known, counts)] += 1
            await self._seen(entries[0].kind, [entry.id for entry in entries])
        del counts["unchanged"]
        return counts

    async def _known(self, entries: Sequence[Entry]) -> _Known:
        kind = entries[0].kind
        links = await self._links(kind, {one.id for one in entries})
        table, keys = TABLES[kind], {link.key for link in links.values()}
        rows = await self.connection.execute(select(table).where(table.c.id.in_(keys)))
        companies = await self._links(Kind.COMPANY, {one.company for one in entries})
        firms = keys if kind is Kind.COMPANY else {link.key for link in companies.values()}
        own, switchboards = await self._held(firms, keys if kind is Kind.CONTACT else set())
        return _Known(
            links=links,
            rows={row.id: row for row in rows},
            companies=companies,
            taken=await self._taken(table, {_name(one) for one in entries}),
            own=own,
            switchboards=switchboards,
            users=await self._links(Kind.CONTACT, {one.user for one in entries}),
            agents=await self._agents({name for one in entries for name in one.owners}),
        )

    async def _links(self, kind: Kind, ids: set[str | None] | set[str]) -> Mapping[str, Link]:
        wanted = [one for one in ids if one is not None]
        return await known_entries.links(self.connection, self.desk, kind, wanted)

    async def _agents(self, names: set[str]) -> frozenset[str]:
        """Which of these names are those of agents: the directory means them by these."""
        if not names:
            return frozenset()
        is_one = or_(agents.c.login.in_(names), agents.c.name.in_(names))
        rows = await self.connection.execute(select(agents.c.login, agents.c.name).where(is_one))
        return frozenset(name for row in rows for name in row)

    async def _taken(self, table: Table, names: set[str]) -> set[tuple[str, int | None]]:
        """Those of the names that are here."""
        rows = await self.connection.execute(select(table).where(table.c.name.in_(names)))
        return {(row.name, getattr(row, "company_id", None)) for row in rows}

    async def _held(
        self, company_ids: set[int], contact_ids: set[int]
    ) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
        """Numbers by contact, and those of switchboards by company."""
        table = telephone_numbers.c
        is_firms = table.company_id.in_(company_ids) & table.contact_id.is_(None)
        query = select(telephone_numbers).where(or_(is_firms, table.contact_id.in_(contact_ids)))
        own, switchboards = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        for row in await self.connection.execute(query):
            by, key = (
                (switchboards, row.company_id) if row.contact_id is None else (own, row.contact_id)
            )
            by[key].add(row.e164)
        return own, switchboards

    async def _one(self, entry: Entry, known: _Known, counts: Counter[str]) -> Outcome:
        link, said = known.links.get(entry.id), _said(entry, known)
        if said is None or not entry.is_active:
            if link is not None:
                await part(self.connection, link)
                return "removed"
            return "left_out" if entry.is_active else "unchanged"
        placed = await self._placed(entry.kind, link, known, said)
        company_id = said.get("company_id", placed.key)
        brought, has_changed, unread = await self._numbers(entry, placed, company_id, known)
        counts["unread"] += unread
        await self._write_link(entry, placed, brought)
        return "changed" if has_changed and placed.outcome == "unchanged" else placed.outcome

    async def _placed(
        self, kind: Kind, link: Link | None, known: _Known, said: dict[str, Any]
    ) -> _Placed:
        """The entry of ours that this is, saying what the desk says of it."""
        if link is None:
            return await self._adopted(kind, known, said) or await self._made(kind, known, said)
        row = known.rows[link.key]
        if await self._is_another(kind, link, known, said):
            await part(self.connection, link)
            return await self._placed(kind, None, known, said)
        if not link.speaks:
            return _Placed(link.key, link, link.speaks, link.is_made, "unchanged")
        has_changed = await self._write(kind, row, known, said)
        outcome: Outcome = "changed" if has_changed else "unchanged"
        return _Placed(link.key, link, link.speaks, link.is_made, outcome)

    async def _is_another(
        self, kind: Kind, link: Link, known: _Known, said: Mapping[str, Any]
    ) -> bool:
        """Whether it is called by now as another entry of ours is, or has left one that is not its
        alone."""
        row = known.rows[link.key]
        has_moved = getattr(row, "company_id", None) != said.get("company_id")
        if not link.speaks or not (has_moved or row.name != said["name"]):
            return has_moved
        other = await self._called(kind, known, said)
        return other is not None and other.id != row.id

    async def _adopted(self, kind: Kind, known: _Known, said: dict[str, Any]) -> _Placed | None:
        row = await self._called(kind, known, said)
        if row is None:
            return None
        alike = await known_entries.alike(self.connection, kind, row.id)
        speaks = not any(one.speaks for one in alike)
        has_changed = speaks and await self._write(kind, row, known, said)
        by_contact, by_company = await self._held({row.id}, {row.id})
        if kind is Kind.CONTACT:
            known.own[row.id] = by_contact[row.id]
        if kind is Kind.COMPANY:
            known.switchboards[row.id] = by_company[row.id]
        return _Placed(row.id, None, speaks, False, "changed" if has_changed else "unchanged")

    async def _made(self, kind: Kind, known: _Known, said: dict[str, Any]) -> _Placed:
        table = TABLES[kind]
        query = insert(table).values(said | self._dated(table)).returning(table.c.id)
        key = int((await self.connection.execute(query)).scalar_one())
        known.taken.add(_place(said))
        return _Placed(key, None, True, True, "added")

    async def _called(self, kind: Kind, known: _Known, said: Mapping[str, Any]) -> Row[Any] | None:
        """The entry of this name, within its company."""
        if _place(said) not in known.taken:
            return None
        table = TABLES[kind]
        query = select(table).where(table.c.name == said["name"])
        if "company_id" in said:
            query = query.where(table.c.company_id == said["company_id"])
        return (await self.connection.execute(query)).one_or_none()

    async def _write(
        self, kind: Kind, row: Row[Any], known: _Known, said: Mapping[str, Any]
    ) -> bool:
        """Let the row say this; whether it did not."""
        table = TABLES[kind]
        values = {name: value for name, value in said.items() if getattr(row, name) != value}
        if not values:
            return False
        query = update(table).where(table.c.id == row.id).values(values | self._dated(table))
        await self.connection.execute(query)
        known.taken.add(_place(said))
        if kind is Kind.CONTACT and "company_id" in values:
            theirs = telephone_numbers.c.contact_id == row.id
            moved = {"company_id": values["company_id"]}
            await self.connection.execute(update(telephone_numbers).where(theirs).values(moved))
        return True

    async def _numbers(
        self, entry: Entry, placed: _Placed, company_id: int, known: _Known
    ) -> tuple[frozenset[str], bool, int]:
        """Give and take numbers: those that the desk brought, whether any changed, and how many
        could not be read."""
        before = placed.link.numbers if placed.link else frozenset[str]()
        found = numbers(entry, country=self.country)
        if not before | found.read:
            return before, False, found.unread
        is_person = entry.kind is Kind.CONTACT
        switchboard = known.switchboards.setdefault(company_id, set())
        own = known.own.setdefault(placed.key, set()) if is_person else switchboard
        wanted = found.read - switchboard if is_person else found.read
        gained, lost = wanted - own, (before - wanted) & own
        holder = {"company_id": company_id, "contact_id": placed.key if is_person else None}
        await self._move(holder, gained, lost)
        own.update(gained)
        own.difference_update(lost)
        return (before & wanted) | gained, bool(gained or lost), found.unread

    async def _move(
        self, holder: Mapping[str, int | None], gained: frozenset[str], lost: frozenset[str]
    ) -> None:
        if gained:
            rows = [{**holder, "e164": e164} for e164 in sorted(gained)]
            await self.connection.execute(insert(telephone_numbers), rows)
        if lost:
            is_his = [telephone_numbers.c[name] == value for name, value in holder.items()]
            is_lost = telephone_numbers.c.e164.in_(sorted(lost))
            await self.connection.execute(delete(telephone_numbers).where(*is_his, is_lost))

    async def _write_link(self, entry: Entry, placed: _Placed, brought: frozenset[str]) -> None:
        link, text = placed.link, " ".join(sorted(brought))
        if link is not None:
            if brought != link.numbers:
                query = update(desk_entries).where(desk_entries.c.id == link.id)
                await self.connection.execute(query.values(numbers=text))
            return
        values = {
            "desk": self.desk,
            "kind": entry.kind,
            "external_id": entry.id,
            COLUMNS[entry.kind].name: placed.key,
            "speaks": placed.speaks,
            "is_made": placed.is_made,
            "numbers": text,
            "seen_in": self.number,
        }
        await self.connection.execute(insert(desk_entries).values(values))

    async def _seen(self, kind: Kind, ids: Sequence[str]) -> None:
        """They are there, and as it says: the card shows how old that is."""
        links = (await self._links(kind, set(ids))).values()
        query = update(desk_entries).where(desk_entries.c.id.in_([link.id for link in links]))
        await self.connection.execute(query.values(seen_in=self.number))
        table = TABLES[kind]
        if "confirmed_at" in table.c:
            is_one = table.c.id.in_([link.key for link in links])
            await self.connection.execute(update(table).where(is_one).values(confirmed_at=self.now))

    def _dated(self, table: Table) -> dict[str, Any]:
        return {"updated_at": self.now} if "updated_at" in table.c else {}


def _name(entry: Entry) -> str:
    return " ".join(entry.name.split())[:NAME_MAX]


def _place(said: Mapping[str, Any]) -> tuple[str, int | None]:
    """What no other entry of its kind has."""
    return said["name"], said.get("company_id")


def _said(entry: Entry, known: _Known) -> dict[str, Any] | None:
    """What the desk says of it, under our columns; None where it has no name, or is of a company
    that is not here."""
    name = _name(entry)
    company = known.companies.get(entry.company or "")
    if not name or (company is None and entry.kind is not Kind.COMPANY):
        return None
    user = known.users.get(entry.user or "")
    said: dict[str, Any] = {
        "name": name,
        "company_id": company.key if company else None,
        "contact_id": user.key if user else None,
        "account_owner": _owner(entry.owners, known.agents),
        "email": entry.email if entry.email and len(entry.email) <= EMAIL_MAX else None,
        "starts_on": entry.starts_on,
        "ends_on": entry.ends_on,
    }
    return {key: value for key, value in said.items() if value is not None}


def _owner(names: Sequence[str], known: frozenset[str]) -> str | None:
    """As the directory calls an agent; of nobody of the team, the last name that there is."""
    return next((name for name in names if name in known), names[-1] if names else None)
