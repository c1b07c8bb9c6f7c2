"""The configured desks, with the connections that they hold."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from callcenter import config
from callcenter.config import Settings
from callcenter.db.engine import Database
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.client import Client
from callcenter.desks.desk import Desk, TicketState
from callcenter.desks.django_helpdesk.desk import DjangoHelpdesk
from callcenter.desks.generic import GenericDesk
from callcenter.desks.rt import RtDesk
from callcenter.desks.zammad.desk import ZammadDesk


@asynccontextmanager
async def open_desks(
    settings: Settings, database: Database, url: str, now: Callable[[], datetime]
) -> AsyncIterator[Mapping[str, Desk]]:
    """Every desk by its name, until the end of the block. ``url`` is where our pages are."""
    zones = {line.name: ZoneInfo(line.timezone) for line in settings.lines}
    desks: dict[str, Desk] = {}
    async with AsyncExitStack() as opened:
        for desk in settings.desks:
            if isinstance(desk, config.BuiltinDesk):
                desks[desk.name] = BuiltinDesk(
                    name=desk.name, database=database, base_url=url, zones=zones, now=now
                )
            else:
                desks[desk.name] = await opened.enter_async_context(remote_desk(desk, now))
        yield desks


@asynccontextmanager
async def remote_desk(desk: config.RemoteDesk, now: Callable[[], datetime]) -> AsyncIterator[Desk]:
    """A desk over HTTP, with connections of its own."""
    async with Client.open(desk.timeout_s, desk.ca_file) as client:
        match desk:
            case config.DjangoHelpdesk():
                yield _django_helpdesk(desk, client, now)
            case config.GenericDesk():
                yield _generic(desk, client, now)
            case config.RtDesk():
                yield _rt(desk, client, now)
            case config.ZammadDesk():
                yield _zammad(desk, client, now)


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
        users=desk.users,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _generic(desk: config.GenericDesk, client: Client, now: Callable[[], datetime]) -> GenericDesk:
    return GenericDesk(
        name=desk.name,
        url=desk.url,
        secrets=desk.secrets,
        client=client,
        now=now,
        ticket_url=desk.ticket_url,
        searchable=desk.searchable,
        settles_s=desk.settles_s,
    )


def _rt(desk: config.RtDesk, client: Client, now: Callable[[], datetime]) -> RtDesk:
    return RtDesk(
        name=desk.name,
        url=desk.url,
        token=desk.token.get_secret_value(),
        queue=desk.queue,
        custom_field=desk.custom_field,
        users=desk.users,
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
        users=desk.users,
        webhook_secret=_revealed(desk.webhook_secret),
        client=client,
        now=now,
        settles_s=desk.settles_s,
    )


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
