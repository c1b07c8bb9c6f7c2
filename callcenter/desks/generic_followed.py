"""A generic backend that also tells what becomes of its tickets: by webhook, and when it is asked.

Beside the two requests of the contract it answers ``GET url/number/<number>``, which is a ticket as
it is now, and ``GET url?changed_since=<time>``. What it sends us is signed with the same secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import uuid4

from pydantic import ValidationError

from callcenter.core.hook import ForgedError, MalformedError, delivery_id
from callcenter.desks.client import Answer, Shape
from callcenter.desks.desk import Changed, DeskError, DeskEvent, DeskTicket, TicketState
from callcenter.desks.generic import GenericDesk, is_shape, mistake
from webhooks import ChangedTickets, FollowedTicket, Refusal, TicketHook
from webhooks.signature import SignatureError, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedGenericDesk(GenericDesk):
    """One with ``follows = true``."""

    async def check(self) -> str:
        """The same as of any, and that it can be asked for changes. Raises DeskError."""
        told = await super(FollowedGenericDesk, self).check()  # slots: not this class, to super()
        await self.changed(self.now())
        return f"{told}; it tells of changes"

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket; of a merged one the survivor. Raises DeskError."""
        answer = await self._ask(f"{self.url}/number/{quote(number, safe='')}", str(uuid4()))
        if answer.status in (404, 410) and is_shape(Refusal, answer):
            return None
        ticket = self._read(FollowedTicket, answer)
        return DeskTicket(self._ref(answer), TicketState(ticket.state), ticket.title, ticket.id)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed at ``since`` or later. Raises DeskError."""
        asked = urlencode({"changed_since": since.astimezone(UTC).isoformat()})
        answer = await self._ask(f"{self.url}?{asked}", str(uuid4()))
        found = self._read(ChangedTickets, answer).tickets
        return sorted((Changed(one.number, one.at) for one in found), key=lambda one: one.at)

    @property
    def hears(self) -> bool:
        """It has our secret already."""
        return True

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """A TicketHook, signed after Standard Webhooks. Raises HookError."""
        named = {name.lower(): text for name, text in headers.items()}
        try:
            message = verify(self.secrets, named, body, self.now())
        except SignatureError as error:
            raise ForgedError(str(error)) from error
        try:
            hook = TicketHook.model_validate_json(body)
        except ValidationError as error:
            raise MalformedError(f"not what was agreed: {mistake(error)}") from error
        return [DeskEvent(delivery_id(message, body), hook.number)]

    def _read(self, shape: type[Shape], answer: Answer) -> Shape:
        if answer.status != 200:
            raise self._error(answer)
        try:
            return shape.model_validate_json(answer.body)
        except ValidationError as error:
            raise DeskError(
                f"the desk answered {answer.status}, but not as agreed: {mistake(error)}"
            ) from error
