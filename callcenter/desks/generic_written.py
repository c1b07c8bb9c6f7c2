"""A generic backend whose tickets can also be written into.

Beside what one that is followed answers, it takes ``PATCH url/number/<number>``, and ``POST`` and
``GET`` at ``url/number/<number>/notes``. Priorities and categories are ours: which of its own each
is, the other side knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel

from callcenter.desks.client import Answer
from callcenter.desks.desk import TicketState
from callcenter.desks.filing import BELOW, Filing, Label
from callcenter.desks.generic import JSON, is_shape
from callcenter.desks.generic_followed import FollowedGenericDesk
from callcenter.desks.written import require_written
from webhooks import FollowedTicket, Refusal, TicketUpdate, WantedNote
from webhooks.ticket import Priority


class Verbatim(Filing):
    """All has a label: what we call it ourselves."""

    __slots__ = ()

    def priority(self, ours: Priority | None) -> Label | None:
        """The same."""
        return ours

    def category(self, path: Sequence[str]) -> str | None:
        """The whole path."""
        return BELOW.join(path) or None


VERBATIM = Verbatim()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenGenericDesk(FollowedGenericDesk):
    """One with ``writes = true``."""

    @property
    def filing(self) -> Filing:
        """Our own words."""
        return VERBATIM

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a note, of which the marker is the id. Raises DeskError."""
        note = WantedNote(id=marker, text=text)
        answer = await self._send("POST", f"{self._at(number)}/notes", note)
        # 409: it has one with this id, which is as good.
        if answer.status != 409 and not 200 <= answer.status < 300:
            raise self._error(answer)

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether the ticket has the note of this marker. Raises DeskError."""
        path = f"{self._at(number)}/notes/{quote(marker, safe='')}"
        answer = await self._ask(path, str(uuid4()))
        if answer.status in (404, 410) and is_shape(Refusal, answer):
            return False
        if answer.status != 200:
            raise self._error(answer)
        return True

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Send all of it: written twice, it changes nothing more. Raises DeskError."""
        above, _, below = (category or "").partition(BELOW)
        wanted = TicketUpdate(
            title=title,
            state=state.value if state else None,
            resolution=resolution,
            priority=cast("Priority | None", priority),
            category=above or None,
            subcategory=below or None,
        )
        answer = await self._send("PATCH", self._at(number), wanted)
        ticket = self._read(FollowedTicket, answer)
        said = {"title": title, "state": state and state.value}
        known = {key: value for key, value in said.items() if value is not None}
        require_written(number, known, ticket.model_dump(), "the desk")

    def _at(self, number: str) -> str:
        return f"{self.url}/number/{quote(number, safe='')}"

    async def _send(self, method: str, url: str, wanted: BaseModel) -> Answer:
        body = wanted.model_dump_json().encode()
        headers = {"Content-Type": JSON, "Accept": JSON, **self._signed(str(uuid4()), body)}
        return await self.client.ask(method, url, headers, body)
