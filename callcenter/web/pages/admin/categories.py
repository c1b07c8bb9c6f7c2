"""What tickets can be about: two levels, in an order, and never removed."""

from aiohttp import web

from callcenter.db import categories
from callcenter.db.categories import NAME_MAX, CategoryError
from callcenter.db.sessions import Session
from callcenter.db.versions import StaleError
from callcenter.web.context import CONTEXT
from callcenter.web.identity import Form, page, read_form
from callcenter.web.ids import ID, id_in, id_of
from callcenter.web.pages.admin.staff import STAFF, Typed, by
from callcenter.web.render import RENDERER

PAGE = "/admin/categories"

POSITION_MAX = 999


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """All of them, those too that are switched off."""
    return await _page(request)


async def add(request: web.Request, session: Session) -> web.StreamResponse:
    """Write down a category, or one below another."""
    form = await read_form(request)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await categories.add(
                connection,
                form.get("name", ""),
                parent_id=id_of(form.get("parent")),
                position=_position(form),
                by=by(request, session),
            )
    except CategoryError as error:
        return await _page(request, None, form, error)
    raise web.HTTPSeeOther(f"{PAGE}?done=added")


async def change(request: web.Request, session: Session) -> web.StreamResponse:
    """Rename it, put it elsewhere, switch it on or off."""
    form, key = await read_form(request), id_in(request, "category")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await categories.change(
                connection,
                key,
                name=form.get("name", ""),
                position=_position(form),
                active="active" in form,
                version=form.get("version", ""),
                by=by(request, session),
            )
    except CategoryError as error:
        return await _page(request, key, form, error)
    except StaleError:
        return await _page(request, key, form)
    raise web.HTTPSeeOther(f"{PAGE}?done={key}")


routes = [
    web.get(PAGE, page(show, roles=STAFF)),
    web.post(PAGE, page(add, roles=STAFF)),
    web.post(f"{PAGE}/{{category:{ID}}}", page(change, roles=STAFF)),
]


def _position(form: Form) -> int:
    return min(id_of(form.get("position")) or 0, POSITION_MAX)


async def _page(
    request: web.Request,
    key: int | None = None,
    form: Form | None = None,
    error: CategoryError | None = None,
) -> web.Response:
    """The page; ``form`` is what was sent about the category ``key``, or about a new one."""
    async with request.app[CONTEXT].database.reading() as connection:
        tree = await categories.tree(connection, with_inactive=True)
    return request.app[RENDERER].page(
        request,
        "admin/categories.html",
        status=200 if form is None else 422 if error else 409,
        back=PAGE,
        tree=tree,
        version_of=categories.version_of,
        key=key,
        form=None if form is None else Typed(form),
        wrong=error,
        done=request.query.get("done"),
        name_max=NAME_MAX,
        position_max=POSITION_MAX,
    )
