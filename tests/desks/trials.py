"""Every kind of desk on trial: a new one is added to ``TRIALS``, and is one that conforms."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import standardwebhooks

from callcenter.db.engine import Database
from callcenter.desks.desk import Desk
from tests.desks.autotask.trial import autotask
from tests.desks.backend import Backend, served
from tests.desks.freshdesk_trial import freshdesk
from tests.desks.glpi_trial import glpi
from tests.desks.helpdesk import django_helpdesk
from tests.desks.osticket_trial import osticket
from tests.desks.remote import NEWER, OLDER, desk_at, real_now
from tests.desks.rt_trial import rt
from tests.desks.test_builtin import desk_on
from tests.desks.trial import Can, Filed, Kind, Remote, Trial, Webhook
from tests.desks.zammad_trial import zammad
from tests.desks.zendesk_trial import zendesk
from tests.desks.znuny_trial import znuny

ALL = frozenset(Can) - {Can.UNIQUE, Can.RECOGNISE}
"""What a desk can do that has all of it, but makes a ticket each time it is asked to."""


@asynccontextmanager
async def builtin(_folder: Path, database_url: str) -> AsyncIterator[Trial]:
    async with Database.open(database_url) as database:
        yield Trial(desk=desk_on(database))


@asynccontextmanager
async def unsearchable(folder: Path, database_url: str) -> AsyncIterator[Trial]:
    async with generic(folder, database_url, searchable=False) as trial:
        yield trial


@asynccontextmanager
async def followed(folder: Path, database_url: str) -> AsyncIterator[Trial]:
    async with generic(folder, database_url, follows=True) as trial:
        yield trial


@asynccontextmanager
async def written(folder: Path, database_url: str) -> AsyncIterator[Trial]:
    async with generic(folder, database_url, follows=True, writes=True) as trial:
        yield trial


@asynccontextmanager
async def generic(folder: Path, _database_url: str, **given: Any) -> AsyncIterator[Trial]:
    backend = Backend(folder / "tickets.db", [OLDER])
    async with served(backend) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[Desk]:
            async with desk_at(changed.pop("url", url), **(given | changed)) as desk:
                yield desk

        async def tickets(key: str) -> list[str]:
            return [number for one, number in backend.tickets() if one == key]

        async def filed(number: str) -> Filed:
            said = backend.said(number)
            return said["priority"], (said["category"], said["subcategory"])

        async def set_state(number: str, state: str) -> None:
            backend.set_state(number, state)

        async def delete(number: str) -> None:
            for key, one in backend.tickets():
                if one == number:
                    backend.delete(key)

        async def webhook(number: str) -> Webhook:
            body = json.dumps({"number": number})
            now, message = real_now(), f"msg_{uuid4().hex}"
            signature = standardwebhooks.Webhook(OLDER).sign(message, now, body)
            names = ("webhook-id", "webhook-timestamp", "webhook-signature")
            stamped = (message, str(int(now.timestamp())), signature)
            return dict(zip(names, stamped, strict=True)), body.encode()

        async with opens() as desk:
            remote = Remote(
                opens=opens,
                faults=backend.faults,
                tickets=tickets,
                denied={"secrets": [NEWER]},
                close=lambda number: set_state(number, "closed"),
                reopen=lambda number: set_state(number, "open"),
                delete=delete,
                webhook=webhook,
                filed=filed,
            )
            filed_as = ("high", ("Hardware", "Printer"))
            yield Trial(desk=desk, unknown="B9999", remote=remote, filed=filed_as)


TRIALS = [
    Kind(builtin, frozenset({Can.SEARCH, Can.UNIQUE})),
    Kind(generic, frozenset({Can.REMOTE, Can.SEARCH, Can.UNIQUE})),
    Kind(django_helpdesk, ALL - {Can.CONTACTS}),
    Kind(glpi, ALL - {Can.CONTACTS}),
    Kind(followed, ALL - {Can.WRITE, Can.CONTACTS} | {Can.UNIQUE}),
    Kind(written, ALL - {Can.CONTACTS} | {Can.UNIQUE}),
    Kind(unsearchable, frozenset({Can.REMOTE, Can.UNIQUE})),
    Kind(autotask, ALL - {Can.CONTACTS}),
    Kind(zammad, ALL),
    Kind(zendesk, ALL - {Can.CONTACTS} | {Can.UNIQUE}),
    Kind(freshdesk, ALL - {Can.CONTACTS}),
    Kind(rt, ALL - {Can.CONTACTS}),
    Kind(osticket, frozenset({Can.REMOTE, Can.UNIQUE, Can.RECOGNISE})),
    Kind(znuny, ALL - {Can.CONTACTS}),
]
