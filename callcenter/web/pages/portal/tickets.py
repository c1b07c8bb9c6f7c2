"""The tickets of a customer's company: the list, one to read and to write in, a new one."""

import re
import secrets
from typing import Any

from aiohttp import web

from callcenter.core.identity import RAW_MAX, normalise
from callcenter.db import customer_tickets, customer_writing
from callcenter.db.customer_sessions import CustomerSession
from callcenter.db.customer_tickets import Cursor, Wanted
from callcenter.db.customer_writing import Asked
from callcenter.db.tickets import TEXT_MAX, TITLE_MAX, TicketError, TicketGoneError
from callcenter.web import cursors
from callcenter.web.context import CONTEXT, Portal
from callcenter.web.errors import BadFormError, NotFoundError
from callcenter.web.identity import CUSTOMERS, Form, customers_page, read_form
from callcenter.web.ids import id_of
from callcenter.web.pages.tickets import STATUSES
from callcenter.web.render import RENDERER

PORTAL = web.AppKey("portal", Portal)

ROWS = 25

SEARCH_MAX = 64
"""Characters that are looked for; nobody types more."""

NEW = "/portal/tickets/new"
TICKET = r"/portal/tickets/{number:T[0-9.]{1,31}}"

FORM_KEY = re.compile(r"[A-Za-z0-9_-]{32}")
"""What ``secrets.token_urlsafe(24)`` makes."""

COMPLETE, OPEN = "complete", "open"
"""Of which kind the last ticket of a page is, in the text of its cursor."""


async def show_list(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """A page of tickets, open ones first; ``?status=`` narrows it."""
    return await _list(request, session, dict(request.query))


async def search(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """The same for what was looked for: in no address, for titles tell of people."""
    return await _list(request, session, await read_form(request))


async def show(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """One ticket, or the one that it went into."""
    return await _ticket(request, session)


async def add_note(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """Write into a ticket, or into the one that it was merged into meanwhile."""
    form, context = await read_form(request), request.app[CONTEXT]
    try:
        async with context.database.transaction() as connection:
            number = await customer_writing.add_note(
                connection,
                session.customer,
                request.match_info["number"],
                form.get("note", ""),
                now=context.now(),
                base_url=context.public_url,
            )
    except TicketGoneError as error:
        raise NotFoundError("there is no such ticket") from error
    except TicketError as error:
        return await _ticket(request, session, form=form, wrong=error.field)
    context.hub.notify()
    raise web.HTTPSeeOther(f"/portal/tickets/{number}?done=noted")


async def show_form(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """The form for a new ticket, with a key of its own: what it makes is made once."""
    form = {
        "form_key": secrets.token_urlsafe(24),
        "contact": str(session.customer.contact_id or ""),
    }
    return await _form(request, session, form)


async def open_ticket(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """Make the ticket that the form describes."""
    form, context, portal = await read_form(request), request.app[CONTEXT], request.app[PORTAL]
    try:
        asked = _asked(form, context.line_countries.get(portal.line, context.country))
        async with context.database.transaction() as connection:
            number = await customer_writing.open_ticket(
                connection,
                session.customer,
                asked,
                queue=portal.line,
                timezone=portal.timezone,
                now=context.now(),
                base_url=context.public_url,
            )
    except TicketError as error:
        return await _form(request, session, form, wrong=error.field)
    context.hub.notify()
    raise web.HTTPSeeOther(f"/portal/tickets/{number}?done=opened")


def _asked(form: Form, country: str) -> Asked:
    """What the form asks for. Raises TicketError for a telephone or a contact that cannot be."""
    key, contact = form.get("form_key", ""), form.get("contact", "")
    if not FORM_KEY.fullmatch(key):
        raise BadFormError("the form is not as it was shown: load the page again")
    contact_id = id_of(contact)
    if contact and contact_id is None:
        raise TicketError("contact", "there is no such contact: choose one of the list")
    written = form.get("telephone", "").strip()
    telephone = normalise(written, country=country)
    if written and telephone is None:
        raise TicketError("telephone", "this is no telephone number: write all of its digits")
    return Asked(
        form_key=key,
        title=form.get("title", ""),
        description=form.get("description", ""),
        contact_id=contact_id,
        telephone=telephone,
    )


async def _list(request: web.Request, session: CustomerSession, asked: Form) -> web.StreamResponse:
    status, text = asked.get("status"), asked.get("text", "").strip()[:SEARCH_MAX]
    wanted = Wanted(
        status=next((each for each in STATUSES if each == status), None),
        text=text.replace("\0", "") or None,
    )
    async with request.app[CONTEXT].database.reading() as connection:
        found = await customer_tickets.page(
            connection,
            session.customer.company_id,
            wanted,
            after=_cursor(asked.get("after")),
            limit=ROWS,
        )
    return request.app[RENDERER].page(
        request,
        "portal/tickets.html",
        here=CUSTOMERS.home,
        back=CUSTOMERS.home,
        tickets=found.tickets,
        older=_text_of(found.next) if found.next else None,
        wanted=wanted,
        statuses=STATUSES,
        search_max=SEARCH_MAX,
    )


def _cursor(text: str | None) -> Cursor | None:
    found = cursors.from_text(text)
    if found is None:
        return None
    kind, _, number = found[1].partition("~")
    return Cursor(kind == COMPLETE, found[0], number)


def _text_of(cursor: Cursor) -> str:
    kind = COMPLETE if cursor.is_complete else OPEN
    return cursors.to_text(cursor.created_at, f"{kind}~{cursor.number}")


async def _ticket(
    request: web.Request,
    session: CustomerSession,
    *,
    form: Form | None = None,
    wrong: str | None = None,
) -> web.StreamResponse:
    asked, company_id = request.match_info["number"], session.customer.company_id
    async with request.app[CONTEXT].database.reading() as connection:
        number = await customer_tickets.read_at(connection, company_id, asked)
        ticket = await customer_tickets.get(connection, company_id, number) if number else None
    if ticket is None:
        raise NotFoundError("there is no such ticket")
    if ticket.number != asked and form is None:
        raise web.HTTPSeeOther(f"/portal/tickets/{ticket.number}")
    return request.app[RENDERER].page(
        request,
        "portal/ticket.html",
        status=422 if wrong else 200,
        back=f"/portal/tickets/{ticket.number}",
        ticket=ticket,
        form=form or {},
        wrong=wrong,
        done=request.query.get("done"),
        text_max=TEXT_MAX,
    )


async def _form(
    request: web.Request, session: CustomerSession, form: Form, *, wrong: str | None = None
) -> web.StreamResponse:
    async with request.app[CONTEXT].database.reading() as connection:
        people = await customer_writing.contacts_of(connection, session.customer.company_id)
    values: dict[str, Any] = {"title_max": TITLE_MAX, "text_max": TEXT_MAX, "number_max": RAW_MAX}
    return request.app[RENDERER].page(
        request,
        "portal/new.html",
        status=422 if wrong else 200,
        back=NEW,
        form=form,
        wrong=wrong,
        people=people,
        **values,
    )


routes = [
    web.get("/portal", customers_page(show_list)),
    web.post("/portal/search", customers_page(search)),
    web.get(NEW, customers_page(show_form)),
    web.post("/portal/tickets", customers_page(open_ticket)),
    web.get(TICKET, customers_page(show)),
    web.post(f"{TICKET}/notes", customers_page(add_note)),
]
