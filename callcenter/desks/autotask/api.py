"""Autotask's REST interface: a company's zone, its envelopes, and how much may be asked at once."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from callcenter.desks.autotask.errors import error_of, words_of
from callcenter.desks.autotask.query import Condition, query, where
from callcenter.desks.autotask.shapes import Item, Made, Page, ZoneAnswer
from callcenter.desks.client import Answer, Client, Shape, read
from callcenter.desks.desk import DeniedError, DeskError, NotSentError
from callcenter.desks.kept import Kept

PRODUCT = "Autotask"

ZONE_KEPT = timedelta(hours=12)
"""So long a company's zone is believed: it may be moved to another."""

DENIED_MAX = 3
DENIED_PAUSE = timedelta(minutes=15)
"""Refused so often in a row, nothing is asked for so long: Autotask locks out who tries on."""

AT_ONCE = 2
"""Requests at once for one entity. Autotask takes three of an integration, and counts one for a
moment longer than its answer takes."""

ANSWER_MAX_BYTES = 8 * 1024 * 1024
"""A page has up to 500 records, and the fields of a ticket have every value of every picklist."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a company is asked (``api``) and read (``web``): no slash at their ends."""

    name: str
    api: str
    web: str


@dataclass(kw_only=True)
class Api:
    """``zones_url`` knows every company's zone, by the name of its API user."""

    zones_url: str
    username: str
    secret: str = field(repr=False)
    integration_code: str = field(repr=False)
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    _zone: Kept[Zone] = field(default_factory=lambda: Kept(ZONE_KEPT), init=False, repr=False)
    _denied: int = field(default=0, init=False)
    _denied_at: datetime | None = field(default=None, init=False)
    _turns: dict[str, asyncio.Semaphore] = field(default_factory=dict, init=False)

    async def zone(self) -> Zone:
        """The company's. Raises DeskError; DeniedError where none knows our API user."""
        return await self._zone.get(self.now(), self._ask_for_zone)

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """What is there to read at a path of the zone's. Raises DeskError."""
        return read(shape, await self._ask("GET", path), PRODUCT)

    async def item(self, path: str, shape: type[Shape]) -> Shape | None:
        """A record by its id, or None: it is not there. Raises DeskError."""
        found = (await self.get(path, Item)).item
        return None if found is None else _record(shape, found)

    async def query(self, entity: str, shape: type[Shape], *conditions: Condition) -> list[Shape]:
        """Every record that passes all conditions, in the order of their ids. Raises DeskError.

        Only the fields of ``shape`` are asked for; with those that a company defined, the whole
        record.
        """
        body = _query(shape, conditions)
        zone, found = await self.zone(), []
        url: str | None = f"{zone.api}/{entity}/query"
        while url:
            page = read(Page, await self._send("POST", url, entity, body), PRODUCT)
            found += [_record(shape, one) for one in page.items]
            url = _next(page, zone)
        return found

    async def page(
        self, entity: str, shape: type[Shape], after: int, *conditions: Condition
    ) -> tuple[list[Shape], bool]:
        """The first records of ids over ``after`` that pass, in the order of their ids; and
        whether more follow. Raises DeskError."""
        zone = await self.zone()
        body = _query(shape, [where("id", after, "gt"), *conditions])
        url = f"{zone.api}/{entity}/query"
        page = read(Page, await self._send("POST", url, entity, body), PRODUCT)
        found = [_record(shape, one) for one in page.items]
        return found, page.pageDetails.nextPageUrl is not None

    async def make(
        self, path: str, wanted: Mapping[str, object], in_name_of: int | None = None
    ) -> int:
        """Make a record with one request; give its id. ``in_name_of`` is a resource's.

        Raises DeskError.
        """
        return read(Made, await self._ask("POST", path, wanted, in_name_of), PRODUCT).itemId

    async def change(self, path: str, wanted: Mapping[str, object]) -> None:
        """Change some fields of a record, whose ``id`` is among them. Raises DeskError."""
        read(Made, await self._ask("PATCH", path, wanted), PRODUCT)

    async def _ask(
        self,
        method: str,
        path: str,
        wanted: Mapping[str, object] | None = None,
        in_name_of: int | None = None,
    ) -> Answer:
        zone = await self.zone()
        return await self._send(
            method, f"{zone.api}/{path}", entity_of(path), wanted, in_name_of=in_name_of
        )

    async def _send(
        self,
        method: str,
        url: str,
        entity: str,
        wanted: Mapping[str, object] | None = None,
        *,
        in_name_of: int | None = None,
    ) -> Answer:
        self._require_hope()
        headers = self._headers()
        if in_name_of is not None:
            # Only where something is made: a search in another's name is refused.
            headers["ImpersonationResourceId"] = str(in_name_of)
        body = None if wanted is None else json.dumps(wanted).encode()
        turn = self._turns.setdefault(entity, asyncio.Semaphore(AT_ONCE))
        try:
            async with turn:
                answer = await self.client.ask(method, url, headers, body, ANSWER_MAX_BYTES)
        except NotSentError:
            self._zone.forget()
            raise
        self._count_denial(answer)
        if answer.status != 200:
            raise error_of(answer, self.now())
        return answer

    def _count_denial(self, answer: Answer) -> None:
        self._denied = self._denied + 1 if answer.status == 401 else 0
        if self._denied:
            self._denied_at = self.now()
            self._zone.forget()  # so it answers, too, where the company is no more

    def _require_hope(self) -> None:
        until = self._denied_at and self._denied_at + DENIED_PAUSE
        if self._denied >= DENIED_MAX and until and self.now() < until:
            raise DeniedError(
                f"Autotask refused our API user {self._denied} times and is not asked before "
                f"{until:%H:%M} UTC, for it locks out who tries on: mend username, secret and "
                "integration_code, and start anew"
            )

    def _headers(self) -> dict[str, str]:
        return {
            "ApiIntegrationCode": self.integration_code,
            "UserName": self.username,
            "Secret": self.secret,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    async def _ask_for_zone(self) -> Zone:
        asked = urlencode({"user": self.username})
        url = f"{self.zones_url}/atservicesrest/v1.0/zoneInformation?{asked}"
        answer = await self.client.ask("GET", url, {"Accept": "application/json"})
        if answer.status == 500 and words_of(answer):
            raise DeniedError(
                f"Autotask has no zone for the API user {self.username!r} ({words_of(answer)}): "
                "write its user name into username, as its page under Resources has it"
            )
        if answer.status != 200:
            raise error_of(answer, self.now())
        found = read(ZoneAnswer, answer, PRODUCT)
        if urlsplit(found.url).scheme != urlsplit(self.zones_url).scheme:
            raise DeskError(f"Autotask's zone is at {found.url}, where no secret may be sent")
        return Zone(found.zoneName, f"{found.url.rstrip('/')}/V1.0", found.webUrl.rstrip("/"))


def entity_of(path: str) -> str:
    """The entity that a path is of, whose requests are counted together.

    ``Tickets/7/Notes`` are ``TicketNotes``.
    """
    first, *rest = [part for part in path.split("/") if not part.isdecimal()]
    is_child = bool(rest) and re.fullmatch("entityInformation|query", rest[0]) is None
    return f"{first.removesuffix('s')}{rest[0]}" if is_child else first


def _query(shape: type[BaseModel], conditions: Sequence[Condition]) -> Mapping[str, object]:
    is_whole = "userDefinedFields" in shape.model_fields
    return query(conditions, None if is_whole else list(shape.model_fields))


def _next(page: Page, zone: Zone) -> str | None:
    """Where the next page is: nowhere but in the zone, for our secret is sent there."""
    url = page.pageDetails.nextPageUrl
    if url and urlsplit(url)[:2] != urlsplit(zone.api)[:2]:
        raise DeskError(f"Autotask's next page is at {url}, which is not in its zone")
    return url


def _record(shape: type[Shape], found: Mapping[str, object]) -> Shape:
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        raise DeskError(f"Autotask's answer is not of the form of a {shape.__name__}") from error
