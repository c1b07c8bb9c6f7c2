"""The queue of a Request Tracker that has our tickets, and what it must have for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from callcenter.desks.client import Answer
from callcenter.desks.desk import GoneError, RejectedError
from callcenter.desks.filing import Filing
from callcenter.desks.rest import Rest
from callcenter.desks.rt.answers import CustomField, Named, Owners, Queue, User

NOBODY = "Nobody"
"""Whom RT has for the owner of what nobody owns."""

SEEN = 20
"""Tickets that are looked at, the last of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``custom_field`` has a call's key, ``category_field`` what a ticket is about."""

    rest: Rest = field(repr=False)
    queue: str
    custom_field: str
    category_field: str | None
    filing: Filing
    users: Mapping[str, str]

    async def check(self) -> list[str]:
        """See that the queue has all that we write, and say which rights are missing without which
        tickets are made nevertheless. Raises DeskError."""
        await self.require_field()
        await self._require_right()
        await self._require_categories()
        await self._require_users()
        return [mend for mend in (await self._requestors(), await self._owners()) if mend]

    async def _require_right(self) -> None:
        if "create" not in {link.ref for link in (await self._queue()).hyperlinks}:
            raise RejectedError(
                f"our user may make no tickets in the queue {self.queue!r}: give the user of the "
                "token CreateTicket there"
            )

    async def _require_users(self) -> None:
        for login, name in self.users.items():
            if (await self._user(name)).status == 404:
                raise RejectedError(
                    f"users.{login}: RT has no user {name!r}: write his name, not his address"
                )

    async def _requestors(self) -> str:
        known = self.rest.taken(User, await self._user(NOBODY))
        if known.Disabled is not None:
            return ""
        return "so that callers become requestors, give the user of the token AdminUsers"

    async def _owners(self) -> str:
        """RT tells nobody's rights: whose the last tickets of calls are shows whether agents have
        theirs."""
        query = f"Queue = '{quoted(self.queue)}' AND CF.{{{self.custom_field}}} IS NOT NULL"
        wanted = {"fields": "Owner", "orderby": "id", "order": "DESC", "per_page": SEEN}
        answer = await self.rest.ask("GET", f"/tickets?{urlencode({'query': query, **wanted})}")
        found = self.rest.taken(Owners, answer).items
        if not found or any(one.Owner.id != NOBODY for one in found):
            return ""
        return (
            "none of the tickets made here last has an owner: so that those of calls do, give "
            "agents OwnTicket in the queue"
        )

    async def _user(self, name: str) -> Answer:
        return await self.rest.ask("GET", f"/user/{quote(name, safe='')}")

    async def _require_categories(self) -> None:
        """RT takes into a field of values to choose from what is none of them."""
        if self.category_field is None:
            return
        found = [one for one in await self._fields() if one.name == self.category_field]
        if not found:
            raise RejectedError(
                f"category_field: the queue {self.queue!r} has no custom field "
                f"{self.category_field!r} that our user may see: apply it to the queue, and give "
                "the user of the token SeeCustomField and ModifyCustomField on it"
            )
        answer = await self.rest.ask("GET", f"/customfield/{quote(found[0].id, safe='')}")
        known = self.rest.taken(CustomField, answer)
        for ours, label in self.filing.categories.items():
            if known.Type == "Select" and label not in known.Values:
                raise RejectedError(
                    f"categories.{ours!r}: the custom field {self.category_field!r} has no value "
                    f"{label!r}: write one of {', '.join(known.Values)}"
                )

    async def require_field(self) -> None:
        """Raise DeskError where the queue is not there, or keeps no call's key."""
        if self.custom_field not in {one.name for one in await self._fields()}:
            raise RejectedError(
                f"the queue {self.queue!r} has no custom field {self.custom_field!r} that our user "
                "may see: make one for tickets (enter one value), apply it to the queue, and give "
                "the user of the token SeeCustomField and ModifyCustomField on it"
            )

    async def _fields(self) -> list[Named]:
        return (await self._queue()).TicketCustomFields

    async def _queue(self) -> Queue:
        answer = await self.rest.ask("GET", f"/queue/{quote(self.queue, safe='')}")
        if answer.status in (403, 404):
            raise GoneError(
                f"RT has no queue {self.queue!r} that our user may see: write its name into the "
                "configuration, and give the user of the token SeeQueue, CreateTicket, "
                "ShowTicket, ModifyTicket and CommentOnTicket there"
            )
        if answer.status != 200:
            raise self.rest.error(answer)
        return self.rest.taken(Queue, answer)


def quoted(text: str) -> str:
    """Within the quotes of a query."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
