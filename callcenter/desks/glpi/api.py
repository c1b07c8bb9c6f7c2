"""What is asked of GLPI's high-level interface, version 2.

Three things it does without a word, and are looked for here: what our user may not see is not
found, what is in the bin is found like the rest, and its database compares names and numbers
without case and accents.

Whatever is searched for is in the address of the request: no caller's number is.
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from pydantic import ValidationError

from callcenter.desks.client import Answer, Shape, plain
from callcenter.desks.desk import DeskError, RejectedError
from callcenter.desks.glpi.login import Login
from callcenter.desks.glpi.shapes import (
    Entries,
    NamedOnes,
    Problem,
    Ticket,
    Tickets,
    Users,
)
from callcenter.desks.rest import Rest

PAGE = 100
"""Tickets in one answer."""

KEYS_AT_ONCE = 50
"""Looked for with one request: they are in its address, and web servers take some 8 kB of it."""

TICKETS = "/Assistance/Ticket"
USERS = "/Administration/User"

NOT_MADE = "Failed to create item(s)"
"""Says a 500 where GLPI itself refused: nothing was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glpi:
    """``rest`` has no login in it: that is added here."""

    rest: Rest
    login: Login

    async def ask(
        self, method: str, path: str, wanted: object = None, entity: int | None = None
    ) -> Answer:
        """Send one request; with another token where the one we had is valid no more.

        Nothing was done then: 401 is what GLPI answers before all else. ``entity``: within that one
        alone, and not in all that our user may see. Raises DeskError.
        """
        answer = await self._ask(method, path, wanted, entity)
        if answer.status == 401:
            self.login.forget()
            answer = await self._ask(method, path, wanted, entity)
        return answer

    async def fetch(
        self, shape: type[Shape], method: str, path: str, wanted: object = None
    ) -> Shape:
        """What is answered. Raises DeskError where it refuses."""
        return self.taken(shape, await self.ask(method, path, wanted))

    def taken(self, shape: type[Shape], answer: Answer) -> Shape:
        """What an answer gives. Raises DeskError where it refuses."""
        problem = _problem(answer)
        if answer.status == 500 and problem and problem.title == NOT_MADE:
            raise RejectedError(f"GLPI makes no such thing: {words(answer)}")
        return self.rest.taken(shape, answer)

    async def carrying(self, keys: Collection[str]) -> list[Ticket]:
        """The tickets that carry one of these keys, the oldest first; none of the bin."""
        wanted, found = sorted(keys), list[Ticket]()
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            some = ",".join(map(_quoted, wanted[start : start + KEYS_AT_ONCE]))
            async for page in self._pages(filter=f"external_id=in=({some})"):
                found += page
        carrying = (one for one in found if one.external_id in keys and not one.is_deleted)
        return sorted(carrying, key=lambda one: one.id)

    async def numbered(self, number: str) -> Ticket | None:
        """The ticket; None where it is gone, or in the bin."""
        if not number.isdecimal():
            return None
        answer = await self.ask("GET", f"{TICKETS}/{number}")
        if answer.status != 404:
            found = self.taken(Ticket, answer)
            return None if found.is_deleted else found
        if _problem(answer) is None:
            # So does any server at a wrong address: each ticket would be taken for deleted.
            raise DeskError("the desk answered 404, but not as GLPI 11 does: is url its address?")
        await self.require_sight()
        return None

    async def changes(self, since: datetime) -> list[Ticket]:
        """Those that changed since, the last one first; those of the bin too.

        Not by a condition: its database would compare with a time of its own zone.
        """
        found: list[Ticket] = []
        async for page in self._pages(sort="date_mod:desc,id:desc"):
            found += [one for one in page if one.date_mod >= since]
            if any(one.date_mod < since for one in page):
                break
        return found

    async def says(self, ticket: Ticket, words_: str) -> bool:
        """Whether one of its follow-ups has these words."""
        path = f"{TICKETS}/{ticket.id}/Timeline/Followup"
        found = await self.fetch(Entries, "GET", path)
        return any(words_ in entry.text for entry in found.root)

    async def id_of(self, path: str, column: str, name: str) -> int | None:
        """Of the one of a list that has this name there."""
        wanted = urlencode({"filter": f"{column}=={_quoted(name)}", "limit": PAGE})
        found = await self.listed(NamedOnes, f"{path}?{wanted}")
        return next((one.id for one in found.root if getattr(one, column) == name), None)

    async def user(self, login: str) -> int | None:
        """The id of the active user of this login."""
        wanted = urlencode({"filter": f"username=={_quoted(login)}", "limit": PAGE})
        found = (await self.listed(Users, f"{USERS}?{wanted}")).root
        active = (one for one in found if one.is_active and not one.is_deleted)
        return next((one.id for one in active if one.username == login), None)

    async def _pages(self, **asked: str) -> AsyncIterator[list[Ticket]]:
        start = 0
        while True:
            query = urlencode({**asked, "start": start, "limit": PAGE})
            page = (await self.listed(Tickets, f"{TICKETS}?{query}")).root
            yield page
            if len(page) < PAGE:
                return
            start += len(page)

    async def sees_any(self) -> bool:
        """Whether our user sees a ticket, of whomever."""
        return bool((await self.listed(Tickets, f"{TICKETS}?limit=1")).root)

    async def require_sight(self) -> None:
        """Raise DeskError where there is no ticket at all: what our user may not see is not found
        either."""
        if not await self.sees_any():
            raise DeskError(
                "GLPI shows our user no ticket at all: where it has any, give the user's profile "
                "the right to see all tickets, in the root entity and recursively"
            )

    async def one(self, shape: type[Shape], path: str) -> Shape | None:
        """What is there to read at a path; None: our user sees nothing there. Raises DeskError."""
        answer = await self.ask("GET", path)
        if answer.status == 404 and _problem(answer) is not None:
            return None
        return self.taken(shape, answer)

    async def listed(self, shape: type[Shape], path: str, entity: int | None = None) -> Shape:
        """A page of a search; 206 says that there is more. Raises DeskError."""
        answer = await self.ask("GET", path, entity=entity)
        if answer.status == 206:
            answer = Answer(200, answer.headers, answer.body)
        return self.taken(shape, answer)

    async def _ask(self, method: str, path: str, wanted: object, entity: int | None) -> Answer:
        headers = {"Authorization": f"Bearer {await self.login.token()}"}
        if entity is not None:
            headers |= {"GLPI-Entity": str(entity), "GLPI-Entity-Recursive": "false"}
        return await self.rest.ask(method, path, wanted, headers)


def words(answer: Answer) -> str:
    """Why it refuses, as GLPI has it."""
    problem = _problem(answer)
    if problem is None:
        return ""
    detail = [problem.detail] if isinstance(problem.detail, str) else []
    return plain(": ".join([problem.title, *detail, *_messages(problem)]))


def _messages(problem: Problem) -> list[str]:
    return [one.message for one in problem.additional_messages]


def _problem(answer: Answer) -> Problem | None:
    try:
        return Problem.model_validate_json(answer.body)
    except ValidationError:
        return None


def _quoted(text: str) -> str:
    """Its filters have no way to write a quote within the same quotes."""
    mark = "'" if '"' in text else '"'
    return f"{mark}{text}{mark}"
