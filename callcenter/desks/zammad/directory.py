"""Zammad's organizations and users, a page at a time.

They are looked for by a condition on when they changed, which its database answers, in the order of
these times: what changes meanwhile moves to the end, and what is deleted moves nothing. The lists
that older versions have go by their length, and know no times.

An agent is a user, too. Who has no organization is left out by whoever takes them in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.desks.customers import given, id_of
from callcenter.desks.desk import RejectedError
from callcenter.desks.rest import Rest
from callcenter.desks.zammad.api import words
from callcenter.desks.zammad.shapes import Customer, Customers

PAGE = 100
"""In an answer: some hundred kilobytes."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)

NAMES: Mapping[Kind, str] = {Kind.COMPANY: "organization", Kind.CONTACT: "user"}
"""What it calls them: with an s where they are listed."""


@dataclass(frozen=True, slots=True)
class Position:
    """After the entries that changed before ``at``, and ``pages`` of those that did at it."""

    at: datetime
    pages: int = 0

    @classmethod
    def read(cls, text: str) -> "Position":
        """As ``str`` writes it."""
        at, pages = text.split()
        return cls(datetime.fromisoformat(at), int(pages))

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.pages}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """``rest`` asks as an agent: one sees all organizations and users."""

    rest: Rest

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of them, those that are not active too. Raises DeskError."""
        position = Position.read(after) if after else Position(since or EVER)
        found = await self._changed(kind, position)
        if any(one.updated_at < _whole_ms(position.at) for one in found) or (
            kind is Kind.CONTACT and since is None and after is None and not found
        ):
            raise RejectedError(
                "this Zammad finds no users by when they changed: version 6.5 is the first to "
                "give its directory"
            )
        rest = _after(position, found) if len(found) == PAGE else None
        return EntryPage([_entry(kind, one) for one in found], str(rest) if rest else None)

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """The organization or user with this id; None: it is deleted. Raises DeskError."""
        answer = await self.rest.ask("GET", f"/{NAMES[kind]}s/{int(entry_id)}")
        if answer.status == 404 and words(answer):
            return None
        return _entry(kind, self.rest.taken(Customer, answer))

    async def _changed(self, kind: Kind, position: Position) -> Sequence[Customer]:
        name = NAMES[kind]
        value = position.at.isoformat(timespec="milliseconds")
        asked = {
            "condition": {f"{name}.updated_at": {"operator": "after (absolute)", "value": value}},
            "sort_by": "updated_at,id",
            "order_by": "asc,asc",
            "page": position.pages + 1,
            "per_page": PAGE,
        }
        return (await self.rest.fetch(Customers, "POST", f"/{name}s/search", asked)).root


def _after(position: Position, found: Sequence[Customer]) -> Position:
    last = found[-1].updated_at
    return Position(last) if last > position.at else Position(position.at, position.pages + 1)


def _whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _entry(kind: Kind, one: Customer) -> Entry:
    if kind is Kind.COMPANY:
        return Entry(kind=kind, id=str(one.id), name=one.name, is_active=one.active)
    return Entry(
        kind=kind,
        id=str(one.id),
        name=" ".join(given(one.firstname, one.lastname)) or one.email or one.login,
        company=id_of(one.organization_id),
        is_active=one.active,
        email=one.email or None,
        numbers=given(one.phone, one.mobile),
    )
