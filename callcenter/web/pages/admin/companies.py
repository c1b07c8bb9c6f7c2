"""A company of the directory, with all that is its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents, companies, contacts, customers, numbers
from callcenter.db.belongings import CONTRACTS, DEVICES, Belongings
from callcenter.db.companies import Fields
from callcenter.db.entries import EMAIL_MAX, NAME_MAX, EntryError
from callcenter.db.numbers import Holder
from callcenter.db.sessions import Session
from callcenter.db.trail import By
from callcenter.db.versions import StaleError
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, PageHandler, page, read_form
from callcenter.web.ids import ID, id_in, id_of
from callcenter.web.pages.admin.staff import STAFF, Refused, Typed, by, one_line
from callcenter.web.passwords import MIN_LENGTH, made
from callcenter.web.render import RENDERER

PAGE = "/admin/companies"
ONE = f"{PAGE}/{{company:{ID}}}"


@dataclass(frozen=True, slots=True)
class Doing:
    """A change to a company, under way in a transaction."""

    connection: AsyncConnection
    company_id: int
    by: By
    country: str
    form: Form

    @property
    def key(self) -> int | None:
        """The id of what the form is about; None for something new."""
        return id_of(self.form.get("id"))


Act = Callable[[Doing], Awaitable[None]]


async def show_new(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The form for a company that nobody wrote down yet."""
    return await _new(request, {})


async def add(request: web.Request, session: Session) -> web.StreamResponse:
    """Write a company down."""
    form = await read_form(request)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            key = await companies.add(connection, _fields(form), by=by(request, session))
    except EntryError as error:
        return await _new(request, form, error)
    raise web.HTTPSeeOther(f"{PAGE}/{key}?done=added")


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """One company, with all that is its own."""
    return await page_of(request)


async def change(doing: Doing) -> None:
    """Write what is said of it."""
    await companies.change(
        doing.connection,
        doing.company_id,
        _fields(doing.form),
        version=doing.form.get("version", ""),
        by=doing.by,
    )


async def change_numbers(doing: Doing) -> None:
    """Give it a number, or take one away."""
    await give_or_take(doing, Holder(doing.company_id))


async def give_or_take(doing: Doing, holder: Holder) -> None:
    """Give somebody a number, or with ``do=take`` take one away."""
    if doing.form.get("do") == "take":
        await numbers.take(doing.connection, holder, doing.key or 0, by=doing.by)
    else:
        text = doing.form.get("number", "")
        await numbers.give(doing.connection, holder, text, country=doing.country, by=doing.by)


async def change_contracts(doing: Doing) -> None:
    """Write down a contract, change one or take one out."""
    form = doing.form
    await _write(
        doing,
        CONTRACTS,
        {
            "name": one_line(form.get("name", "")),
            "covers_support": "covers_support" in form,
            "starts_on": _day("starts_on", form),
            "ends_on": _day("ends_on", form),
        },
    )


async def change_devices(doing: Doing) -> None:
    """Write down a device, change one or take one out."""
    form = doing.form
    await _write(
        doing,
        DEVICES,
        {
            "name": one_line(form.get("name", "")),
            "kind": one_line(form.get("kind", ""))[:NAME_MAX] or None,
            "contact_id": id_of(form.get("contact_id")),
        },
    )


async def add_contact(doing: Doing) -> None:
    """Write down somebody who is there."""
    fields = contact_fields(doing.form)
    await contacts.add(doing.connection, doing.company_id, fields, by=doing.by)


async def show_removal(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """What would go along, before it does."""
    return await _removal(request)


async def remove(request: web.Request, session: Session) -> web.StreamResponse:
    """Take it out of the directory, unless somebody changed it since the page was shown."""
    form, key = await read_form(request), id_in(request, "company")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            version = form.get("version", "")
            await companies.remove(connection, key, version=version, by=by(request, session))
    except StaleError:
        return await _removal(request, is_stale=True)
    except EntryError as error:
        raise NotFoundError("it is not in the directory any more") from error
    raise web.HTTPSeeOther(f"{PAGE}?done=removed")


def action(act: Act, part: str) -> PageHandler:
    """A form's handler: do it, then show the company; a mistake is shown where it was made."""

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form, context = await read_form(request), request.app[CONTEXT]
        key = id_in(request, "company")
        try:
            async with context.database.transaction() as connection:
                who = by(request, session)
                await act(Doing(connection, key, who, context.country, form))
        except EntryError as error:
            return await page_of(request, Refused(part, Typed(form), error))
        except StaleError:
            return await page_of(request, Refused(part, Typed(form), None))
        raise web.HTTPSeeOther(f"{PAGE}/{key}?done={part}")

    return handle


def contact_fields(form: Form) -> contacts.Fields:
    """What a form says of a contact."""
    return contacts.Fields(one_line(form.get("name", "")), one_line(form.get("email", "")) or None)


routes = [
    web.get(f"{PAGE}/new", page(show_new, roles=STAFF)),
    web.post(f"{PAGE}/new", page(add, roles=STAFF)),
    web.get(ONE, page(show, roles=STAFF)),
    web.post(ONE, page(action(change, "fields"), roles=STAFF)),
    web.post(f"{ONE}/numbers", page(action(change_numbers, "number"), roles=STAFF)),
    web.post(f"{ONE}/contracts", page(action(change_contracts, "contract"), roles=STAFF)),
    web.post(f"{ONE}/devices", page(action(change_devices, "device"), roles=STAFF)),
    web.post(f"{ONE}/contacts", page(action(add_contact, "contact"), roles=STAFF)),
    web.get(f"{ONE}/remove", page(show_removal, roles=STAFF)),
    web.post(f"{ONE}/remove", page(remove, roles=STAFF)),
]


async def page_of(request: web.Request, refused: Refused | None = None) -> web.Response:
    """The page of a company; ``refused`` is what was sent and could not be written."""
    key = id_in(request, "company")
    if refused and refused.is_of_gone:
        raise NotFoundError("it is not in the directory any more")
    async with request.app[CONTEXT].database.reading() as connection:
        company = await companies.get(connection, key)
        if company is None:
            raise NotFoundError("there is no such company")
        values = {
            "contacts": await contacts.of_company(connection, key),
            "numbers": await numbers.of(connection, Holder(key)),
            "contracts": await CONTRACTS.of(connection, key),
            "devices": await DEVICES.of(connection, key),
            "customers": await customers.of_company(connection, key),
            "names": await _agent_names(connection),
        }
    return request.app[RENDERER].page(
        request,
        "admin/company.html",
        status=refused.status if refused else 200,
        back=f"{PAGE}/{key}",
        company=company,
        refused=refused,
        done=request.query.get("done"),
        password=made(),
        password_min=MIN_LENGTH,
        **_LIMITS,
        **values,
    )


_LIMITS: Mapping[str, int] = {"name_max": NAME_MAX, "email_max": EMAIL_MAX}


async def _new(request: web.Request, form: Form, error: EntryError | None = None) -> web.Response:
    async with request.app[CONTEXT].database.reading() as connection:
        names = await _agent_names(connection)
    return request.app[RENDERER].page(
        request,
        "admin/company_new.html",
        status=422 if error else 200,
        back=f"{PAGE}/new",
        form=Typed(form),
        wrong=error,
        names=names,
        **_LIMITS,
    )


async def _removal(request: web.Request, *, is_stale: bool = False) -> web.Response:
    key = id_in(request, "company")
    async with request.app[CONTEXT].database.reading() as connection:
        company = await companies.get(connection, key)
        if company is None:
            raise NotFoundError("there is no such company")
        attached = await companies.attached(connection, key)
    return request.app[RENDERER].page(
        request,
        "admin/removal.html",
        status=409 if is_stale else 200,
        back=f"{PAGE}/{key}/remove",
        address=f"{PAGE}/{key}",
        entry=company,
        attached=attached,
        is_stale=is_stale,
    )


async def _write(doing: Doing, kind: Belongings, values: Mapping[str, Any]) -> None:
    connection, company_id, key = doing.connection, doing.company_id, doing.key
    if key is None:
        await kind.add(connection, company_id, values, by=doing.by)
    elif doing.form.get("do") == "remove":
        await kind.remove(connection, company_id, key, by=doing.by)
    else:
        version = doing.form.get("version", "")
        await kind.change(connection, company_id, key, values, version=version, by=doing.by)


def _fields(form: Form) -> Fields:
    owner, backup = (one_line(form.get(name, "")) for name in ("account_owner", "backup"))
    return Fields(one_line(form.get("name", "")), owner or None, backup or None)


def _day(name: str, form: Form) -> date | None:
    """A day as browsers send it. Raises EntryError for what is none."""
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise EntryError(name, "form", "a day is written like 2026-11-23") from error


async def _agent_names(connection: AsyncConnection) -> list[str]:
    return [each.name for each in await agents.everyone(connection) if each.active]
