"""The configured desks, with the connections that they hold."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial
from typing import TypeGuard
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from callcenter import config
from callcenter.config import Settings
from callcenter.config.desks.remote import CustomersTable, FollowedTable
from callcenter.db.desk_events import NewEvent
from callcenter.db.engine import Database
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
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.client import Client
from callcenter.desks.desk import Desk, HasDirectory, Hears, TicketState
from callcenter.desks.django_helpdesk.desk import DjangoHelpdesk
from callcenter.desks.filing import Filing
from callcenter.desks.follower import DeskFollower
from callcenter.desks.freshdesk.desk import FreshdeskDesk
from callcenter.desks.generic import GenericDesk
from callcenter.desks.generic_followed import FollowedGenericDesk
from callcenter.desks.generic_written import WrittenGenericDesk
from callcenter.desks.glpi.desk import GlpiDesk
from callcenter.desks.glpi.login import Login as GlpiLogin
from callcenter.desks.osticket import OsTicketDesk
from callcenter.desks.rt import RtDesk
from callcenter.desks.synchroniser import Synchroniser
from callcenter.desks.zammad.desk import ZammadDesk
from callcenter.desks.zendesk.desk import ZendeskDesk
from callcenter.desks.znuny.desk import ZnunyDesk
from callcenter.web.context import Hear


@asynccontextmanager
async def open_desks(
    settings: Settings,
    database: Database,
    url: str,
    now: Callable[[], datetime],
    *,
    measure: Callable[[str, str, float], None] = lambda _desk, _result, _seconds: None,
) -> AsyncIterator[Mapping[str, Desk]]:
    """Every desk by its name, until the end of the block. ``url`` is where our pages are.

    ``measure`` is given the desk of each request, what came of it, and the seconds that it took.
    """
    zones = {line.name: ZoneInfo(line.timezone) for line in settings.lines}
    desks: dict[str, Desk] = {}
    async with AsyncExitStack() as opened:
        for desk in settings.desks:
            if isinstance(desk, config.BuiltinDesk):
                desks[desk.name] = BuiltinDesk(
                    name=desk.name, database=database, base_url=url, zones=zones, now=now
                )
            else:
                of_desk = partial(measure, desk.name)
                opening = remote_desk(desk, now, measure=of_desk)
                desks[desk.name] = await opened.enter_async_context(opening)
        yield desks


def hearing(desks: Mapping[str, Desk]) -> Mapping[str, Hear]:
    """What understands the webhooks of each desk with a secret for them."""

    def of(desk: Hears) -> Hear:
        def hear(headers: Mapping[str, str], body: bytes) -> list[NewEvent]:
            heard = desk.parse_webhook(headers, body)
            return [NewEvent(one.delivery_id, one.number) for one in heard]

        return hear

    return {
        name: of(desk) for name, desk in desks.items() if isinstance(desk, Hears) and desk.hears
    }


def followers(
    settings: Settings,
    desks: Mapping[str, Desk],
    *,
    committed: Callable[[], None],
    owed: Callable[[], None],
) -> Mapping[str, DeskFollower]:
    """Who follows each desk that tells what becomes of its tickets, or can be written to."""
    return {
        desk.name: DeskFollower(
            desk=desks[desk.name],
            poll_s=desk.poll_s,
            random=random.Random(),  # noqa: S311  (spreads retries, guards nothing)
            committed=committed,
            owed=owed,
        )
        for desk in settings.desks
        if _is_followed(desk)
    }


def synchronisers(settings: Settings, desks: Mapping[str, Desk]) -> Mapping[str, Synchroniser]:
    """Who reads the directory of each desk that is to be ours, too."""
    wanted = [one for one in settings.desks if isinstance(one, CustomersTable) and one.directory]
    return {
        one.name: Synchroniser(
            desk=desk,
            country=settings.site.country,
            random=random.Random(),  # noqa: S311  (spreads retries, guards nothing)
        )
        for one in wanted
        if isinstance(desk := desks[one.name], HasDirectory)
    }


def _is_followed(desk: config.Desk) -> TypeGuard[FollowedTable | config.GenericDesk]:
    return isinstance(desk, FollowedTable) or (
        isinstance(desk, config.GenericDesk) and desk.follows
    )


@asynccontextmanager
async def remote_desk(  # noqa: C901  (a case for each kind)
    desk: config.RemoteDesk,
    now: Callable[[], datetime],
    *,
    measure: Callable[[str, float], None] = lambda _result, _seconds: None,
) -> AsyncIterator[Desk]:
    """A desk over HTTP, with connections of its own."""
    async with Client.open(desk.timeout_s, desk.ca_file, measure) as client:
        match desk:
            case config.AutotaskDesk():
                yield _autotask(desk, client, now)
            case config.DjangoHelpdesk():
                yield _django_helpdesk(desk, client, now)
            case config.FreshdeskDesk():
                yield _freshdesk(desk, client, now)
            case config.GenericDesk():
                yield _generic(desk, client, now)
            case config.GlpiDesk():
                yield _glpi(desk, client, now)
            case config.OsTicketDesk():
                yield _osticket(desk, client, now)
            case config.RtDesk():
                yield _rt(desk, client, now)
            case config.ZammadDesk():
                yield _zammad(desk, client, now)
            case config.ZendeskDesk():
                yield _zendesk(desk, client, now)
            case config.ZnunyDesk():
                yield _znuny(desk, client, now)


def _autotask(
    desk: config.AutotaskDesk, client: Client, now: Callable[[], datetime]
) -> AutotaskDesk:
    api = Api(
        zones_url=desk.url,
        username=desk.username,
        secret=desk.secret.get_secret_value(),
        integration_code=desk.integration_code.get_secret_value(),
        client=client,
        now=now,
    )
    people = People(api=api, users=desk.users)
    labels = Labels(**{one.name: getattr(desk, one.name) for one in fields(Labels)})
    hour = Hour(api=api)
    return AutotaskDesk(
        name=desk.name,
        api=api,
        picklists=Picklists(
            api=api,
            labels=labels,
            udf=desk.udf,
            filing=Filing(desk.priorities, desk.categories),
        ),
        people=people,
        parties=Parties(api=api, default=desk.company_id),
        hour=hour,
        timesheet=Timesheet(
            api=api,
            people=people,
            has_entries=desk.time_entries,
            has_secondaries=desk.secondary_resources,
            work_type=desk.work_type,
        ),
        directory=Directory(api=api, hour=hour, users=desk.users),
        due=timedelta(hours=desk.due_h),
        udf=desk.udf,
        impersonates=desk.impersonate,
        webhook_secret=_revealed(desk.webhook_secret),
        settles_s=desk.settles_s,
    )


def _django_helpdesk(
    desk: config.DjangoHelpdesk, client: Client, now: Callable[[], datetime]
) -> DjangoHelpdesk:
    return DjangoHelpdesk(
        name=desk.name,
        url=desk.url,
        user=desk.user,
        password=desk.password.get_secret_value(),
        queue=desk.queue,
        priority=desk.priority,
        custom_field=desk.custom_field,
        filing=Filing(desk.priorities, desk.categories),
        category_field=desk.category_field,
        users=desk.users,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _freshdesk(
    desk: config.FreshdeskDesk, client: Client, now: Callable[[], datetime]
) -> FreshdeskDesk:
    return FreshdeskDesk(
        name=desk.name,
        url=desk.url,
        key=desk.key.get_secret_value(),
        group=desk.group,
        requester=desk.requester,
        custom_field=desk.custom_field,
        priority=desk.priority,
        filing=Filing(desk.priorities, desk.categories),
        users=desk.users,
        fields=desk.fields,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _generic(desk: config.GenericDesk, client: Client, now: Callable[[], datetime]) -> GenericDesk:
    kind = FollowedGenericDesk if desk.follows else GenericDesk
    kind = WrittenGenericDesk if desk.writes else kind
    return kind(
        name=desk.name,
        url=desk.url,
        secrets=desk.secrets,
        client=client,
        now=now,
        ticket_url=desk.ticket_url,
        searchable=desk.searchable,
        settles_s=desk.settles_s,
    )


def _glpi(desk: config.GlpiDesk, client: Client, now: Callable[[], datetime]) -> GlpiDesk:
    login = GlpiLogin(
        url=desk.url,
        client_id=desk.client_id,
        client_secret=desk.client_secret.get_secret_value(),
        user=desk.user,
        password=desk.password.get_secret_value(),
        client=client,
        now=now,
    )
    return GlpiDesk(
        name=desk.name,
        url=desk.url,
        login=login,
        entity=desk.entity,
        category=desk.category,
        request_type=desk.request_type,
        type={"incident": 1, "request": 2}[desk.type],
        filing=Filing(desk.priorities, desk.categories),
        users=desk.users,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _osticket(
    desk: config.OsTicketDesk, client: Client, now: Callable[[], datetime]
) -> OsTicketDesk:
    return OsTicketDesk(
        name=desk.name,
        url=desk.url,
        key=desk.key.get_secret_value(),
        to=desk.to,
        sender=desk.sender,
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _rt(desk: config.RtDesk, client: Client, now: Callable[[], datetime]) -> RtDesk:
    return RtDesk(
        name=desk.name,
        url=desk.url,
        token=desk.token.get_secret_value(),
        queue=desk.queue,
        custom_field=desk.custom_field,
        filing=Filing(desk.priorities, desk.categories),
        category_field=desk.category_field,
        users=desk.users,
        opened=desk.opened,
        pending=desk.pending,
        closed=desk.closed,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _zammad(desk: config.ZammadDesk, client: Client, now: Callable[[], datetime]) -> ZammadDesk:
    return ZammadDesk(
        name=desk.name,
        url=desk.url,
        token=desk.token.get_secret_value(),
        group=desk.group,
        customer=desk.customer,
        custom_field=desk.custom_field,
        priority=desk.priority,
        states={state: getattr(desk.states, state) for state in TicketState},
        filing=Filing(desk.priorities, desk.categories),
        category_field=desk.category_field,
        users=desk.users,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _zendesk(desk: config.ZendeskDesk, client: Client, now: Callable[[], datetime]) -> ZendeskDesk:
    return ZendeskDesk(
        name=desk.name,
        url=desk.url,
        user=desk.user,
        token=desk.token.get_secret_value(),
        group=desk.group,
        requester=desk.requester,
        priority=desk.priority,
        filing=Filing(desk.priorities, desk.categories),
        category_field=desk.category_field,
        users=desk.users,
        talk_partner=desk.talk_partner,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _znuny(desk: config.ZnunyDesk, client: Client, now: Callable[[], datetime]) -> ZnunyDesk:
    return ZnunyDesk(
        name=desk.name,
        url=desk.url,
        web_service=desk.web_service,
        user=desk.user,
        password=desk.password.get_secret_value(),
        queue=desk.queue,
        customer=desk.customer,
        custom_field=desk.custom_field,
        priority=desk.priority,
        type=desk.type,
        states={state: getattr(desk.states, state) for state in TicketState},
        filing=Filing(desk.priorities, desk.categories),
        category_field=desk.category_field,
        users=desk.users,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
