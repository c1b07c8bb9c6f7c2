"""What is asked of Znuny's generic interface.

Refusals are answered 200, with an error. Two things it does without a word, and are looked for
here: a search by a dynamic field that it does not have finds every ticket, and what our user may
not read is not found.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from pydantic import ValidationError

from callcenter.desks.client import Answer, Shape, plain
from callcenter.desks.desk import DeniedError, DeskError, GoneError, RejectedError
from callcenter.desks.rest import Rest
from callcenter.desks.znuny.shapes import (
    Found,
    Histories,
    Made,
    Problem,
    Refused,
    Ticket,
    Tickets,
)

PAGE = 100
"""Tickets read with one request."""

KEYS_AT_ONCE = 50
"""Looked for with one request."""

FOUND_MAX = 500
"""Tickets of one search."""

CHANGED_MAX = 10_000
"""Of one for what changed: beyond them the next one gets on."""

MERGED, REMOVED = "merged", "removed"
"""Types of states, as every Znuny has them."""

MERGERS_MAX = 20
"""A ticket that was merged more often one after the other was merged in a circle."""

REFUSALS = ("MissingParameter", "InvalidParameter", "WrongStructure", "AccessDenied")
"""Errors that come before anything is done."""

Named = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Znuny:
    """``custom_field`` is the dynamic field of tickets that has the call's key.

    ``user`` and ``password`` are in the body of every request.
    """

    rest: Rest
    user: str
    password: str = field(repr=False)
    queue: str
    custom_field: str

    async def make(self, wanted: Named) -> Made:
        """A ticket."""
        return await self._do(Made, "TicketCreate", wanted)

    async def write(self, ticket: Ticket, wanted: Named) -> None:
        """Into a ticket."""
        await self._do(Made, "TicketUpdate", {"TicketID": ticket.TicketID, **wanted})

    async def minds(self, ticket: Named) -> str:
        """What is wrong with such a ticket, in Znuny's words. None is made: it has no text, which
        is what Znuny minds last."""
        try:
            await self.make({"Ticket": ticket, "Article": {"Subject": "callcenter check"}})
        except RejectedError as error:
            return "" if "Article->" in str(error) else str(error)
        raise DeskError("Znuny makes tickets without a text: is its web service the one of ours?")

    async def carrying(self, keys: Collection[str]) -> list[Ticket]:
        """The tickets that carry one of these keys, the oldest first, merged ones too."""
        wanted, ids = sorted(keys), list[str]()
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            some = {"Equals": wanted[start : start + KEYS_AT_ONCE]}
            ids += await self._search({f"DynamicField_{self.custom_field}": some})
        found = await self._read(ids)
        folded = {key.casefold() for key in keys}  # as its database compares
        if any((one.value(self.custom_field) or "").casefold() not in folded for one in found):
            raise RejectedError(
                f"its tickets have no valid dynamic field {self.custom_field!r}: add one for "
                "tickets, of type Text"
            )
        return [one for one in found if one.value(self.custom_field) in keys]

    async def numbered(self, number: str) -> Ticket | None:
        """The ticket, or the one that it was merged into; None where it is gone."""
        if not number.isalnum():
            return None  # a search would take some of its letters for any
        found = await self._read(await self._search({"TicketNumber": [number]}))
        ticket = next((one for one in found if one.TicketNumber == number), None)
        if ticket is None:
            await self.require_sight()
            return None
        return await self.survivor(ticket)

    async def survivor(self, ticket: Ticket) -> Ticket | None:
        """The ticket itself, or the one that it was merged into; None where that was removed."""
        for _ in range(MERGERS_MAX):
            if ticket.StateType != MERGED:
                return None if ticket.StateType == REMOVED else ticket
            (ticket,) = await self._read([await self._merged_into(ticket)])
        raise DeskError(f"ticket {ticket.TicketNumber} was merged in a circle")

    async def changes(self, since: datetime) -> list[Ticket]:
        """Those that changed since, the first of them, in the order of their changes.

        The time is told as an age: Znuny may have a time zone of its own.
        """
        age = max(timedelta(), self.rest.now() - since)
        minutes = ceil(age.total_seconds() / 60) + 1
        order = {"SortBy": "Changed", "OrderBy": "Up", "Limit": CHANGED_MAX}
        ids = await self._search({"TicketLastChangeTimeNewerMinutes": str(minutes), **order})
        found: list[Ticket] = []
        for start in range(0, len(ids), PAGE):
            read = await self._read(ids[start : start + PAGE])
            found += (one for one in read if one.Changed >= since)
            if any(one.Changed > since for one in found):
                break
        return sorted(found, key=lambda one: one.Changed)

    async def says(self, ticket: Ticket, words: str) -> bool:
        """Whether one of its articles has these words."""
        found = await self._read([ticket.TicketID], AllArticles=1)
        return any(words in (one.Body or "") for ticket in found for one in ticket.Article)

    async def sees_any(self) -> bool:
        """Whether our user sees a ticket in the queue."""
        return bool(await self._search({"Queues": [self.queue], "Limit": 1}))

    async def require_field(self, name: str) -> None:
        """Raise RejectedError where tickets have no such dynamic field, as far as one shows it."""
        found = await self._read(await self._search({"Queues": [self.queue], "Limit": 1}))
        if not all(ticket.has(name) for ticket in found):
            raise RejectedError(
                f"category_field: its tickets have no valid dynamic field {name!r}: add one for "
                "tickets, of type Dropdown"
            )

    async def require_sight(self) -> None:
        """Raise DeskError where there is no ticket: what our user may not read is not found."""
        if not await self.sees_any():
            raise DeskError(
                f"Znuny shows our user no ticket in the queue {self.queue!r}: where it has any, "
                "give the user the right ro there, and wherever its tickets are moved to"
            )

    async def _merged_into(self, ticket: Ticket) -> str:
        """The id: its history says "Merged Ticket (number/id) to (number/id)", or these four."""
        asked = {"TicketID": ticket.TicketID}
        (found,) = (await self._do(Histories, "TicketHistoryGet", asked)).TicketHistory
        merged = [one.Name for one in found.History if one.HistoryType == "Merged"]
        numbers: list[str] = re.findall(r"\d+", merged[-1]) if merged else []
        if len(numbers) < 2:
            raise DeskError(f"ticket {ticket.TicketNumber} was merged, nobody knows into which")
        return numbers[-1]

    async def _search(self, wanted: Named) -> list[str]:
        everywhere = {"SearchInArchive": "AllTickets", "Limit": FOUND_MAX}
        return (await self._do(Found, "TicketSearch", {**everywhere, **wanted})).TicketID

    async def _read(self, ids: Collection[str], **more: object) -> list[Ticket]:
        wanted = sorted(ids, key=int)
        found: list[Ticket] = []
        for start in range(0, len(wanted), PAGE):
            asked = {"TicketID": wanted[start : start + PAGE], "DynamicFields": 1, **more}
            found += (await self._do(Tickets, "TicketGet", asked)).Ticket
        return found

    async def _do(self, shape: type[Shape], operation: str, wanted: Named) -> Shape:
        login = {"UserLogin": self.user, "Password": self.password}
        answer = await self.rest.ask("POST", f"/{operation}", {**login, **wanted})
        if answer.status == 200 and (problem := _problem(answer)):
            raise _refusal(problem)
        if answer.status == 404:
            raise GoneError(
                "the desk answered 404: write the address of Znuny's pages without index.pl into "
                "url, and import our web service there"
            )
        return self.rest.taken(shape, answer)


def words(answer: Answer) -> str:
    """What it says beside an error of HTTP: a line of text."""
    is_text = answer.headers.get("Content-Type", "").startswith("text/plain")
    return plain(answer.body.decode(errors="replace")) if is_text else ""


def _refusal(problem: Problem) -> DeskError:
    told = plain(problem.ErrorMessage or problem.ErrorCode)
    kind = problem.ErrorCode.rpartition(".")[2]
    if kind == "AuthFail":
        return DeniedError(f"{told} Write the login and the password of an agent")
    return RejectedError(told) if kind in REFUSALS else DeskError(told)


def _problem(answer: Answer) -> Problem | None:
    try:
        return Refused.model_validate_json(answer.body).Error
    except ValidationError:
        return None
