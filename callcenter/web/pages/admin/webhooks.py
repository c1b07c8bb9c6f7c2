"""Webhooks: who is told what happens, whether they hear it, and what they did not."""

from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.delivery import Why
from callcenter.db import deliveries, destinations, forgetting, trail
from callcenter.db.deliveries import Counts
from callcenter.db.destinations import URL_MAX, Destination, Kind, Wanted
from callcenter.db.entries import NAME_MAX, EntryError, GoneError
from callcenter.db.sessions import Session
from callcenter.db.trail import By
from callcenter.db.versions import StaleError
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, page, read_form
from callcenter.web.ids import ID, id_in, id_of
from callcenter.web.pages.admin.staff import ADMINS, Typed, by, one_line
from callcenter.web.render import RENDERER
from webhooks import SUBSCRIBABLE

PAGE = "/admin/webhooks"
ONE = f"{PAGE}/{{webhook:{ID}}}"

TYPE, LINE = "type:", "line:"
"""How the names of these fields begin; the type, or the line, follows."""

SHOWN = 25
"""The newest messages of a destination."""


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """All of them, with their health."""
    async with request.app[CONTEXT].database.reading() as connection:
        every = await destinations.every(connection)
        counts = await deliveries.counts(connection)
    return request.app[RENDERER].page(
        request,
        "admin/webhooks.html",
        destinations=every,
        counts=counts,
        none=Counts(),
        done=request.query.get("done"),
    )


async def show_new(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The form for another, of the kind that the query names."""
    return await _form(request, None)


async def add(request: web.Request, session: Session) -> web.StreamResponse:
    """Tell somebody else what happens from now on."""
    form = await read_form(request)
    who = by(request, session)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            wanted, secret = _wanted(form), form.get("secret", "").strip()
            key = await destinations.add(connection, wanted, secret, who)
    except EntryError as error:
        return await _form(request, None, form=form, error=error)
    request.app[CONTEXT].webhooks_changed()
    raise web.HTTPSeeOther(f"{PAGE}/{key}?done=added")


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """One destination, with its last messages."""
    return await _form(request, id_in(request, "webhook"))


async def change(request: web.Request, session: Session) -> web.StreamResponse:
    """Write it anew, unless somebody else did so meanwhile."""
    form, key = await read_form(request), id_in(request, "webhook")
    version, who = form.get("version", ""), by(request, session)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await destinations.change(connection, key, _wanted(form), version=version, by=who)
    except EntryError as error:
        return await _form(request, key, form=form, error=error)
    except StaleError:
        return await _form(request, key, form=form, is_stale=True)
    raise _done(request, key, "saved")


async def set_secret(request: web.Request, session: Session) -> web.StreamResponse:
    """Have another secret beside the one that is there, or that one alone: ``do`` says which."""
    form, key = await read_form(request), id_in(request, "webhook")
    who, do = by(request, session), form.get("do", "")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await _require_standard(connection, key)  # its token is in its endpoint
            if do == "rotate":
                secret = form.get("secret", "").strip()
                await destinations.rotate(connection, key, secret, who)
            elif do == "end":
                await destinations.end_rotation(connection, key, who)
            else:
                raise NotFoundError("there is no such button")
    except EntryError as error:
        return await _form(request, key, form=form, error=error)
    raise _done(request, key, do)


async def switch(request: web.Request, session: Session) -> web.StreamResponse:
    """Tell it nothing more, or again, what it missed first: ``do`` says which."""
    form, key = await read_form(request), id_in(request, "webhook")
    who, do = by(request, session), form.get("do", "")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            if do == "on":
                await destinations.switch_on(connection, key, who)
            elif do == "off":
                await destinations.switch_off(connection, key, Why.ADMIN, who)
            else:
                raise NotFoundError("there is no such switch")
    except EntryError as error:
        return await _form(request, key, form=form, error=error)
    raise _done(request, key, do)


async def test(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Send it a test; what came of it is the first of its messages."""
    key = id_in(request, "webhook")
    await read_form(request)
    try:
        await request.app[CONTEXT].test_webhook(key)
    except GoneError as error:
        raise NotFoundError("there is no such destination") from error
    raise _done(request, key, "test")


async def replay(request: web.Request, session: Session) -> web.StreamResponse:
    """Send once more one message, those of a time, or all that failed."""
    form, key = await read_form(request), id_in(request, "webhook")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await _replay(request, connection, key, form, by(request, session))
    except EntryError as error:
        return await _form(request, key, form=form, error=error)
    raise _done(request, key, "replay")


async def show_removal(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """What would go along, before it does."""
    return await _removal(request)


async def remove(request: web.Request, session: Session) -> web.StreamResponse:
    """Tell it nothing more and forget it, unless somebody changed it since the page was shown."""
    form, key = await read_form(request), id_in(request, "webhook")
    version, who = form.get("version", ""), by(request, session)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await forgetting.remove(connection, key, version=version, by=who)
    except StaleError:
        return await _removal(request, is_stale=True)
    except GoneError as error:
        raise NotFoundError("there is no such destination") from error
    request.app[CONTEXT].webhooks_changed()
    raise web.HTTPSeeOther(f"{PAGE}?done=removed")


routes = [
    web.get(PAGE, page(show_list, roles=ADMINS)),
    web.get(f"{PAGE}/new", page(show_new, roles=ADMINS)),
    web.post(f"{PAGE}/new", page(add, roles=ADMINS)),
    web.get(ONE, page(show, roles=ADMINS)),
    web.post(ONE, page(change, roles=ADMINS)),
    web.post(f"{ONE}/secret", page(set_secret, roles=ADMINS)),
    web.post(f"{ONE}/switch", page(switch, roles=ADMINS)),
    web.post(f"{ONE}/test", page(test, roles=ADMINS)),
    web.post(f"{ONE}/replay", page(replay, roles=ADMINS)),
    web.get(f"{ONE}/remove", page(show_removal, roles=ADMINS)),
    web.post(f"{ONE}/remove", page(remove, roles=ADMINS)),
]


def _done(request: web.Request, key: int, what: str) -> web.HTTPSeeOther:
    request.app[CONTEXT].webhooks_changed()
    return web.HTTPSeeOther(f"{PAGE}/{key}?done={what}")


async def _replay(
    request: web.Request, connection: AsyncConnection, key: int, form: Form, who: By
) -> None:
    await _require_standard(connection, key)  # a call that is over would ring there now
    one = id_of(form.get("delivery"))
    since, until = _moment(request, form, "since"), _moment(request, form, "until")
    if form.get("do") == "range" and since is None:
        raise EntryError("since", "missing", "it is not said from when on: write a day and a time")
    keys = None if one is None else [one]
    count = await deliveries.replay(connection, key, keys=keys, since=since, until=until)
    action, about = trail.Action.WEBHOOK_REPLAYED, f"webhook:{key}"
    await trail.note(
        connection, action, now=who.now, actor=who.actor, about=about, count=str(count)
    )


def _moment(request: web.Request, form: Form, field: str) -> datetime | None:
    text = form.get(field, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=request.app[CONTEXT].timezone)
    except ValueError as error:
        raise EntryError(field, "form", "write it like 2026-11-23T09:00") from error


def _wanted(form: Form) -> Wanted:
    lines = tuple(name.removeprefix(LINE) for name in form if name.startswith(LINE))
    return Wanted(
        name=one_line(form.get("name", "")),
        url=form.get("url", "").strip(),
        types=tuple(kind for kind in SUBSCRIBABLE if TYPE + kind in form),
        lines=lines or None,
        is_ours="ours" in form,
        kind=_kind(form.get("kind")),
    )


def _kind(name: str | None) -> Kind:
    return Kind.ZAMMAD_CTI if name == Kind.ZAMMAD_CTI else Kind.STANDARD


async def _form(
    request: web.Request,
    key: int | None,
    *,
    form: Form | None = None,
    error: EntryError | None = None,
    is_stale: bool = False,
) -> web.Response:
    """The page of a destination, or of another: as it is, or as it was sent, with what is wrong."""
    async with request.app[CONTEXT].database.reading() as connection:
        one = await _one(connection, key) if key is not None else None
        last = await deliveries.last(connection, one.id, SHOWN) if one else []
        counts = (await deliveries.counts(connection)).get(one.id, Counts()) if one else Counts()
    return request.app[RENDERER].page(
        request,
        "admin/webhook.html",
        status=409 if is_stale else 422 if error else 200,
        back=f"{PAGE}/{key or 'new'}",
        one=one,
        kind=one.kind if one else _kind((form or request.query).get("kind")),
        counts=counts,
        deliveries=last,
        version=destinations.version_of(one) if one else "",
        typed=Typed(form if form and "name" in form else _fields(one)),
        sent=Typed(form or {}),
        secret=(form or {}).get("secret") or destinations.new_secret(),
        wrong=error,
        is_stale=is_stale,
        done=request.query.get("done"),
        types=SUBSCRIBABLE,
        lines=sorted({*request.app[CONTEXT].lines, *((one and one.lines) or ())}),
        name_max=NAME_MAX,
        url_max=URL_MAX,
    )


async def _removal(request: web.Request, *, is_stale: bool = False) -> web.Response:
    key = id_in(request, "webhook")
    async with request.app[CONTEXT].database.reading() as connection:
        one = await _one(connection, key)
        counts = (await deliveries.counts(connection)).get(key, Counts())
    return request.app[RENDERER].page(
        request,
        "admin/webhook_removal.html",
        status=409 if is_stale else 200,
        back=f"{PAGE}/{key}/remove",
        one=one,
        counts=counts,
        version=destinations.version_of(one),
        is_stale=is_stale,
    )


async def _one(connection: AsyncConnection, key: int) -> Destination:
    found = await destinations.get(connection, key)
    if found is None:
        raise NotFoundError("there is no such destination")
    return found


async def _require_standard(connection: AsyncConnection, key: int) -> None:
    """Raise NotFoundError for a caller log: it has no such button."""
    if (await _one(connection, key)).kind is not Kind.STANDARD:
        raise NotFoundError("a caller log has no such button")


def _fields(one: Destination | None) -> Form:
    if one is None:
        return dict.fromkeys((TYPE + kind for kind in SUBSCRIBABLE), "on")
    fields = {"name": one.name, "url": one.url}
    fields |= dict.fromkeys((TYPE + kind for kind in one.types), "on")
    fields |= dict.fromkeys((LINE + line for line in one.lines or ()), "on")
    return fields | ({"ours": "on"} if one.may_be_private else {})
