"""Any backend that speaks our own small contract: a signed webhook out, the ticket's number back.

``POST url`` wants a ticket for a call, ``GET url/<id of the call>`` asks for the one it has. The
shapes and the signature are in ``webhooks``, and told to those who write the other side in the
README.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from callcenter.desks.client import Answer, Client, answered_at, plain, refusal
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    RateLimitedError,
    RejectedError,
    TicketRef,
)
from callcenter.desks.together import together
from webhooks import Refusal, TicketAnswer, WantedTicket
from webhooks.signature import TOLERANCE_S, sign

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericDesk:
    """A desk over HTTP.

    ``ticket_url`` is where people read a ticket, with ``{number}`` in it, for a desk that does not
    say so itself. One that is not ``searchable`` cannot tell which call has a ticket.
    """

    name: str
    url: str
    secrets: Sequence[str] = field(repr=False)
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    ticket_url: str | None = None
    searchable: bool = True
    settles_s: float = 0.0

    async def check(self) -> str:
        """Ask for the ticket of a call that never was, and say what came. Raises DeskError."""
        answer = await self._get(str(uuid4()))
        if not self.searchable:
            if answer.status in (401, 403):
                raise self._error(answer)
            return f"reached, answered {answer.status}; it is not searchable"
        if answer.status == 200:
            raise DeskError(
                "it has a ticket for a call that never was: let it answer 404 where it has none"
            )
        self._found(answer)
        return "accepted our signature, and has no ticket for a call that never was"

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call. Raises DeskError; RejectedError when it cannot be searched."""
        if not self.searchable:
            raise RejectedError(
                f"whether it has a ticket of this call is not known, and it is not searchable: "
                f"look there for the id {key}, and if there is none have this call tried again"
            )
        return self._found(await self._get(key))

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The ticket of each key that has one: of a merged one the desk answers the survivor.

        Raises DeskError when one of them cannot be asked for.
        """
        if not self.searchable:
            raise RejectedError("which calls it has tickets of is not known: it is not searchable")
        found = await together(self.find, keys)
        return {key: [ref] for key, ref in found.items() if ref is not None}

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, or be given the one that is there."""
        body = _wanted(draft).model_dump_json().encode()
        headers = {"Content-Type": JSON, "Accept": JSON, **self._signed(draft.key, body)}
        answer = await self.client.ask("POST", self.url, headers, body)
        if 200 <= answer.status < 300:
            return self._ref(answer)
        if answer.status == 409 and is_shape(TicketAnswer, answer):
            return self._ref(answer)
        raise self._error(answer)

    async def _get(self, key: str) -> Answer:
        return await self._ask(f"{self.url}/{quote(key, safe='')}", key)

    async def _ask(self, url: str, message_id: str) -> Answer:
        headers = {"Accept": JSON, **self._signed(message_id, b"")}
        return await self.client.ask("GET", url, headers)

    def _signed(self, key: str, body: bytes) -> dict[str, str]:
        return sign(self.secrets, key, self.now(), body)

    def _found(self, answer: Answer) -> TicketRef | None:
        if answer.status == 200:
            return self._ref(answer)
        if answer.status not in (404, 410):
            raise self._error(answer)
        if not is_shape(Refusal, answer):
            # So does any server at a wrong address, or one whose backend is just being replaced:
            # each ticket would be taken for deleted.
            raise DeskError(
                f"the desk answered {answer.status}, but not that it has no such ticket: "
                'is url its address, and does it answer {"error": "..."}?'
            )
        return None

    def _ref(self, answer: Answer) -> TicketRef:
        try:
            ticket = TicketAnswer.model_validate_json(answer.body)
        except ValidationError as error:
            raise DeskError(
                f"the desk answered {answer.status}, but no ticket as agreed: {mistake(error)}"
            ) from error
        if url := ticket.url or self._url_of(ticket.number):
            return TicketRef(ticket.number, url)
        raise DeskError(
            f"the desk has ticket {ticket.number}, but not where it is read: "
            "let it answer a url, or write ticket_url into the configuration"
        )

    def _url_of(self, number: str) -> str | None:
        return self.ticket_url and self.ticket_url.replace("{number}", quote(number, safe=""))

    def _error(self, answer: Answer) -> DeskError:
        error = refusal(answer, _words(answer), self.now())
        apart_s = self._clocks_apart_s(answer)
        if isinstance(error, DeniedError) and apart_s > TOLERANCE_S:
            # No signature of ours is valid there until a clock is set; then they all are.
            return RateLimitedError(
                f"{error} (its clock and ours are {apart_s:.0f} s apart: set them)"
            )
        return error

    def _clocks_apart_s(self, answer: Answer) -> float:
        theirs = answered_at(answer)
        return abs((theirs - self.now()).total_seconds()) if theirs else 0.0


def _wanted(draft: Draft) -> WantedTicket:
    return WantedTicket(
        id=draft.key,
        line=draft.line,
        title=draft.title,
        answered_at=draft.answered_at,
        caller=draft.caller,
        company=draft.company,
        contact=draft.contact,
        contract=draft.contract,
        agent=draft.agent,
        account_owner=draft.account_owner,
        source="phone" if draft.text is None else "alert",
        text=draft.text,
    )


def is_shape(shape: type[BaseModel], answer: Answer) -> bool:
    """Whether the answer is one as agreed."""
    try:
        shape.model_validate_json(answer.body)
    except ValidationError:
        return False
    return True


def _words(answer: Answer) -> str:
    """Why, as the desk has it: its ``error``, or its text. A page is not for people to read."""
    try:
        return plain(Refusal.model_validate_json(answer.body).error)
    except ValidationError:
        is_text = answer.headers.get("Content-Type", "").startswith("text/plain")
        return plain(answer.body.decode(errors="replace")) if is_text else ""


def mistake(error: ValidationError) -> str:
    """The first of its mistakes, without what stands there."""
    first = error.errors(include_url=False, include_input=False)[0]
    return plain(": ".join([*map(str, first["loc"]), first["msg"]]))
