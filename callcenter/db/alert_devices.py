"""Whose device an alert is about, and which.

A device that was met before is known by its sender's id, whatever it is called by now. Else its
site has the name of a company, or its own name is that of one device alone. What is found so is
remembered, and a device of a company that nobody wrote down is written down.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.alert import Alert
from callcenter.db.schema import alert_devices, companies, devices
from callcenter.db.upsert import inserting


@dataclass(frozen=True, slots=True)
class Found:
    """What the directory has of it."""

    company_id: int | None = None
    company: str | None = None
    account_owner: str | None = None
    device_id: int | None = None


async def find(connection: AsyncConnection, source: str, alert: Alert, *, now: datetime) -> Found:
    """Whose it is, and which; remembered for the next time."""
    met = await _met(connection, source, alert)
    if met is not None:
        return met
    company_id = await _company_of(connection, alert.site)
    device_id = await _device_of(connection, alert.device, company_id)
    if alert.device_id is not None:
        if device_id is None and company_id is not None and alert.device:
            device_id = await _write_down(connection, company_id, alert.device, now)
        if device_id is not None:
            await remember(connection, source, alert.device_id, device_id)
    return await _found(connection, device_id, company_id)


async def remember(
    connection: AsyncConnection, source: str, external_id: str, device_id: int
) -> None:
    """Which device the source means by this id."""
    statement = inserting(alert_devices, connection.dialect.name).values(
        source=source, external_id=external_id, device_id=device_id
    )
    keys = [alert_devices.c.source, alert_devices.c.external_id]
    await connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"device_id": device_id})
    )


async def _met(connection: AsyncConnection, source: str, alert: Alert) -> Found | None:
    if alert.device_id is None:
        return None
    query = select(alert_devices.c.device_id).where(
        alert_devices.c.source == source, alert_devices.c.external_id == alert.device_id
    )
    device_id: int | None = (await connection.execute(query)).scalar()
    return await _found(connection, device_id, None) if device_id is not None else None


async def _found(
    connection: AsyncConnection, device_id: int | None, company_id: int | None
) -> Found:
    if device_id is not None:
        of_device = select(devices.c.company_id).where(devices.c.id == device_id)
        company_id = (await connection.execute(of_device)).scalar()
    query = select(companies).where(companies.c.id == company_id)
    row = (await connection.execute(query)).one_or_none() if company_id is not None else None
    return Found(row.id, row.name, row.account_owner, device_id) if row else Found()


async def _company_of(connection: AsyncConnection, site: str) -> int | None:
    query = select(companies.c.id).where(_is_called(companies.c.name, site)).limit(2)
    found = (await connection.execute(query)).scalars().all() if site else []
    return found[0] if len(found) == 1 else None


async def _device_of(connection: AsyncConnection, name: str, company_id: int | None) -> int | None:
    query = select(devices.c.id).where(_is_called(devices.c.name, name)).limit(2)
    if company_id is not None:
        query = query.where(devices.c.company_id == company_id)
    found = (await connection.execute(query)).scalars().all() if name else []
    is_clear = len(found) == 1 or company_id is not None  # else it may be another company's
    return found[0] if found and is_clear else None


async def _write_down(
    connection: AsyncConnection, company_id: int, name: str, now: datetime
) -> int:
    values = {"company_id": company_id, "name": name, "updated_at": now}
    statement = insert(devices).values(values).returning(devices.c.id)
    return int((await connection.execute(statement)).scalar_one())


def _is_called(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whatever the case; SQLite knows that of ASCII alone."""
    return or_(column == name, func.lower(column) == name.lower())
