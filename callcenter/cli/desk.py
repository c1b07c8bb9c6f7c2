"""``callcenter desk subscribe`` and ``callcenter desk scrip``."""

import asyncio
from datetime import UTC, datetime

import click

from callcenter.cli.options import config_option
from callcenter.config import BuiltinDesk, RemoteDesk, RtDesk, Settings
from callcenter.desks.desk import Subscribes
from callcenter.desks.rt.scrip import script
from callcenter.errors import CallcenterError
from callcenter.wiring.remote_desks import remote_desk


class NotSubscribedError(CallcenterError):
    """There is no such desk, or it is told of webhooks in another way."""

    code = "not_subscribed"


@click.group
def desk() -> None:
    """The ticketing backends."""


@desk.command
@click.argument("name")
@config_option
def subscribe(settings: Settings, name: str) -> None:
    """Have the desk called NAME send its webhooks to this service.

    Done again it changes nothing, but what somebody changed there, or what is missing.

    \b
    Example:
      callcenter desk subscribe autotask
    """
    click.echo(asyncio.run(subscribe_to(settings, name)))


@desk.command
@click.argument("name")
@config_option
def scrip(settings: Settings, name: str) -> None:
    """Write the script that has the Request Tracker called NAME tell this service of changes.

    It is for RT's own machine, and says how it is run; it contains the webhook_secret.

    \b
    Example:
      callcenter desk scrip rt > scrip.pl
    """
    table = _table(settings, name)
    if not isinstance(table, RtDesk):
        raise NotSubscribedError(f"the desk {name!r} is no Request Tracker")
    if table.webhook_secret is None:
        raise NotSubscribedError(f"the desk {name!r} has no webhook_secret: write one first")
    url = f"{settings.http.url}/hooks/{name}"
    click.echo(script(url, table.webhook_secret.get_secret_value()))


async def subscribe_to(settings: Settings, name: str) -> str:
    """What there is now at the desk. Raises NotSubscribedError, or DeskError."""
    async with remote_desk(_table(settings, name), lambda: datetime.now(UTC)) as opened:
        if not isinstance(opened, Subscribes):
            raise NotSubscribedError(
                f"the desk {name!r} is not told by us where to send webhooks: its page in "
                "docs/desks says how"
            )
        return await opened.subscribe(f"{settings.http.url}/hooks/{name}")


def _table(settings: Settings, name: str) -> RemoteDesk:
    remote = [one for one in settings.desks if not isinstance(one, BuiltinDesk)]
    for one in remote:
        if one.name == name:
            return one
    names = ", ".join(repr(one.name) for one in remote) or "none"
    raise NotSubscribedError(f"no desk over a network is called {name!r}: there is {names}")
