"""One call that is to be written about, with everything that its form needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import calls, categories, qualifying, related, standing, tickets, wrap_ups
from callcenter.db.categories import Category
from callcenter.db.related import Related
from callcenter.db.standing import Standing
from callcenter.db.wrap_ups import WrapUp
from callcenter.web.errors import NotFoundError
from webhooks import Call, Leg, Ticket


@dataclass(frozen=True, slots=True)
class Task:
    """``fields`` is what the form begins with: the draft, or what is known without it.

    ``ticket`` is the built-in desk's, None while it is being made or where another desk has it.
    ``made_title`` is the one that the service gave it, until somebody chose another. ``theirs`` is
    what another window saved meanwhile.
    """

    call: Call
    standing: Standing
    ticket: Ticket | None
    made_title: str | None
    related: Related
    choices: Sequence[Category]
    fields: Mapping[str, str]
    version: int
    finished_at: datetime | None
    wrong: Sequence[str] = ()
    theirs: WrapUp | None = field(default=None)

    @property
    def leg(self) -> Leg | None:
        """The part of the agent who answered: the last time that they had the call."""
        theirs = [leg for leg in self.call.legs if leg.answered_at]
        own = [leg for leg in theirs if leg.agent == self.standing.agent] or theirs
        return own[-1] if own else None

    @property
    def is_talking(self) -> bool:
        """Whether they still have it."""
        return self.call.state != "ended" and self.leg is not None and self.leg.ended_at is None

    @property
    def clock_from(self) -> datetime:
        """What its clock counts from: the answer while they talk, then the hang-up."""
        if self.leg is not None and self.leg.ended_at is not None:
            return self.leg.ended_at
        return self.call.ended_at or self.standing.answered_at

    @property
    def is_elsewhere(self) -> bool:
        """Whether a desk of its own has the ticket."""
        paid = self.call.ticket is not None and self.call.ticket.number is not None
        return paid and self.ticket is None

    def sent(self, form: Mapping[str, str], wrong: Sequence[str], theirs: WrapUp | None) -> "Task":
        """The same with what was sent in place of what is kept."""
        version = theirs.version if theirs else self.version
        fields = {name: form.get(name, "") for name in self.fields}
        return replace(self, fields=fields, wrong=wrong, theirs=theirs, version=version)


async def task_of(connection: AsyncConnection, call_id: str, *, base_url: str) -> Task:
    """The call with this id. Raises NotFoundError for one that owes nothing."""
    call = await calls.get(connection, call_id)
    stands = await standing.get(connection, call_id)
    if call is None or stands is None:
        raise NotFoundError("this call owes no ticket")
    number = call.ticket.number if call.ticket else None
    ticket = await tickets.get(connection, number, base_url=base_url) if number else None
    is_made = ticket is not None and await qualifying.is_title_made(connection, ticket.number)
    about = await related.of_call(connection, call, but=number)
    kept = await wrap_ups.get(connection, call_id)
    category_id = await tickets.category_of(connection, number) if ticket and number else None
    known = _known(ticket, is_made=is_made, category_id=category_id or about.category_id)
    return Task(
        call=call,
        standing=stands,
        ticket=ticket,
        made_title=ticket.title if ticket and is_made else None,
        related=about,
        choices=await categories.tree(connection),
        fields=_kept(kept) if kept else known,
        version=kept.version if kept else 0,
        finished_at=kept.finished_at if kept else None,
    )


def _known(ticket: Ticket | None, *, is_made: bool, category_id: int | None) -> dict[str, str]:
    is_titled = ticket is not None and not is_made
    status = ticket.status if ticket and ticket.status != "new" else "in_progress"
    return {
        "title": ticket.title if ticket and is_titled else "",
        "category": str(category_id or ""),
        "priority": ticket.priority if ticket else "medium",
        "status": status,
        "note": "",
        "summary": (ticket.resolution or "") if ticket else "",
    }


def _kept(kept: WrapUp) -> dict[str, str]:
    draft = kept.draft
    return {
        "title": draft.title,
        "category": str(draft.subcategory_id or draft.category_id or ""),
        "priority": draft.priority or "medium",
        "status": draft.status or "in_progress",
        "note": draft.note,
        "summary": draft.summary,
    }
