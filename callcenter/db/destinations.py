"""Who is told by webhook: what is looked after on the administration's page.

A destination that is switched off keeps its place in the journal: switched on again, it is told
what happened meanwhile, as far back as the journal goes.

One that is a Zammad's caller log has the token of its address for a secret, and is told of calls
alone.
"""

import base64
import json
import re
import secrets as randomness
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.delivery import Why
from callcenter.db import journal, trail, versions
from callcenter.db.entries import EntryError, GoneError, checked, held, refuse_taken
from callcenter.db.schema import webhook_destinations as table
from callcenter.db.trail import Action, By
from webhooks import WebhookType, cti
from webhooks.signature import SECRET_PREFIX, SecretError, key_of


class Kind(StrEnum):
    """In which form a destination is told."""

    STANDARD = "standard"  # Standard Webhooks: what was subscribed, signed
    ZAMMAD_CTI = "zammad_cti"  # the caller log of a Zammad


URL_MAX = 2000

SECRET_BYTES = 32

IS_THERE = table.c.removed_at.is_(None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator writes. ``lines`` None is every line.

    ``is_ours``: the host is in our own network, and may have a private address. ``kind`` stays as
    it was when it was added; ``url`` of Zammad's caller log may have its token in it.
    """

    name: str
    url: str
    types: tuple[WebhookType, ...]
    lines: tuple[str, ...] | None = None
    is_ours: bool = False
    kind: Kind = Kind.STANDARD


@dataclass(frozen=True, slots=True)
class Destination:
    """Who is told. ``secrets`` are all valid, the newest first; ``journal_seq`` is the last entry
    that was looked at."""

    id: int
    name: str
    url: str
    types: tuple[WebhookType, ...]
    lines: tuple[str, ...] | None
    secrets: tuple[str, ...] = field(repr=False)
    allowed_host: str | None
    journal_seq: int
    failing_since: datetime | None
    accepted_at: datetime | None
    held_until: datetime | None
    disabled_at: datetime | None
    disabled_because: Why | None
    kind: Kind = Kind.STANDARD

    @property
    def may_be_private(self) -> bool:
        """Whether its host was allowed, by name, to have an address of our own network."""
        return self.allowed_host is not None and self.allowed_host == _host(self.url)


async def every(connection: AsyncConnection) -> list[Destination]:
    """All of them, by name."""
    query = select(table).where(IS_THERE).order_by(table.c.name)
    rows = await connection.execute(query)
    return [_destination(row) for row in rows]


async def get(connection: AsyncConnection, key: int) -> Destination | None:
    """The destination with this id."""
    query = select(table).where(table.c.id == key, IS_THERE)
    row = (await connection.execute(query)).one_or_none()
    return _destination(row) if row else None


async def enabled(connection: AsyncConnection) -> set[int]:
    """The ids of those that are to be told."""
    query = select(table.c.id).where(table.c.disabled_at.is_(None))
    return set((await connection.execute(query)).scalars())


def new_secret() -> str:
    """A secret that nobody has."""
    return SECRET_PREFIX + base64.b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


async def add(connection: AsyncConnection, wanted: Wanted, secret: str, by: By) -> int:
    """Add a destination, and give its id. It is told what happens from now on.

    ``secret`` signs; a caller log has its token in its address. Raises EntryError.
    """
    wanted, token = _split(wanted)
    wanted = _checked(wanted)
    secret = _checked_secret(secret) if wanted.kind is Kind.STANDARD else _checked_token(token)
    await refuse_taken(connection, table, wanted.name)
    values = {
        **_values(wanted),
        "kind": wanted.kind.value,
        "secrets": json.dumps([secret]),
        "journal_seq": await journal.last_seq(connection),
    }
    statement = insert(table).values(values).returning(table.c.id)
    key = int((await connection.execute(statement)).scalar_one())
    await _note(connection, Action.WEBHOOK_ADDED, key, wanted.name, by)
    return key


async def change(
    connection: AsyncConnection, key: int, wanted: Wanted, *, version: str, by: By
) -> None:
    """Write it anew. Raises EntryError, and StaleError for an old ``version``."""
    before = await _held(connection, key)
    versions.require(version, *_told(before).values())
    wanted, token = _split(replace(wanted, kind=before.kind))
    wanted = _checked(wanted)
    await refuse_taken(connection, table, wanted.name, table.c.id != key)
    await connection.execute(update(table).where(table.c.id == key).values(_values(wanted)))
    after = await get(connection, key)
    if after and (changes := trail.changed(_told(before), _told(after))):
        about, action = f"webhook:{key}", Action.WEBHOOK_CHANGED
        await trail.note_change(
            connection, action, by, about=about, changes=changes, webhook=wanted.name
        )
    if token and token not in before.secrets:
        await _keep(connection, key, [_checked_token(token)])
        await _note(connection, Action.WEBHOOK_SECRET_ADDED, key, wanted.name, by)


async def rotate(connection: AsyncConnection, key: int, secret: str, by: By) -> None:
    """Sign with a new secret too. The one before stays valid beside it; an older one is none any
    more. Sent twice, it is done once. Raises EntryError.
    """
    destination = await _held(connection, key)
    secret = _checked_secret(secret)
    if secret in destination.secrets:
        return
    await _keep(connection, key, [secret, destination.secrets[0]])
    await _note(connection, Action.WEBHOOK_SECRET_ADDED, key, destination.name, by)


async def end_rotation(connection: AsyncConnection, key: int, by: By) -> None:
    """Sign with the newest secret alone. Raises GoneError."""
    destination = await _held(connection, key)
    if len(destination.secrets) > 1:
        await _keep(connection, key, [destination.secrets[0]])
        await _note(connection, Action.WEBHOOK_SECRET_REMOVED, key, destination.name, by)


async def switch_on(connection: AsyncConnection, key: int, by: By) -> None:
    """Tell it again, what it missed first. Raises GoneError."""
    destination = await _held(connection, key)
    if destination.disabled_at is None:
        return
    nothing = dict.fromkeys(("disabled_at", "disabled_because", "failing_since", "held_until"))
    await connection.execute(update(table).where(table.c.id == key).values(nothing))
    await _note(connection, Action.WEBHOOK_SWITCHED_ON, key, destination.name, by)


async def switch_off(connection: AsyncConnection, key: int, why: Why, by: By) -> bool:
    """Tell it nothing more; False where that was so already. Raises GoneError."""
    destination = await _held(connection, key)
    if destination.disabled_at is not None:
        return False
    values = {"disabled_at": by.now, "disabled_because": why.value}
    await connection.execute(update(table).where(table.c.id == key).values(values))
    await _note(
        connection, Action.WEBHOOK_SWITCHED_OFF, key, destination.name, by, reason=why.value
    )
    return True


def version_of(destination: Destination) -> str:
    """What a form about a destination begins with."""
    return versions.version_of(*_told(destination).values())


def _split(wanted: Wanted) -> tuple[Wanted, str]:
    """Without the token of a caller log's address, and the token."""
    if wanted.kind is Kind.STANDARD:
        return wanted, ""
    url, token = cti.split(wanted.url)
    return replace(wanted, url=url, types=tuple(cti.EVENTS)), token


def _checked(wanted: Wanted) -> Wanted:
    checked("name", wanted.name)
    checked("url", wanted.url, most=URL_MAX)
    try:
        parts = urlsplit(wanted.url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        has_host = False
    is_plain = wanted.url.isprintable() and " " not in wanted.url
    if not has_host or not is_plain or parts.username is not None or parts.fragment:
        raise EntryError("url", "form", "this is no address: write it with https:// and its host")
    if wanted.kind is Kind.ZAMMAD_CTI and not parts.path.endswith(cti.PATH):
        raise EntryError("url", "endpoint", f"this has no {cti.PATH}: copy it from Zammad")
    if parts.scheme != "https" and not (parts.scheme == "http" and wanted.is_ours):
        raise EntryError("url", "scheme", "http:// is for our own network: write https://")
    if not wanted.types:
        raise EntryError("types", "missing", "nothing is chosen: choose what it is to be told")
    return wanted


def _values(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "url": wanted.url,
        "types": json.dumps([kind.value for kind in wanted.types]),
        "lines": None if wanted.lines is None else json.dumps(wanted.lines),
        "allowed_host": _host(wanted.url) if wanted.is_ours else None,
    }


def _told(destination: Destination) -> dict[str, str | None]:
    """What the trail says of it."""
    lines = destination.lines
    return {
        "name": destination.name,
        "url": destination.url,
        "types": ", ".join(destination.types),
        "lines": None if lines is None else ", ".join(lines),
        "allowed_host": destination.allowed_host,
    }


def _host(url: str) -> str | None:
    return urlsplit(url).hostname


def _checked_secret(secret: str) -> str:
    try:
        key_of(secret)
    except SecretError as error:
        raise EntryError("secret", "form", f"the secret {error}") from error
    return secret


def _checked_token(token: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", token):
        raise EntryError("url", "token", "there is no token at its end: copy it from Zammad")
    return token


async def _held(connection: AsyncConnection, key: int) -> Destination:
    row = await held(connection, table, key)
    if row.removed_at is not None:
        raise GoneError
    return _destination(row)


async def _keep(connection: AsyncConnection, key: int, secrets: list[str]) -> None:
    values = {"secrets": json.dumps(secrets)}
    await connection.execute(update(table).where(table.c.id == key).values(values))


async def _note(
    connection: AsyncConnection, action: Action, key: int, name: str, by: By, **data: str
) -> None:
    about = f"webhook:{key}"
    await trail.note(
        connection, action, now=by.now, actor=by.actor, about=about, webhook=name, **data
    )


def _destination(row: Row[Any]) -> Destination:
    return Destination(
        id=row.id,
        name=row.name,
        url=row.url,
        types=tuple(WebhookType(kind) for kind in json.loads(row.types)),
        lines=None if row.lines is None else tuple(json.loads(row.lines)),
        secrets=tuple(json.loads(row.secrets)),
        allowed_host=row.allowed_host,
        journal_seq=row.journal_seq,
        failing_since=row.failing_since,
        accepted_at=row.accepted_at,
        held_until=row.held_until,
        disabled_at=row.disabled_at,
        disabled_because=Why(row.disabled_because) if row.disabled_because else None,
        kind=Kind(row.kind),
    )
