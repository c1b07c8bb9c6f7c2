"""osTicket as a desk, which makes tickets and does nothing else.

Its interface has no way to ask for a ticket, and what it is sent as JSON it makes again as often as
it is asked. So each call is sent to it as an e-mail, by the same interface: one whose Message-ID it
has seen it takes for the same, and answers with the ticket that is there. The price: a ticket's
source is "Email", and its department and topic are those of the address that it is sent to.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import ClassVar

from callcenter.desks.client import Answer, Client, plain, refusal
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    RejectedError,
    TicketRef,
)
from callcenter.desks.telling import told

NUMBER = re.compile(r"[\w.-]{1,64}")
"""A ticket's number, by whatever sequence a site has."""

REFUSED = "Unable to create new ticket"
"""How it begins to say why it made none, also by a 500."""

UNKNOWN = "unknown error"
"""What it says where it does not know that itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OsTicketDesk:
    """An osTicket, by its key.

    ``to`` is one of its own addresses, to which tickets are sent; ``sender`` is whose they are
    where nobody knows an address of the caller.
    """

    no_directory: ClassVar = "its interface reads nothing"

    name: str
    url: str
    key: str = field(repr=False)
    to: str
    sender: str
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    settles_s: float = 0.0
    searchable: bool = False
    recognises: bool = True

    async def check(self) -> str:
        """See that the key is good, by a request that nothing is made of. Raises DeskError."""
        answer = await self._post("tickets.json", b"")
        if answer.status == 400:
            return f"let our key in; whether {self.to} is an address of its own it does not tell"
        if answer.status == 404:
            raise GoneError("nothing is at /api there: write the address of its pages into url")
        raise self._error(answer)

    async def find(self, key: str) -> TicketRef | None:
        """It cannot be asked. Raises RejectedError."""
        raise RejectedError(
            f"whether it has a ticket of this call is not known, and it cannot be asked: look "
            f"there for the id {key}, or have this call tried again, which makes no second one"
        )

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """It cannot be asked. Raises RejectedError."""
        raise RejectedError(f"which of {len(keys)} calls it has tickets of it cannot be asked")

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, or be given the one that is there. Raises DeskError."""
        answer = await self._post("tickets.email", self._message(draft).as_bytes())
        if answer.status != 201:
            raise self._error(answer)
        number = answer.body.decode(errors="replace").strip()
        if not NUMBER.fullmatch(number):
            raise DeskError("the desk answered 201, but no number of a ticket: is url its address?")
        return TicketRef(number, f"{self.url}/scp/tickets.php?number={number}")

    async def _post(self, path: str, body: bytes) -> Answer:
        headers = {"X-API-Key": self.key, "Content-Type": "message/rfc822"}
        return await self.client.ask("POST", f"{self.url}/api/{path}", headers, body)

    def _message(self, draft: Draft) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = f"<{draft.key}@callcenter>"
        message["From"] = self._sender(draft)
        message["To"] = self.to
        # A "#" and the number of another ticket of the same sender would make it an answer to that.
        message["Subject"] = plain(draft.title.replace("#", " "))
        message.set_content(told(draft), cte="base64")
        return message

    def _sender(self, draft: Draft) -> Address:
        name = plain(draft.contact or draft.company or draft.caller or "Unknown caller")
        try:
            return Address(name, addr_spec=draft.contact_email or self.sender)
        except (MessageError, ValueError, IndexError):
            return Address(name, addr_spec=self.sender)

    def _error(self, answer: Answer) -> DeskError:
        """What it means: 403 is about this ticket, and some versions answer 500 to a mistake."""
        words = _words(answer)
        if answer.status == 401:
            return DeniedError(
                f"the desk answered 401: {words}: write an active key that may create tickets, "
                "made for the address from which callcenter reaches it"
            )
        if answer.status == 403:
            return RejectedError(f"the desk answered 403: {words}: see its ban list and filters")
        if answer.status == 500 and words.startswith(REFUSED) and UNKNOWN not in words:
            return RejectedError(f"the desk answered 500: {words}")
        return refusal(answer, words, self.now())


def _words(answer: Answer) -> str:
    """Its text, which it calls HTML. A page is not for people to read here."""
    text = answer.body.decode(errors="replace")
    return "" if "<" in text else plain(text)
