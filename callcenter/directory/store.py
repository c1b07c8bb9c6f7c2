"""The directory as a whole, read from the database and changed there."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Executable, Table, bindparam, delete, insert, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.parts import parts
from callcenter.db.schema import companies, contacts, contracts, telephone_numbers
from callcenter.directory.changes import Changes, Known
from callcenter.directory.plan import Plan
from callcenter.directory.wanted import CompanyFields, ContactFields, Holding, Subject


class Store:
    """The directory inside one transaction. ``load`` comes before ``apply``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._company_ids: dict[str, int] = {}
        self._contact_ids: dict[tuple[str, str], int] = {}
        self._contracts: dict[str, dict[str, int]] = defaultdict(dict)
        self._holding_ids: dict[Holding, int] = {}

    async def lock(self) -> None:
        """Keep others from writing to it until the end; on SQLite nobody else can."""
        if self._connection.dialect.name == "postgresql":
            tables = "companies, contracts, contacts, telephone_numbers"
            await self._connection.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))

    async def load(self) -> Known:
        """Read everything."""
        return Known(
            companies=await self._load_companies(),
            contacts=await self._load_contacts(),
            holdings=await self._load_holdings(),
        )

    async def apply(self, known: Known, plan: Plan, *, now: datetime) -> None:
        """Write what is planned. What the file names at all is known to be so ``now``."""
        changes = plan.changes
        await self._write_companies(known, changes)
        await self._write_contracts(changes)
        await self._write_contacts(known, changes)
        lost = [{"key": self._holding_ids[holding]} for holding in changes.lost]
        key = telephone_numbers.c.id == bindparam("key")
        await self._many(delete(telephone_numbers).where(key), lost)
        await self._many(
            insert(telephone_numbers), [self._number_row(holding) for holding in changes.gained]
        )
        await self._date(plan, now)

    async def _date(self, plan: Plan, now: datetime) -> None:
        changed = {(one.company, one.contact) for one in (*plan.added, *plan.changed)}
        named = {(name, None) for name in plan.wanted.companies} | plan.wanted.contacts.keys()
        for column, subjects in (("updated_at", changed), ("confirmed_at", named)):
            for table, ids in self._ids(subjects).items():
                for some in parts(ids):
                    query = update(table).where(table.c.id.in_(some)).values({column: now})
                    await self._connection.execute(query)

    def _ids(self, subjects: Collection[Subject]) -> Mapping[Table, Sequence[int]]:
        people = [(company, contact) for company, contact in subjects if contact is not None]
        firms = [company for company, contact in subjects if contact is None]
        return {
            companies: [self._company_ids[name] for name in firms],
            contacts: [self._contact_ids[key] for key in people],
        }

    async def _load_companies(self) -> dict[str, CompanyFields]:
        found = {}
        columns = companies.c.id, companies.c.name, companies.c.account_owner, companies.c.backup
        for key, name, owner, backup in await self._connection.execute(select(*columns)):
            self._company_ids[name] = key
            found[name] = CompanyFields(account_owner=owner, backup=backup)
        query = (
            select(companies.c.name.label("company"), contracts.c.name, contracts.c.id)
            .join(companies, companies.c.id == contracts.c.company_id)
            .order_by(contracts.c.id.desc())
        )
        for row in await self._connection.execute(query):
            self._contracts[row.company][row.name] = row.id
            found[row.company].contract = row.name  # the oldest one is said last
        return found

    async def _load_contacts(self) -> dict[tuple[str, str], ContactFields]:
        columns = contacts.c.id, contacts.c.name, contacts.c.email
        query = select(*columns, companies.c.name.label("company")).join(
            companies, companies.c.id == contacts.c.company_id
        )
        found = {}
        for row in await self._connection.execute(query):
            self._contact_ids[row.company, row.name] = row.id
            found[row.company, row.name] = ContactFields(email=row.email)
        return found

    async def _load_holdings(self) -> set[Holding]:
        query = (
            select(
                telephone_numbers.c.id,
                telephone_numbers.c.e164,
                companies.c.name.label("company"),
                contacts.c.name.label("contact"),
            )
            .join(companies, companies.c.id == telephone_numbers.c.company_id)
            .outerjoin(contacts, contacts.c.id == telephone_numbers.c.contact_id)
        )
        for row in await self._connection.execute(query):
            self._holding_ids[Holding(row.e164, row.company, row.contact)] = row.id
        return set(self._holding_ids)

    async def _write_companies(self, known: Known, changes: Changes) -> None:
        new = [name for name in changes.companies if name not in known.companies]
        changed = [name for name in changes.companies if name in known.companies]
        added = [{"name": name, **_own_fields(changes.companies[name])} for name in new]
        query = insert(companies).returning(companies.c.name, companies.c.id)
        for some in parts(added):
            rows = await self._connection.execute(query, some)
            self._company_ids.update({row.name: row.id for row in rows})
        await self._many(
            update(companies).where(companies.c.id == bindparam("key")),
            [
                {"key": self._company_ids[name], **_own_fields(changes.companies[name])}
                for name in changed
            ],
        )

    async def _write_contracts(self, changes: Changes) -> None:
        new = []
        for company, said in changes.companies.items():
            if company in self._contracts:
                await self._write_contract(company, said.contract)
            elif said.contract is not None:
                new.append({"company_id": self._company_ids[company], "name": said.contract})
        await self._many(insert(contracts), new)

    async def _write_contract(self, company: str, name: str | None) -> None:
        """Let the company's oldest contract be the one called so; None: it has none any more.

        A contract under a new name is the same one to the tickets that were made under it.
        """
        there = self._contracts[company]
        if name is None or name in there:
            older = contracts.c.id < there[name] if name else true()
            of_company = contracts.c.company_id == self._company_ids[company]
            await self._connection.execute(delete(contracts).where(of_company, older))
        else:
            query = update(contracts).where(contracts.c.id == min(there.values()))
            await self._connection.execute(query, {"name": name})

    async def _write_contacts(self, known: Known, changes: Changes) -> None:
        added = [
            {"company_id": self._company_ids[key[0]], "name": key[1], "email": said.email}
            for key, said in changes.contacts.items()
            if key not in known.contacts
        ]
        query = insert(contacts).returning(contacts.c.company_id, contacts.c.name, contacts.c.id)
        company_names = {key: name for name, key in self._company_ids.items()}
        for some in parts(added):
            for row in await self._connection.execute(query, some):
                self._contact_ids[company_names[row.company_id], row.name] = row.id
        await self._many(
            update(contacts).where(contacts.c.id == bindparam("key")),
            [
                {"key": self._contact_ids[key], "email": said.email}
                for key, said in changes.contacts.items()
                if key in known.contacts
            ],
        )

    def _number_row(self, holding: Holding) -> dict[str, object]:
        contact = holding.contact and self._contact_ids[holding.company, holding.contact]
        return {
            "e164": holding.e164,
            "company_id": self._company_ids[holding.company],
            "contact_id": contact,
        }

    async def _many(self, query: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        # In parts: between two of them the service goes on with what it was asked meanwhile.
        for some in parts(rows):
            await self._connection.execute(query, some)


def _own_fields(company: CompanyFields) -> dict[str, str | None]:
    return {"account_owner": company.account_owner, "backup": company.backup}
