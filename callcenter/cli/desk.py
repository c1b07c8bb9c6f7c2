"""``callcenter desk subscribe``."""

import asyncio
from datetime import UTC, datetime

import click

from callcenter.cli.options import config_option
from callcenter.config import BuiltinDesk, RemoteDesk, Settings
from callcenter.desks.desk import Subscribes
from callcenter.errors import CallcenterError
from callcenter.wiring.desks import remote_desk


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
