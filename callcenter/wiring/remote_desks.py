"""Each kind of desk over HTTP, made as its table in the configuration says."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from pydantic import SecretStr

from callcenter import config
from callcenter.config.desks.remote import RemoteTable
from callcenter.desks.autotask import (
    Api,
    AutotaskDesk,
    Directory,
    Hour,
    Labels,
    Parties,
    People,
    Picklists,
    Timesheet,
)
from callcenter.desks.client import Client
from callcenter.desks.desk import Desk, TicketState
from callcenter.desks.django_helpdesk.desk import DjangoHelpdesk
from callcenter.desks.filing import Filing
from callcenter.desks.freshdesk.desk import FreshdeskDesk
from callcenter.desks.generic import GenericDesk
from callcenter.desks.generic_followed import FollowedGenericDesk
from callcenter.desks.generic_written import WrittenGenericDesk
from callcenter.desks.glpi.desk import GlpiDesk
from callcenter.desks.glpi.login import Login as GlpiLogin
from callcenter.desks.osticket import OsTicketDesk
from callcenter.desks.rt import RtDesk
from callcenter.desks.zammad.desk import ZammadDesk
from callcenter.desks.zendesk.desk import ZendeskDesk
from callcenter.desks.znuny.desk import ZnunyDesk

Now = Callable[[], datetime]
T = TypeVar("T")

KINDS: Mapping[type[RemoteTable], Callable[..., Desk]] = {
    config.DjangoHelpdesk: DjangoHelpdesk,
    config.FreshdeskDesk: FreshdeskDesk,
    config.GlpiDesk: GlpiDesk,
    config.OsTicketDesk: OsTicketDesk,
    config.RtDesk: RtDesk,
    config.ZammadDesk: ZammadDesk,
    config.ZendeskDesk: ZendeskDesk,
    config.ZnunyDesk: ZnunyDesk,
}
"""Each but two: Autotask is made of many parts, and a generic desk is one of three."""

GLPI_TYPES = {"incident": 1, "request": 2}


@asynccontextmanager
async def remote_desk(
    table: config.RemoteDesk,
    now: Now,
    *,
    measure: Callable[[str, float], None] = lambda _result, _seconds: None,
) -> AsyncIterator[Desk]:
    """A desk over HTTP, with connections of its own."""
    async with Client.open(table.timeout_s, table.ca_file, measure) as client:
        yield _desk(table, client, now)


def _desk(table: config.RemoteDesk, client: Client, now: Now) -> Desk:
    if isinstance(table, config.AutotaskDesk):
        return _autotask(table, client, now)
    kind = _generic(table) if isinstance(table, config.GenericDesk) else KINDS[type(table)]
    return _told(kind, table, client=client, now=now, **_further(table, client, now))


def _further(table: config.RemoteDesk, client: Client, now: Now) -> dict[str, object]:
    """What a desk has under another name than its table, or made of it."""
    if isinstance(table, config.GenericDesk | config.OsTicketDesk):
        return {}
    further: dict[str, object] = {"filing": Filing(table.priorities, table.categories)}
    if isinstance(table, config.ZammadDesk | config.ZnunyDesk):
        further["states"] = {state: getattr(table.states, state) for state in TicketState}
    if isinstance(table, config.GlpiDesk):
        further["login"] = _told(GlpiLogin, table, client=client, now=now)
        further["type"] = GLPI_TYPES[table.type]
    return further


def _told(kind: Callable[..., T], table: RemoteTable, **given: object) -> T:
    """A dataclass with what the table has under the names of its fields, and what is given; what
    the table leaves open is as the class has it."""
    names = [one.name for one in fields(cast("Any", kind)) if one.init and one.name not in given]
    told = {name: getattr(table, name, None) for name in names}
    known = {name: _revealed(value) for name, value in told.items() if value is not None}
    return kind(**known, **given)


def _revealed(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _generic(table: config.GenericDesk) -> type[GenericDesk]:
    if table.writes:
        return WrittenGenericDesk
    return FollowedGenericDesk if table.follows else GenericDesk


def _autotask(table: config.AutotaskDesk, client: Client, now: Now) -> AutotaskDesk:
    api = _told(Api, table, zones_url=table.url, client=client, now=now)
    people = _told(People, table, api=api)
    hour = Hour(api=api)
    filing = Filing(table.priorities, table.categories)
    return _told(
        AutotaskDesk,
        table,
        api=api,
        picklists=_told(Picklists, table, api=api, labels=_told(Labels, table), filing=filing),
        people=people,
        parties=Parties(api=api, default=table.company_id),
        hour=hour,
        timesheet=Timesheet(
            api=api,
            people=people,
            has_entries=table.time_entries,
            has_secondaries=table.secondary_resources,
            work_type=table.work_type,
        ),
        directory=_told(Directory, table, api=api, hour=hour),
        due=timedelta(hours=table.due_h),
        impersonates=table.impersonate,
    )
