"""Who may sign in to the portal for a company. Their passwords are an administrator's to give."""

from aiohttp import web

from callcenter.db import customers
from callcenter.db.customers import CustomerError
from callcenter.db.entries import EntryError
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.entrance import PASSWORDS
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, page, read_form
from callcenter.web.ids import ID, id_in, id_of
from callcenter.web.pages.admin import companies
from callcenter.web.pages.admin.staff import ADMINS, Refused, Typed, by, one_line
from callcenter.web.passwords import MAX_LENGTH, MIN_LENGTH

PAGE = f"{companies.ONE}/customers"
PART = "customer"


async def add(request: web.Request, session: Session) -> web.StreamResponse:
    """Let somebody of the company sign in."""
    form, company_id, who = (
        await read_form(request),
        id_in(request, "company"),
        by(request, session),
    )
    try:
        name = one_line(form.get("name", ""))
        if not name:
            raise EntryError("name", "missing", "a customer needs a name")
        hashed = await _hash(request, form)
        async with request.app[CONTEXT].database.transaction() as connection:
            await customers.add(
                connection,
                login=form.get("login", ""),
                name=name,
                company_id=company_id,
                contact_id=id_of(form.get("contact_id")),
                password_hash=hashed,
                now=who.now,
                actor=who.actor,
            )
    except CustomerError:
        return await _refused(request, form, "login", "taken")
    except EntryError as error:
        return await companies.page_of(request, Refused(PART, Typed(form), error))
    raise web.HTTPSeeOther(f"{companies.PAGE}/{company_id}?done={PART}")


async def change(request: web.Request, session: Session) -> web.StreamResponse:
    """Give them another password, or switch them off or on: ``do`` says which."""
    form, company_id, who = (
        await read_form(request),
        id_in(request, "company"),
        by(request, session),
    )
    try:
        hashed = await _hash(request, form) if form.get("do") == "password" else None
        async with request.app[CONTEXT].database.transaction() as connection:
            key = id_in(request, "customer")
            customer = await customers.by_id(connection, key)
            if customer is None or customer.company_id != company_id:
                raise NotFoundError("there is no such customer")
            if hashed is not None:
                await customers.set_password(connection, key, hashed, now=who.now, actor=who.actor)
            elif form.get("do") in ("on", "off"):
                active = form["do"] == "on"
                await customers.set_active(
                    connection, key, active=active, now=who.now, actor=who.actor
                )
    except EntryError as error:
        return await companies.page_of(request, Refused(PART, Typed(form), error))
    raise web.HTTPSeeOther(f"{companies.PAGE}/{company_id}?done={PART}")


routes = [
    web.post(PAGE, page(add, roles=ADMINS)),
    web.post(f"{PAGE}/{{customer:{ID}}}", page(change, roles=ADMINS)),
]


async def _hash(request: web.Request, form: Form) -> str:
    password = form.get("password", "").strip()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise EntryError("password", "form", f"a password has {MIN_LENGTH} characters or more")
    return await request.app[PASSWORDS].hash(password)


async def _refused(request: web.Request, form: Form, field: str, reason: str) -> web.Response:
    error = EntryError(field, reason, "the customer cannot be added so")
    return await companies.page_of(request, Refused(PART, Typed(form), error))
