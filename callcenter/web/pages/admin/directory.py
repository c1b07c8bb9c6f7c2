"""The directory: what is in it by name, and what is looked for."""

from aiohttp import web

from callcenter.core.identity import normalise
from callcenter.db import callers, companies
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.identity import page, read_form
from callcenter.web.ids import id_of
from callcenter.web.pages.admin.companies import PAGE
from callcenter.web.pages.admin.staff import STAFF, one_line
from callcenter.web.render import RENDERER

ROWS = 50
SEARCH_MAX = 100
"""Characters that are searched for."""


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Companies by name; ``?after=`` has the id of the last one of the page before."""
    async with request.app[CONTEXT].database.reading() as connection:
        after = id_of(request.query.get("after"))
        found, more = await companies.page(connection, after=after, limit=ROWS)
    return request.app[RENDERER].page(
        request, "admin/companies.html", companies=found, more=more, words=None, found=()
    )


async def search(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Companies and contacts with these words in their names, or with this number.

    What is searched for comes in the form's body: addresses end up in logs.
    """
    context = request.app[CONTEXT]
    words = one_line((await read_form(request)).get("words", ""))[:SEARCH_MAX]
    async with context.database.reading() as connection:
        e164 = normalise(words, country=context.country)
        if e164 is not None:
            found = await callers.holders(connection, e164)
        else:
            found = await callers.search(connection, words, limit=ROWS)
    return request.app[RENDERER].page(
        request,
        "admin/companies.html",
        back=PAGE,
        companies=(),
        more=None,
        words=words,
        found=found,
    )


routes = [
    web.get(PAGE, page(show_list, roles=STAFF)),
    web.post(f"{PAGE}/search", page(search, roles=STAFF)),
]
