"""Request Tracker 5, by its REST2 interface.

The call's key is in a custom field of the ticket, where it can be searched. Some things RT does
without a word, and are looked for here: a custom field that the queue does not have is dropped from
a new ticket, and a search by one answers that there is no ticket; a change that it does not make is
answered as one that it made. Deleted tickets are in no search, and a ticket that was merged into
another keeps the time of its last change: that of the other is told for both.

Our own client asks, and not one of the packages for RT: a ticket is wanted with exactly one
request, and whoever repeats anything by itself makes two of them.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from callcenter.core.hook import MalformedError, check_age, check_secret, header, key_of
from callcenter.desks.client import Answer, Client, read
from callcenter.desks.desk import (
    Changed,
    DeskError,
    DeskEvent,
    DeskTicket,
    Draft,
    GoneError,
    RejectedError,
    TicketRef,
    TicketState,
)
from callcenter.desks.filing import NOTHING, Filing, Label
from callcenter.desks.rest import Rest
from callcenter.desks.rt.answers import (
    History,
    Hook,
    Listed,
    Listing,
    Made,
    Ticket,
    all_words,
    words,
)
from callcenter.desks.rt.place import Place, quoted
from callcenter.desks.telling import told

PRODUCT = "Request Tracker 5"
SIGNATURE = "X-RT-Signature"

PAGE = 100
"""Tickets, or entries of a history, in one answer: RT gives no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtDesk:
    """A queue of a Request Tracker.

    ``custom_field`` is the name of the one that has the call's key. ``users`` has the RT user of an
    agent's login, where they are not the same. ``closed`` and ``pending`` are the statuses that
    mean it, and ``opened`` the one that opens a ticket again; the first of each is the one that is
    written. Without a ``webhook_secret`` no webhook is believed.
    """

    no_directory: ClassVar = "it has users, and no companies that they belong to"

    name: str
    url: str
    token: str = field(repr=False)
    queue: str
    custom_field: str
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    filing: Filing = NOTHING
    category_field: str | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    opened: str = "open"
    closed: Sequence[str] = ("resolved", "rejected")
    pending: Sequence[str] = ("stalled",)
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True

    async def check(self) -> str:
        """See that the queue is there and has the custom field. Raises DeskError."""
        found = f"let us in; its queue {self.queue!r} has the custom field {self.custom_field!r}"
        return "; ".join([found, *await self._place.check()])

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
        answer = await self._rest.ask("POST", "/ticket", self._wanted(draft))
        if answer.status != 201:
            raise self._refused(answer)
        number = read(Made, answer, PRODUCT).id
        await self._require_key(number, draft.key)
        return self._ref(number)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket, or the one that it was merged into; None where it is deleted, or never was.

        Raises DeskError.
        """
        ticket = await self._get(number)
        if ticket is None:
            return None
        keys = ticket.values(self.custom_field)
        return DeskTicket(
            self._ref(str(ticket.id)),
            self._state(ticket.Status),
            ticket.Subject or "",
            keys[0] if keys else None,
        )

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed at ``since`` or later, the first of them. Raises DeskError."""
        query = f"LastUpdated >= '{since:%Y-%m-%d %H:%M:%S} UTC' AND EffectiveId > 0"
        found = more = await self._found(query)
        # RT counts whole seconds, and changes many at once: a page has to get beyond one of them.
        while len(more) == PAGE and found[0].LastUpdated == more[-1].LastUpdated:
            more = await self._found(query, page=1 + len(found) // PAGE)
            found = found + more
        times = {one.id: one.LastUpdated for one in found if one.id == one.EffectiveId}
        merged = await self._merged_into(times)
        changes = [
            *(Changed(number, at) for number, at in times.items()),
            *(Changed(one.id, times[one.EffectiveId]) for one in merged),
        ]
        return sorted(changes, key=lambda one: one.at)

    async def note(self, number: str, text: str, marker: str) -> None:
        """Comment on the ticket, with the marker as the comment's subject. Raises DeskError."""
        wanted = {"Subject": marker, "Content": text, "ContentType": "text/plain"}
        answer = await self._rest.ask("POST", f"/ticket/{quote(number, safe='')}/comment", wanted)
        if answer.status == 201:
            return
        if answer.status == 400 and await self._get(number) is None:
            raise GoneError(f"RT has no ticket {number} any more")
        raise self._rest.error(answer)

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its comments has this subject. Raises DeskError."""
        page, pages = 1, 1.0
        while page <= pages:
            asked = urlencode({"fields": "Type,Data", "per_page": PAGE, "page": page})
            answer = await self._rest.ask(
                "GET", f"/ticket/{quote(number, safe='')}/history?{asked}"
            )
            if answer.status != 200:
                raise self._rest.error(answer)
            history = read(History, answer, PRODUCT)
            if any(one.Type == "Comment" and marker in (one.Data or "") for one in history.items):
                return True
            page, pages = page + 1, history.pages or 0
        return False

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,  # noqa: ARG002  (RT has no place for one)
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Change what is not so yet, and see that it is then.

        Raises DeskError; RejectedError in RT's own words where it did not change it.
        """
        wanted = self._otherwise(await self._there(number), title, state, priority, category)
        if not wanted:
            return
        answer = await self._rest.ask("PUT", f"/ticket/{quote(number, safe='')}", wanted)
        if answer.status != 200:
            raise self._rest.error(answer)
        if self._otherwise(await self._there(number), title, state, priority, category):
            raise RejectedError(f"RT did not change ticket {number}: {all_words(answer)}")

    @property
    def hears(self) -> bool:
        """Whether a secret for webhooks is configured."""
        return bool(self.webhook_secret)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """What the Scrip of ``rt_scrip`` sends. Raises HookError."""
        signed = hmac.new(key_of(self.webhook_secret), body, hashlib.sha256).hexdigest()
        check_secret(header(headers, SIGNATURE), f"sha256={signed}", SIGNATURE)
        try:
            hook = Hook.model_validate_json(body)
        except ValidationError as error:
            raise MalformedError("not what our Scrip sends: install it again") from error
        check_age(hook.sent_at, self.now())
        return [DeskEvent(hook.transaction, hook.ticket)]

    def _otherwise(
        self,
        ticket: Ticket,
        title: str | None,
        state: TicketState | None,
        priority: Label | None,
        category: str | None,
    ) -> dict[str, object]:
        """What of this the ticket does not say yet."""
        wanted: dict[str, object] = {}
        if title is not None and ticket.Subject != title:
            wanted["Subject"] = title
        if state is not None and self._state(ticket.Status) is not state:
            words = {
                TicketState.OPEN: self.opened,
                TicketState.PENDING: self.pending[0],
                TicketState.CLOSED: self.closed[0],
            }
            wanted["Status"] = words[state]
        if priority is not None and ticket.Priority != priority:
            wanted["Priority"] = priority
        if self.category_field and category and ticket.values(self.category_field) != [category]:
            wanted["CustomFields"] = {self.category_field: category}
        return wanted

    def _state(self, status: str) -> TicketState:
        if status in self.closed:
            return TicketState.CLOSED
        return TicketState.PENDING if status in self.pending else TicketState.OPEN

    async def _there(self, number: str) -> Ticket:
        ticket = await self._get(number)
        if ticket is None:
            raise GoneError(f"RT has no ticket {number} any more")
        return ticket

    async def _get(self, number: str) -> Ticket | None:
        answer = await self._rest.ask("GET", f"/ticket/{quote(number, safe='')}")
        if answer.status == 404 and words(answer):
            return None
        if answer.status != 200:
            raise self._rest.error(answer)
        ticket = read(Ticket, answer, PRODUCT)
        return None if ticket.Status == "deleted" else ticket

    async def _merged_into(self, numbers: Collection[str]) -> list[Listed]:
        if not numbers:
            return []
        wanted = " OR ".join(f"EffectiveId = {int(number)}" for number in numbers)
        found = await self._found(f"({wanted}) AND EffectiveId > 0")
        return [one for one in found if one.id != one.EffectiveId]

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
        await self._rest.ask("POST", "/user", {"Name": number, "MobilePhone": number})

    async def _require_key(self, number: str, key: str) -> None:
        answer = await self._rest.ask("GET", f"/ticket/{quote(number, safe='')}")
        if answer.status != 200:
            raise DeskError(f"ticket {number} was made, but cannot be read: {words(answer)}")
        if key not in read(Ticket, answer, PRODUCT).values(self.custom_field):
            raise RejectedError(
                f"ticket {number} was made without the id of its call: apply the custom field "
                f"{self.custom_field!r} to the queue {self.queue!r}, let our user see and modify "
                f"it, write {key} into it there, and have this call tried again"
            )

    async def _tickets(self, key: str) -> list[TicketRef]:
        # Named in the query, EffectiveId lets it give merged tickets too: they keep their key.
        query = f"CF.{{{self.custom_field}}} = '{quoted(key)}' AND EffectiveId > 0"
        numbers = {int(ticket.EffectiveId) for ticket in await self._found(query)}
        if not numbers:
            await self._place.require_field()  # without it RT finds nothing, whatever is there
        return [self._ref(str(number)) for number in sorted(numbers)]

    async def _found(self, query: str, *, page: int = 1) -> list[Listed]:
        wanted = {"fields": "EffectiveId,LastUpdated", "orderby": "LastUpdated", "order": "ASC"}
        asked = urlencode({"query": query, **wanted, "per_page": PAGE, "page": page})
        answer = await self._rest.ask("GET", f"/tickets?{asked}")
        if answer.status != 200:
            raise self._rest.error(answer)
        return read(Listing, answer, PRODUCT).items

    @property
    def _rest(self) -> Rest:
        return Rest(
            product=PRODUCT,
            url=f"{self.url}/REST/2.0",
            headers={"Authorization": f"token {self.token}"},
            client=self.client,
            now=self.now,
            words=words,
        )

    @property
    def _place(self) -> Place:
        return Place(
            rest=self._rest,
            queue=self.queue,
            custom_field=self.custom_field,
            category_field=self.category_field,
            filing=self.filing,
            users=self.users,
        )

    def _refused(self, answer: Answer) -> DeskError:
        """Why no ticket was made: 403 is what RT answers for a queue, too."""
        if answer.status != 403:
            return self._rest.error(answer)
        return RejectedError(
            f"the desk answered 403: {words(answer)}: write the queue's name into the "
            "configuration, or give the user of the token CreateTicket there"
        )

    def _ref(self, number: str) -> TicketRef:
        return TicketRef(number, f"{self.url}/Ticket/Display.html?id={quote(number, safe='')}")
