"""The configured desks, with the connections that they hold."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TypeGuard
from zoneinfo import ZoneInfo

from callcenter import config
from callcenter.config import Settings
from callcenter.config.desks.remote import CustomersTable, FollowedTable
from callcenter.db.desk_events import NewEvent
from callcenter.db.engine import Database
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Desk, HasDirectory, Hears
from callcenter.desks.follower import DeskFollower
from callcenter.desks.synchroniser import Synchroniser
from callcenter.web.context import Hear
from callcenter.wiring.remote_desks import remote_desk


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
