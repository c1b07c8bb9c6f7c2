"""Autotask's companies, contacts, contracts and configuration items, a page at a time.

Pages go by the ids, which never change: what is changed while it is read is missed by none. What is
not active is read, too, for it may have been; the requests are of what the hour can spare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.parties import CONTRACT_ACTIVE
from callcenter.desks.autotask.query import either, where, written
from callcenter.desks.autotask.shapes import (
    CompanyEntry,
    ContactEntry,
    ContractEntry,
    DeviceEntry,
    Owner,
)
from callcenter.desks.autotask.threshold import Hour
from callcenter.desks.kept import Kept

OWNERS_KEPT = timedelta(hours=1)
"""So late another name of an account owner is noticed."""

BEFORE_ALL: Final = -1
"""The company with the id 0 is Autotask's user itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a kind of entry is, and the fields that say when one was changed."""

    entity: str
    shape: type[CompanyEntry | ContactEntry | ContractEntry | DeviceEntry]
    changed: Sequence[str]


SOURCES: Mapping[Kind, Source] = {
    Kind.COMPANY: Source(
        "Companies", CompanyEntry, ("lastActivityDate", "lastTrackedModifiedDateTime")
    ),
    Kind.CONTACT: Source("Contacts", ContactEntry, ("lastActivityDate", "lastModifiedDate")),
    Kind.CONTRACT: Source("Contracts", ContractEntry, ("lastModifiedDateTime",)),
    Kind.DEVICE: Source("ConfigurationItems", DeviceEntry, ("lastModifiedTime",)),
}


@dataclass(kw_only=True)
class Directory:
    """``users`` has Autotask's user name, or the e-mail address, of an agent's login."""

    api: Api
    hour: Hour
    users: Mapping[str, str]
    _owners: Kept[Mapping[int, Owner]] = field(
        default_factory=lambda: Kept(OWNERS_KEPT), init=False, repr=False
    )

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of them, those that are not active too. Raises DeskError."""
        await self.hour.require_room()
        source, start = SOURCES[kind], BEFORE_ALL if after is None else int(after)
        changed = [where(name, written(since), "gte") for name in source.changed if since]
        conditions = [either(*changed)] if changed else []
        found, has_more = await self.api.page(source.entity, source.shape, start, *conditions)
        entries = [await self._entry(one) for one in found]
        return EntryPage(entries, str(found[-1].id) if found and has_more else None)

    async def _entry(
        self, record: CompanyEntry | ContactEntry | ContractEntry | DeviceEntry
    ) -> Entry:
        match record:
            case CompanyEntry():
                return _company(record, await self._names(record.ownerResourceID))
            case ContactEntry():
                return _contact(record)
            case ContractEntry():
                return _contract(record)
            case DeviceEntry():
                return _device(record)

    async def _names(self, resource: int | None) -> tuple[str, ...]:
        """What an account owner is called: logins of ours first, and the full name last."""
        owners = await self._owners.get(self.api.now(), self._ask_for_owners)
        owner = owners.get(resource) if resource is not None else None
        if owner is None:
            return ()
        known = {owner.userName, owner.email} - {None}
        logins = [login for login, name in self.users.items() if name in known]
        full = " ".join(filter(None, (owner.firstName, owner.lastName)))
        return tuple(filter(None, (*logins, owner.userName, full)))

    async def _ask_for_owners(self) -> Mapping[int, Owner]:
        found = await self.api.query("Resources", Owner, where("id", BEFORE_ALL, "gt"))
        return {one.id: one for one in found}


def _company(record: CompanyEntry, owners: tuple[str, ...]) -> Entry:
    return Entry(
        kind=Kind.COMPANY,
        id=str(record.id),
        name=record.companyName,
        is_active=record.isActive,
        numbers=_given(record.phone, record.alternatePhone1, record.alternatePhone2),
        owners=owners,
    )


def _contact(record: ContactEntry) -> Entry:
    return Entry(
        kind=Kind.CONTACT,
        id=str(record.id),
        name=" ".join(_given(record.firstName, record.lastName)),
        company=_id(record.companyID),
        is_active=record.isActive == 1,
        email=record.emailAddress or None,
        numbers=_given(record.phone, record.mobilePhone, record.alternatePhone),
    )


def _contract(record: ContractEntry) -> Entry:
    return Entry(
        kind=Kind.CONTRACT,
        id=str(record.id),
        name=record.contractName,
        company=_id(record.companyID),
        is_active=record.status == CONTRACT_ACTIVE,
        starts_on=record.startDate.date() if record.startDate else None,
        ends_on=record.endDate.date() if record.endDate else None,
    )


def _device(record: DeviceEntry) -> Entry:
    return Entry(
        kind=Kind.DEVICE,
        id=str(record.id),
        name=record.rmmDeviceAuditHostname or record.referenceTitle or "",
        company=_id(record.companyID),
        user=_id(record.contactID),
        is_active=record.isActive,
    )


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)


def _given(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
