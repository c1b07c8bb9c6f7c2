"""The tickets of the built-in desk: the list, and one ticket to read and to write in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import ExemptReason
from callcenter.db import (
    agents,
    alerts,
    calls,
    categories,
    outgoing,
    qualifying,
    standing,
    taking,
    tickets,
)
from callcenter.db.agents import Agent
from callcenter.db.alert_groups import AGAIN, RECOVERED
from callcenter.db.categories import CategoryError, Chosen
from callcenter.db.exemptions import SUMMARIES
from callcenter.db.merging import CALLED_AGAIN
from callcenter.db.outgoing import NOT_SOLVED, VERIFIED
from callcenter.db.sessions import Session
from callcenter.db.tickets import (
    TEXT_MAX,
    TITLE_MAX,
    Cursor,
    NotSaidError,
    SummaryMissingError,
    TicketError,
    TicketFilter,
    TicketGoneError,
)
from callcenter.web import cursors
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, PageHandler, page, read_form
from callcenter.web.ids import id_of
from callcenter.web.pages.obligations import may_decide
from callcenter.web.render import RENDERER
from callcenter.web.whom import customers_number
from webhooks import OutgoingCall, Ticket
from webhooks.ticket import Priority, Source, TicketStatus

ROWS = 50

CALLS_SHOWN = 20
"""Calls to the customer, the latest of them."""

ALERTS_SHOWN = 200
"""Of a storm those that go on, and then the latest."""

STATUSES: tuple[TicketStatus, ...] = get_args(TicketStatus)
OPEN_STATUSES = tuple(status for status in STATUSES if status != "complete")
SOURCES: tuple[Source, ...] = get_args(Source)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

TICKET = "/tickets/{number:[A-Za-z0-9.-]{1,32}}"


@dataclass(frozen=True, slots=True)
class Doing:
    """A change to one ticket, under way in a transaction."""

    connection: AsyncConnection
    number: str
    agent: Agent
    now: datetime
    base_url: str


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:
    """A page of tickets, newest first.

    ``?status=``, ``?source=``, ``?mine=1`` and ``?untaken=1`` narrow it.
    """
    context = request.app[CONTEXT]
    status = request.query.get("status") or None
    source = request.query.get("source") or None
    mine, untaken = (request.query.get(name) == "1" for name in ("mine", "untaken"))
    after = cursors.from_text(request.query.get("after"))
    async with context.database.reading() as connection:
        found = await tickets.page(
            connection,
            TicketFilter(
                status=status if status in STATUSES else None,
                agent_id=session.agent.id if mine else None,
                is_merged=False,
                source=source if source in SOURCES else None,
                is_untaken=untaken,
            ),
            after=Cursor(*after) if after else None,
            limit=ROWS,
            base_url=context.public_url,
        )
        names = await _names(connection)
        waiting = await taking.count_untaken(connection, "portal") if context.portal else 0
    return request.app[RENDERER].page(
        request,
        "tickets.html",
        tickets=found.tickets,
        names=names,
        older=cursors.to_text(found.next.created_at, found.next.number) if found.next else None,
        wanted={"status": status, "source": source, "mine": mine, "untaken": untaken},
        waiting=waiting,
        sources=SOURCES,
        statuses=STATUSES,
    )


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """One ticket."""
    return await _ticket(request, session)


async def change(form: Form, doing: Doing) -> None:
    """Say what it is about."""
    status, priority = form.get("status"), form.get("priority")
    if status not in OPEN_STATUSES or priority not in PRIORITIES:
        raise NotFoundError("there is no such status or priority")
    await tickets.update(
        doing.connection,
        doing.number,
        title=form.get("title", ""),
        status=status,
        priority=priority,
        category=await choice_of(doing.connection, form),
        keeps_title=form.get("keep_title") == "1",
        by=doing.agent,
        now=doing.now,
        base_url=doing.base_url,
    )


async def add_note(form: Form, doing: Doing) -> None:
    """Write into it, or into the one that it was merged into while the note was written.

    Nobody outside reads it, unless its ``public`` box is ticked.
    """
    await tickets.add_note(
        doing.connection,
        await tickets.survivor_of(doing.connection, doing.number),
        agent_id=doing.agent.id,
        text=form.get("note", ""),
        is_public=form.get("public") == "1",
        now=doing.now,
        base_url=doing.base_url,
    )


async def take(_form: Form, doing: Doing) -> None:
    """Become its primary resource, if nobody is."""
    await taking.take(
        doing.connection,
        doing.number,
        agent_id=doing.agent.id,
        now=doing.now,
        base_url=doing.base_url,
    )


async def complete(form: Form, doing: Doing) -> None:
    """Complete it, with its summary note."""
    await tickets.complete(
        doing.connection,
        doing.number,
        summary=form.get("summary", ""),
        by=doing.agent,
        now=doing.now,
        base_url=doing.base_url,
    )


async def decide(form: Form, doing: Doing) -> None:
    """Say what the customer said who was called to check: solved completes the ticket."""
    solved = form.get("solved") == "1"
    made = await outgoing.of_ticket(doing.connection, doing.number, CALLS_SHOWN)
    if form.get("outgoing") not in [one.id for one in made]:
        raise NotFoundError("there is no such call")
    await outgoing.decide(doing.connection, form["outgoing"], solved=solved)
    if not solved:
        await add_note({"note": NOT_SOLVED}, doing)
        return
    try:
        await complete(form, doing)
    except SummaryMissingError as error:
        raise TicketError("verdict", str(error)) from error


def _to_decide(ticket: Ticket, made: Sequence[OutgoingCall]) -> OutgoingCall | None:
    """The last call to check, where the customer answered and nobody said yet what they said."""
    checks = [one for one in made if one.purpose == "verify" and one.result == "answered"]
    is_open = ticket.status != "complete" and not ticket.merged_into
    return checks[0] if checks and is_open and checks[0].verdict is None else None


def action(act: Callable[[Form, Doing], Awaitable[None]], done: str) -> PageHandler:
    """A form's handler: do it, then show the ticket; a mistake is shown where it was made."""

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form = await read_form(request)
        context, number = request.app[CONTEXT], request.match_info["number"]
        try:
            async with context.database.transaction() as connection:
                doing = Doing(connection, number, session.agent, context.now(), context.public_url)
                await act(form, doing)
        except TicketGoneError as error:
            raise NotFoundError("there is no such ticket") from error
        except TicketError as error:
            wrong, is_unsaid = error.field, isinstance(error, NotSaidError)
            return await _ticket(
                request, session, form=form, wrong=wrong, is_unsaid=is_unsaid, status=422
            )
        context.hub.notify()
        raise web.HTTPSeeOther(f"/tickets/{number}?done={done}")

    return handle


routes = [
    web.get("/tickets", page(show_list)),
    web.get(TICKET, page(show)),
    web.post(TICKET, page(action(change, "changed"))),
    web.post(f"{TICKET}/notes", page(action(add_note, "noted"))),
    web.post(f"{TICKET}/take", page(action(take, "taken"))),
    web.post(f"{TICKET}/verdict", page(action(decide, "decided"))),
    web.post(f"{TICKET}/complete", page(action(complete, "completed"))),
]


async def _ticket(
    request: web.Request,
    session: Session,
    *,
    form: Form | None = None,
    wrong: str | None = None,
    is_unsaid: bool = False,
    status: int = 200,
) -> web.StreamResponse:
    context = request.app[CONTEXT]
    async with context.database.reading() as connection:
        number = request.match_info["number"]
        ticket = await tickets.get(connection, number, base_url=context.public_url)
        if ticket is None:
            raise NotFoundError("there is no such ticket")
        call = await calls.get(connection, ticket.call) if ticket.call else None
        stands = await standing.get(connection, ticket.call) if ticket.call else None
        names = await _names(connection)
        debt = await qualifying.owed(connection, number)
        lacking = await qualifying.lacks(connection, number) if debt else ()
        choices = await categories.tree(connection)
        category_id = await tickets.category_of(connection, number)
        made_calls = await outgoing.of_ticket(connection, number, CALLS_SHOWN)
        customers = await customers_number(connection, ticket)
        heard = await alerts.of_ticket(connection, number, ALERTS_SHOWN)
    reason = stands.exempt_reason if stands and stands.is_exempt else None
    return request.app[RENDERER].page(
        request,
        "ticket.html",
        status=status,
        back=f"/tickets/{ticket.number}",
        ticket=ticket,
        call=call,
        standing=stands,
        may_decide=stands is not None and may_decide(session.agent, stands),
        reasons=tuple(ExemptReason),
        resolved_exempt=reason is not None and ticket.resolution == SUMMARIES[reason],
        names=names,
        mine=ticket.primary_resource == session.agent.login,
        form=form or {},
        wrong=wrong,
        is_unsaid=is_unsaid,
        debt=debt,
        lacking=lacking,
        choices=choices,
        category_id=category_id,
        called_again=CALLED_AGAIN,
        verified=VERIFIED,
        not_solved=NOT_SOLVED,
        recovered=RECOVERED,
        alerts_again=AGAIN,
        alerts=heard,
        made_calls=made_calls,
        customers_number=customers,
        to_decide=_to_decide(ticket, made_calls),
        done=request.query.get("done"),
        statuses=OPEN_STATUSES,
        priorities=PRIORITIES,
        title_max=TITLE_MAX,
        text_max=TEXT_MAX,
    )


async def choice_of(connection: AsyncConnection, form: Form) -> Chosen:
    """The category that a form's field ``category`` names. Raises NotFoundError."""
    text = form.get("category", "")
    id_ = id_of(text)
    if text and id_ is None:
        raise NotFoundError("there is no such category")
    try:
        return await categories.chosen(connection, id_)
    except CategoryError as error:
        raise NotFoundError("there is no such category") from error


async def _names(connection: AsyncConnection) -> dict[str, str]:
    """Login to name."""
    return {agent.login: agent.name for agent in await agents.everyone(connection)}
