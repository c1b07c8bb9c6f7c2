"""The queue of a Request Tracker that has our tickets, and what it must have for them."""

from dataclasses import dataclass, field
from urllib.parse import quote

from callcenter.desks.desk import GoneError, RejectedError
from callcenter.desks.filing import Filing
from callcenter.desks.rest import Rest
from callcenter.desks.rt.answers import CustomField, Named, Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``custom_field`` has a call's key, ``category_field`` what a ticket is about."""

    rest: Rest = field(repr=False)
    queue: str
    custom_field: str
    category_field: str | None
    filing: Filing

    async def check(self) -> None:
        """See that the queue has all that we write. Raises DeskError."""
        await self.require_field()
        await self._require_categories()

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
        answer = await self.rest.ask("GET", f"/queue/{quote(self.queue, safe='')}")
        if answer.status in (403, 404):
            raise GoneError(
                f"RT has no queue {self.queue!r} that our user may see: write its name into the "
                "configuration, and give the user of the token SeeQueue, CreateTicket, "
                "ShowTicket and OwnTicket there"
            )
        if answer.status != 200:
            raise self.rest.error(answer)
        return self.rest.taken(Queue, answer).TicketCustomFields
