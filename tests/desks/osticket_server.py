"""An osTicket for tests: what its interface makes of an e-mail, from its sources.

Built from ``include/api.tickets.php``, ``class.api.php``, ``class.mailparse.php`` and
``class.thread.php`` of osTicket 1.14 to 1.18 (``TicketApiController``, ``ApiController``,
``EmailDataParser``, ``ThreadEntry::lookupByEmailHeaders`` and ``postEmail``).

Its traps: everything is answered in plain text that is called HTML; the key is bound to an address;
a mistake is 400, or 500; a filter or a ban is 403; the number of a ticket in the subject makes the
message an answer to it; JSON makes a ticket each time.
"""

import email
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiohttp import web

from tests.desks.faults import Faults

KEY = "3C0FFEE0000000000000000000000000"
MAIL = "support@example.com"


@dataclass
class OsTicketServer:
    """``mistakes`` is the status of a refused ticket: it is another in some versions."""

    addresses: set[str] = field(default_factory=lambda: {"127.0.0.1"})
    banned: set[str] = field(default_factory=set)
    lacking: str = ""  # a field that somebody required
    mistakes: int = 400
    fails: bool = False
    messages: list[EmailMessage] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)  # numbers by the first Message-ID
    faults: Faults = field(default_factory=lambda: Faults(_is_of_tickets))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_post("/api/tickets.json", self._json)
        app.router.add_post("/api/tickets.email", self._email)
        return app

    def numbers(self, key: str) -> list[str]:
        found = self.tickets.get(f"<{key}@callcenter>")
        return [found] if found else []

    async def _json(self, request: web.Request) -> web.Response:
        return self._denied(request) or _text(400, "Syntax error")

    async def _email(self, request: web.Request) -> web.Response:
        if denied := self._denied(request):
            return denied
        message = email.message_from_bytes(await request.read(), _class=EmailMessage, policy=SMTP)
        seen = self.tickets.get(message["Message-ID"]) or self._answered(message)
        if seen:
            return _text(201, seen)
        if refused := self._refused(message):
            return refused
        self.messages.append(message)
        self.tickets[message["Message-ID"]] = str(100_000 + len(self.tickets))
        return _text(201, self.tickets[message["Message-ID"]])

    def _answered(self, message: EmailMessage) -> str | None:
        """The ticket of the same sender whose number is in the subject."""
        found = re.search(r"#(\d+)", message["Subject"])
        mine = {self.tickets[one["Message-ID"]] for one in self.messages if _same(one, message)}
        return found[1] if found and found[1] in mine else None

    def _denied(self, request: web.Request) -> web.Response | None:
        if request.headers.get("X-API-Key") != KEY:
            return _text(401, "Valid API key required")
        if request.remote not in self.addresses:
            return _text(401, "API key not found/active or source IP/hostname not authorized")
        return None

    def _refused(self, message: EmailMessage) -> web.Response | None:
        if sender(message) in self.banned:
            return _text(403, "Ticket denied")
        if self.fails:
            return _text(500, "Unable to create new ticket: unknown error")
        if self.lacking:
            why = f"Unable to create new ticket: validation errors:\n{self.lacking}: Required"
            return _text(self.mistakes, why)
        return None


def sender(message: EmailMessage) -> str:
    found: Any = message["From"]
    return str(found.addresses[0].addr_spec)


def _same(one: EmailMessage, other: EmailMessage) -> bool:
    return sender(one) == sender(other)


def _is_of_tickets(request: web.BaseRequest) -> bool:
    return request.path == "/api/tickets.email"


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")
