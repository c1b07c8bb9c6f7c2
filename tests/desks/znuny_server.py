"""A Znuny for tests: the operations that its generic interface has for tickets, from its sources.

Built from ``Kernel/GenericInterface/Operation/Ticket`` (``TicketCreate``, ``TicketGet``,
``TicketSearch``, ``TicketUpdate``, ``TicketHistoryGet``, ``Common``) of Znuny 6.5 and 7, and from
``Kernel/GenericInterface/Invoker/Ticket/Generic.pm``. Its routes are those of
``docs/desks/znuny.yml``.

Its traps: refusals are answered 200; a search by a dynamic field that it does not have finds every
ticket; tickets of queues that our user may not read are not there; ids are text; a merged ticket
stays and says so in its history alone; a pending one must say until when; an owner or a customer
whom it does not know is refused, and a ticket without a text at the very last; a search for a
number takes ``*`` for any letters.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from tests.desks.faults import Faults
from tests.desks.trial import Filed

ROOT = "/znuny/nph-genericinterface.pl/Webservice/callcenter"
LOGIN = {"UserLogin": "callcenter", "Password": "agent password"}
SECRET = "secret of the web service"
TYPES = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending reminder",
    "pending auto close+": "pending auto",
    "closed successful": "closed",
    "merged": "merged",
    "removed": "removed",
}
READ_MAX = 500


@dataclass
class ZnunyServer:
    """``reads`` are the queues that our user may read; ``kept`` is what an event sets back."""

    queues: set[str] = field(default_factory=lambda: {"Support", "Sales"})
    reads: set[str] = field(default_factory=lambda: {"Support", "Sales"})
    creates: set[str] = field(default_factory=lambda: {"Support"})
    agents: set[str] = field(default_factory=lambda: {"nadia", "callcenter"})
    customers: set[str] = field(default_factory=lambda: {"unknown-caller", "elise"})
    fields: set[str] = field(default_factory=lambda: {"CallID", "Site", "About"})
    needs_type: bool = False
    kept: set[str] = field(default_factory=set)
    breaks: bool = False  # once the ticket is there, without an article
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    articles: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: Faults = field(default_factory=lambda: Faults(_is_of_tickets))
    _at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware])
        app.router.add_post(ROOT + "/{operation}", self._do)
        return app

    # -- what somebody does there ----------------------------------------------------------------

    def numbers(self, key: str) -> list[str]:
        return [one["TicketNumber"] for one in self.tickets.values() if one["CallID"] == key]

    def numbered(self, number: str) -> dict[str, Any]:
        return next(one for one in self.tickets.values() if one["TicketNumber"] == number)

    def change(self, number: str, **changed: Any) -> None:
        kept = {name: self.numbered(number)[name] for name in self.kept}
        self.numbered(number).update(changed | kept, Changed=self._now())

    def delete(self, number: str) -> None:
        self.change(number, State="removed")

    def merge(self, number: str, into: str) -> None:
        source, target = self.numbered(number), self.numbered(into)
        words = "Merged Ticket ({}/{}) to ({}/{})".format(
            number, source["TicketID"], into, target["TicketID"]
        )
        for one in (source, target):
            event = {"TicketID": one["TicketID"], "HistoryType": "Merged", "Name": words}
            self.history.append(event)
        self.change(number, State="merged")
        self.change(into)

    def filed(self, number: str) -> Filed:
        ticket = self.numbered(number)
        return ticket["Priority"], ticket["About"]

    def webhook(self, number: str) -> tuple[Mapping[str, str], bytes]:
        """What its invoker sends once this ticket has changed."""
        self.change(number)
        ticket = self._told(self.numbered(number))
        event = {"Event": "TicketStateUpdate", "TicketID": ticket["TicketID"]}
        login = base64.b64encode(f"callcenter:{SECRET}".encode()).decode()
        return {"Authorization": f"Basic {login}"}, json.dumps(
            {"Ticket": ticket, "Event": event}
        ).encode()

    # -- what it answers -------------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.Response:
        operation, asked = request.match_info["operation"], await request.json()
        self.asked.append((operation, asked))
        if any(asked.get(key) != LOGIN[key] for key in LOGIN):
            return _refused(f"{operation}.AuthFail", f"{operation}: Authorization failing!")
        operations = {
            "TicketCreate": self._create,
            "TicketGet": self._get,
            "TicketSearch": self._search,
            "TicketUpdate": self._update,
            "TicketHistoryGet": self._history,
        }
        return operations[operation](asked)

    def _create(self, asked: dict[str, Any]) -> web.Response:
        ticket, article = asked["Ticket"], asked["Article"]
        if why := self._minds(ticket):
            return _refused("TicketCreate.InvalidParameter", f"TicketCreate: Ticket->{why}")
        if ticket["Queue"] not in self.creates:
            return _refused(
                "TicketCreate.AccessDenied",
                "TicketCreate: Can not create tickets in given Queue or QueueID!",
            )
        if "Body" not in article:
            return _refused(
                "TicketCreate.MissingParameter", "TicketCreate: Article->Body parameter is missing!"
            )
        values = {one["Name"]: one["Value"] for one in asked["DynamicField"]}
        if not values.keys() <= self.fields:
            return _refused(
                "TicketCreate.InvalidParameter",
                "TicketCreate: DynamicField->Name parameter is invalid!",
            )
        number = self._add(ticket, values)
        if self.breaks:
            return web.Response(status=500, text="Article could not be created, please contact")
        self.articles.append(article | {"TicketID": number})
        told = self._told(self.tickets[number])
        return web.json_response(
            {"TicketID": told["TicketID"], "TicketNumber": told["TicketNumber"], "ArticleID": "9"}
        )

    def _minds(self, ticket: dict[str, Any]) -> str:
        known = {
            "Queue": self.queues,
            "State": TYPES.keys(),
            "Priority": {"3 normal", "4 high"},
            "Owner": self.agents,
            "Type": {"Incident"},
        }
        if ticket["CustomerUser"] not in self.customers and "@" not in ticket["CustomerUser"]:
            return "CustomerUser parameter is invalid!"
        if self.needs_type and "Type" not in ticket:
            return "TypeID or Ticket->Type parameter is required by sysconfig option!"
        wrong = (name for name in known if name in ticket and ticket[name] not in known[name])
        return next((f"{name}ID or Ticket->{name} parameter is invalid!" for name in wrong), "")

    def _add(self, ticket: dict[str, Any], values: dict[str, Any]) -> int:
        number = max([0, *self.tickets]) + 1
        self.tickets[number] = {
            "TicketID": number,
            "TicketNumber": str(2026112800000 + number),
            "Owner": "callcenter",
            "Changed": self._now(),
            **dict.fromkeys(self.fields),
            **ticket,
            **values,
        }
        return number

    def _search(self, asked: dict[str, Any]) -> web.Response:
        found = [one for one in self.tickets.values() if one["Queue"] in self.reads]
        for name in self.fields:
            if condition := asked.get(f"DynamicField_{name}"):
                wanted = {value.casefold() for value in condition["Equals"]}
                found = [one for one in found if (one[name] or "").casefold() in wanted]
        if patterns := asked.get("TicketNumber"):
            found = [one for one in found if fnmatchcase(one["TicketNumber"], patterns[0])]
        if queues := asked.get("Queues"):
            found = [one for one in found if one["Queue"] in queues]
        if minutes := asked.get("TicketLastChangeTimeNewerMinutes"):
            since = datetime.now(UTC) - timedelta(minutes=int(minutes))
            found = [one for one in found if _at(one) >= since]
        found.sort(key=_at if asked.get("SortBy") == "Changed" else _id)
        ids = [str(one["TicketID"]) for one in found][: int(asked.get("Limit", READ_MAX))]
        return web.json_response({"TicketID": ids} if ids else {})

    def _get(self, asked: dict[str, Any]) -> web.Response:
        found = [self.tickets[int(one)] for one in asked["TicketID"]]
        if any(one["Queue"] not in self.reads for one in found):
            return _refused("TicketGet.AccessDenied", "TicketGet: User does not have access!")
        told = [self._told(one) for one in found]
        if asked.get("AllArticles"):
            for one in told:
                number = int(one["TicketID"])
                one["Article"] = [each for each in self.articles if each["TicketID"] == number]
        return web.json_response({"Ticket": told})

    def _update(self, asked: dict[str, Any]) -> web.Response:
        ticket, wanted = self.tickets[int(asked["TicketID"])], asked.get("Ticket", {})
        if wanted.get("State", "open") not in TYPES:
            return _refused(
                "TicketUpdate.InvalidParameter",
                "TicketUpdate: Ticket->StateID or Ticket->State parameter is invalid!",
            )
        if "pending" in wanted.get("State", "") and "PendingTime" not in wanted:
            return _refused(
                "TicketUpdate.MissingParameter",
                "TicketUpdate: Ticket->PendingTime parameter is missing!",
            )
        if "Article" in asked:
            self.articles.append(asked["Article"] | {"TicketID": ticket["TicketID"]})
        values = {one["Name"]: one["Value"] for one in asked.get("DynamicField", ())}
        assert values.keys() <= self.fields
        self.change(ticket["TicketNumber"], **wanted, **values)
        return web.json_response({"TicketID": ticket["TicketID"], "ArticleID": 12})

    def _history(self, asked: dict[str, Any]) -> web.Response:
        events = [one for one in self.history if str(one["TicketID"]) == asked["TicketID"]]
        created = {"HistoryType": "NewTicket", "Name": "%%2026%%Support%%3 normal%%open%%7"}
        told = {"TicketID": asked["TicketID"], "History": [created, *events]}
        return web.json_response({"TicketHistory": [told]})

    def _told(self, ticket: dict[str, Any]) -> dict[str, Any]:
        own = {name: ticket[name] for name in ticket.keys() - self.fields}
        values = [{"Name": name, "Value": ticket[name]} for name in sorted(self.fields)]
        told = {"TicketID": str(ticket["TicketID"]), "StateType": TYPES[ticket["State"]]}
        return own | told | {"DynamicField": values}

    def _now(self) -> str:
        """A second later than ever before: its clock has nothing finer."""
        self._at += timedelta(seconds=1)
        return f"{self._at:%Y-%m-%d %H:%M:%S}"


def _at(ticket: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(ticket["Changed"]).replace(tzinfo=UTC)


def _id(ticket: dict[str, Any]) -> int:
    found: int = ticket["TicketID"]
    return found


def _is_of_tickets(request: web.BaseRequest) -> bool:
    return request.path in (f"{ROOT}/TicketCreate", f"{ROOT}/TicketSearch")


def _refused(code: str, why: str) -> web.Response:
    return web.json_response({"Error": {"ErrorCode": code, "ErrorMessage": why}})
