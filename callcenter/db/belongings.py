"""What a company has: contracts, and devices that we look after. Each has its own name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import companies, entries, trail, versions
from callcenter.db.entries import EntryError
from callcenter.db.schema import contacts, contracts, devices
from callcenter.db.trail import Action, By

Values = Mapping[str, Any]
"""Column to what is to stand in it; ``name`` is among them."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One contract or device. ``version`` is what a form begins with."""

    id: int
    values: Values
    version: str


@dataclass(frozen=True, slots=True)
class Belongings:
    """One kind of them: its table, its word in the trail, and the columns that are edited."""

    table: Table
    noun: str
    columns: tuple[str, ...]

    async def of(self, connection: AsyncConnection, company_id: int) -> Sequence[Belonging]:
        """Those of a company, in the order in which they were written down."""
        query = select(self.table).where(self.table.c.company_id == company_id)
        rows = await connection.execute(query.order_by(self.table.c.id))
        return [Belonging(row.id, self._values(row), self._version(row)) for row in rows]

    async def add(
        self, connection: AsyncConnection, company_id: int, values: Values, *, by: By
    ) -> None:
        """Add one to a company. Raises EntryError."""
        company = await companies.touched(connection, company_id, by=by)
        await self._check(connection, company_id, values)
        await self._refuse_taken(connection, company_id, values["name"])
        row = {**values, "company_id": company_id, **self._age(by)}
        await connection.execute(insert(self.table).values(row))
        await self._note(
            connection, "added", company, values, by=by, changes=trail.changed({}, told(values))
        )

    async def change(
        self,
        connection: AsyncConnection,
        company_id: int,
        key: int,
        values: Values,
        *,
        version: str,
        by: By,
    ) -> None:
        """Write what is said of one. Raises EntryError, and StaleError for an old ``version``."""
        company = await companies.touched(connection, company_id, by=by)
        row = await self._own(connection, company_id, key)
        await self._check(connection, company_id, values)
        if version != self._version(row):
            raise versions.StaleError
        if values["name"] != row.name:
            await self._refuse_taken(connection, company_id, values["name"])
        is_it = self.table.c.id == key
        await connection.execute(
            update(self.table).where(is_it).values({**values, **self._age(by)})
        )
        if changes := trail.changed(told(self._values(row)), told(values)):
            await self._note(connection, "changed", company, values, by=by, changes=changes)

    async def remove(
        self, connection: AsyncConnection, company_id: int, key: int, *, by: By
    ) -> None:
        """Take one out of the directory. Raises EntryError."""
        company = await companies.touched(connection, company_id, by=by)
        row = await self._own(connection, company_id, key)
        await connection.execute(delete(self.table).where(self.table.c.id == key))
        await self._note(connection, "removed", company, self._values(row), by=by, changes={})

    async def _own(self, connection: AsyncConnection, company_id: int, key: int) -> Row[Any]:
        row = await entries.held(connection, self.table, key)
        if row.company_id != company_id:
            raise entries.GoneError
        return row

    async def _check(self, connection: AsyncConnection, company_id: int, values: Values) -> None:
        entries.checked("name", values["name"])
        starts, ends = values.get("starts_on"), values.get("ends_on")
        if starts and ends and ends < starts:
            raise EntryError("ends_on", "order", "it ends before it begins: mend one of the days")
        if (contact_id := values.get("contact_id")) is not None:
            is_theirs = (contacts.c.id == contact_id) & (contacts.c.company_id == company_id)
            if (await connection.execute(select(contacts.c.id).where(is_theirs))).first() is None:
                raise EntryError("contact_id", "gone", "that contact is not of this company")

    async def _refuse_taken(self, connection: AsyncConnection, company_id: int, name: str) -> None:
        is_theirs = self.table.c.company_id == company_id
        await entries.refuse_taken(connection, self.table, name, is_theirs)

    def _age(self, by: By) -> Values:
        return {"updated_at": by.now} if "updated_at" in self.table.c else {}

    def _values(self, row: Row[Any]) -> Values:
        return {name: getattr(row, name) for name in self.columns}

    def _version(self, row: Row[Any]) -> str:
        return versions.version_of(*self._values(row).items())

    async def _note(
        self,
        connection: AsyncConnection,
        past: str,
        company: Row[Any],
        values: Values,
        *,
        by: By,
        changes: trail.Changes,
    ) -> None:
        action, about = Action(f"{self.noun}.{past}"), f"company:{company.id}"
        data = {"company": company.name, self.noun: values["name"]}
        await trail.note_change(connection, action, by, about=about, changes=changes, **data)


CONTRACTS = Belongings(contracts, "contract", ("name", "covers_support", "starts_on", "ends_on"))
DEVICES = Belongings(devices, "device", ("name", "kind", "contact_id"))


def told(values: Values) -> dict[str, str | None]:
    """What the trail has of them, in words that no language owns."""
    return {name: _told(value) for name, value in values.items()}


def _told(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)
