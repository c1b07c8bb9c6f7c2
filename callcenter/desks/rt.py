"""Request Tracker 5, by its REST2 interface.

The call's key is in a custom field of the ticket, where it can be searched. Two things RT does
without a word, and are looked for here: a custom field that the queue does not have is dropped from
a new ticket, and a search by one answers that there is no ticket.

Our own client asks, and not one of the packages for RT: a ticket is wanted with exactly one
request, and whoever repeats anything by itself makes two of them.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from callcenter.desks.client import Answer, Client, Shape, plain, read, refusal
from callcenter.desks.desk import DeskError, Draft, GoneError, RejectedError, TicketRef
from callcenter.desks.telling import told


class _Named(BaseModel):
    id: str
    name: str | None = None


class _Queue(BaseModel):
    TicketCustomFields: list[_Named] = []


class _Made(BaseModel):
    id: str


class _Ticket(BaseModel):
    EffectiveId: str


class _Found(BaseModel):
    items: list[_Ticket]


class _Value(BaseModel):
    name: str
    values: list[str]


class _Read(BaseModel):
    CustomFields: list[_Value] = []


class _Said(BaseModel):
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RtDesk:
    """A queue of a Request Tracker.

    ``custom_field`` is the name of the one that has the call's key. ``users`` has the RT user of an
    agent's login, where they are not the same.
    """

    name: str
    url: str
    token: str = field(repr=False)
    queue: str
    custom_field: str
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    users: Mapping[str, str] = field(default_factory=dict)
    settles_s: float = 0.0
    searchable: bool = True

    async def check(self) -> str:
        """See that the queue is there and has the custom field. Raises DeskError."""
        await self._require_field()
        return f"let us in; its queue {self.queue!r} has the custom field {self.custom_field!r}"

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter(await self._tickets(key)), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one: of a merged one the survivor, of a deleted none.

        Raises DeskError when one of them cannot be asked for.
        """
        found = {key: await self._tickets(key) for key in sorted(keys)}
        return {key: refs for key, refs in found.items() if refs}

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, then see that it has the call's key.

        Raises DeskError; RejectedError where RT made a ticket and dropped the key.
        """
        if draft.caller:
            await self._know(draft.caller)
        answer = await self._ask("POST", "ticket", self._wanted(draft))
        if answer.status != 201:
            raise self._refused(answer)
        number = self._read(_Made, answer).id
        await self._require_key(number, draft.key)
        return self._ref(number)

    def _wanted(self, draft: Draft) -> dict[str, object]:
        wanted: dict[str, object] = {
            "Queue": self.queue,
            "Subject": draft.title,
            "Content": told(draft),
            "ContentType": "text/plain",
            "CustomFields": {self.custom_field: draft.key},
        }
        if draft.caller:
            wanted["Requestor"] = draft.caller
        if draft.agent:
            wanted["Owner"] = self.users.get(draft.agent, draft.agent)
        return wanted

    async def _know(self, number: str) -> None:
        """Have a user of this name in RT: it drops a requestor who is neither one nor an address.

        One that is there is refused, and stays; asked for first, the number would be in an address.
        Where our user may not make one, the ticket goes without: its text has the number.
        """
        await self._ask("POST", "user", {"Name": number, "MobilePhone": number})

    async def _require_key(self, number: str, key: str) -> None:
        answer = await self._ask("GET", f"ticket/{quote(number, safe='')}")
        if answer.status != 200:
            raise DeskError(f"ticket {number} was made, but cannot be read: {_words(answer)}")
        fields = {one.name: one.values for one in self._read(_Read, answer).CustomFields}
        if key not in fields.get(self.custom_field, ()):
            raise RejectedError(
                f"ticket {number} was made without the id of its call: apply the custom field "
                f"{self.custom_field!r} to the queue {self.queue!r}, let our user see and modify "
                f"it, write {key} into it there, and have this call tried again"
            )

    async def _tickets(self, key: str) -> list[TicketRef]:
        # Named in the query, EffectiveId lets it give merged tickets too: they keep their key.
        query = f"CF.{{{self.custom_field}}} = '{_quoted(key)}' AND EffectiveId > 0"
        asked = urlencode({"query": query, "fields": "EffectiveId", "per_page": 100})
        answer = await self._ask("GET", f"tickets?{asked}")
        if answer.status != 200:
            raise self._error(answer)
        numbers = {int(ticket.EffectiveId) for ticket in self._read(_Found, answer).items}
        if not numbers:
            await self._require_field()  # without it RT finds nothing, whatever is there
        return [self._ref(str(number)) for number in sorted(numbers)]

    async def _require_field(self) -> None:
        answer = await self._ask("GET", f"queue/{quote(self.queue, safe='')}")
        if answer.status in (403, 404):
            raise GoneError(
                f"RT has no queue {self.queue!r} that our user may see: write its name into the "
                "configuration, and give the user of the token SeeQueue, CreateTicket, "
                "ShowTicket and OwnTicket there"
            )
        if answer.status != 200:
            raise self._error(answer)
        fields = {one.name for one in self._read(_Queue, answer).TicketCustomFields}
        if self.custom_field not in fields:
            raise RejectedError(
                f"the queue {self.queue!r} has no custom field {self.custom_field!r} that our user "
                "may see: make one for tickets (enter one value), apply it to the queue, and give "
                "the user of the token SeeCustomField and ModifyCustomField on it"
            )

    async def _ask(
        self, method: str, path: str, wanted: Mapping[str, object] | None = None
    ) -> Answer:
        headers = {"Authorization": f"token {self.token}", "Accept": "application/json"}
        body = None
        if wanted is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(wanted).encode()
        return await self.client.ask(method, f"{self.url}/REST/2.0/{path}", headers, body)

    def _read(self, shape: type[Shape], answer: Answer) -> Shape:
        return read(shape, answer, "Request Tracker 5")

    def _refused(self, answer: Answer) -> DeskError:
        """Why no ticket was made: 403 is what RT answers for a queue, too."""
        if answer.status != 403:
            return self._error(answer)
        return RejectedError(
            f"the desk answered 403: {_words(answer)}: write the queue's name into the "
            "configuration, or give the user of the token CreateTicket there"
        )

    def _error(self, answer: Answer) -> DeskError:
        return refusal(answer, _words(answer), self.now())

    def _ref(self, number: str) -> TicketRef:
        return TicketRef(number, f"{self.url}/Ticket/Display.html?id={quote(number, safe='')}")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _words(answer: Answer) -> str:
    try:
        return plain(_Said.model_validate_json(answer.body).message)
    except ValidationError:
        return ""
