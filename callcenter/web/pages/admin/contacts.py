"""The people of a company, each with their numbers."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import contacts, numbers
from callcenter.db.contacts import Contact
from callcenter.db.entries import EMAIL_MAX, NAME_MAX, EntryError
from callcenter.db.numbers import Holder
from callcenter.db.sessions import Session
from callcenter.db.versions import StaleError
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import PageHandler, page, read_form
from callcenter.web.ids import ID, id_in
from callcenter.web.pages.admin import companies
from callcenter.web.pages.admin.companies import Doing, contact_fields, give_or_take
from callcenter.web.pages.admin.staff import STAFF, Refused, Typed, by
from callcenter.web.render import RENDERER

PAGE = "/admin/contacts"
ONE = f"{PAGE}/{{contact:{ID}}}"


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """One contact."""
    return await _page(request)


async def change(contact: Contact, doing: Doing) -> None:
    """Write what is said of them."""
    await contacts.change(
        doing.connection,
        contact.id,
        contact_fields(doing.form),
        version=doing.form.get("version", ""),
        by=doing.by,
    )


async def change_numbers(contact: Contact, doing: Doing) -> None:
    """Give them a number, or take one away."""
    await give_or_take(doing, Holder(contact.company_id, contact.id))


async def show_removal(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """What would go along, before it does."""
    return await _removal(request)


async def remove(request: web.Request, session: Session) -> web.StreamResponse:
    """Take them out of the directory, unless somebody changed them since the page was shown."""
    form, key = await read_form(request), id_in(request, "contact")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            contact = await _contact(connection, key)
            version = form.get("version", "")
            await contacts.remove(connection, key, version=version, by=by(request, session))
    except StaleError:
        return await _removal(request, is_stale=True)
    raise web.HTTPSeeOther(f"{companies.PAGE}/{contact.company_id}?done=removed")


def action(act: Callable[[Contact, Doing], Awaitable[None]], part: str) -> PageHandler:
    """A form's handler: do it, then show the contact; a mistake is shown where it was made."""

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form, context = await read_form(request), request.app[CONTEXT]
        key = id_in(request, "contact")
        try:
            async with context.database.transaction() as connection:
                contact = await _contact(connection, key)
                who = by(request, session)
                doing = Doing(connection, contact.company_id, who, context.country, form)
                await act(contact, doing)
        except EntryError as error:
            return await _page(request, Refused(part, Typed(form), error))
        except StaleError:
            return await _page(request, Refused(part, Typed(form), None))
        raise web.HTTPSeeOther(f"{PAGE}/{key}?done={part}")

    return handle


routes = [
    web.get(ONE, page(show, roles=STAFF)),
    web.post(ONE, page(action(change, "fields"), roles=STAFF)),
    web.post(f"{ONE}/numbers", page(action(change_numbers, "number"), roles=STAFF)),
    web.get(f"{ONE}/remove", page(show_removal, roles=STAFF)),
    web.post(f"{ONE}/remove", page(remove, roles=STAFF)),
]


async def _page(request: web.Request, refused: Refused | None = None) -> web.Response:
    async with request.app[CONTEXT].database.reading() as connection:
        contact = await _contact(connection, id_in(request, "contact"))
        holder = Holder(contact.company_id, contact.id)
        own = await numbers.of(connection, holder)
    return request.app[RENDERER].page(
        request,
        "admin/contact.html",
        status=refused.status if refused else 200,
        back=f"{PAGE}/{contact.id}",
        contact=contact,
        numbers=own,
        refused=refused,
        done=request.query.get("done"),
        name_max=NAME_MAX,
        email_max=EMAIL_MAX,
    )


async def _removal(request: web.Request, *, is_stale: bool = False) -> web.Response:
    key = id_in(request, "contact")
    async with request.app[CONTEXT].database.reading() as connection:
        contact = await _contact(connection, key)
        attached = await contacts.attached(connection, key)
    return request.app[RENDERER].page(
        request,
        "admin/removal.html",
        status=409 if is_stale else 200,
        back=f"{PAGE}/{key}/remove",
        address=f"{PAGE}/{key}",
        entry=contact,
        attached=attached,
        is_stale=is_stale,
    )


async def _contact(connection: AsyncConnection, key: int) -> Contact:
    contact = await contacts.get(connection, key)
    if contact is None:
        raise NotFoundError("there is no such contact")
    return contact
