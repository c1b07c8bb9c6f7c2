"""Duplicates: entries of the directory that may be one, side by side, and merged if they are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.likeness import Known, Likeness, company_key, pairs, person_key
from callcenter.db import companies, contacts, duplicates, numbers, uniting
from callcenter.db.entries import EntryError
from callcenter.db.numbers import Holder, Number
from callcenter.db.pointers import Attached
from callcenter.db.sessions import Session
from callcenter.db.versions import StaleError
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page, read_form
from callcenter.web.ids import ID, id_in, id_of
from callcenter.web.pages.admin.staff import STAFF, by
from callcenter.web.render import RENDERER

PAGE = "/admin/duplicates"
KIND = "{kind:companies|contacts}"
TWO = f"{PAGE}/{KIND}/{{first:{ID}}}/{{second:{ID}}}"

SHOWN = 100
"""Pairs: who merges more comes back for the rest."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entries that may be one, and why."""

    first: Known
    second: Known
    reasons: tuple[Likeness, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, with what points at it."""

    entry: Any  # a Company or a Contact
    numbers: Sequence[Number]
    attached: Attached


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """What may be there twice, the likeliest first."""
    async with request.app[CONTEXT].database.reading() as connection:
        firms = await duplicates.known_companies(connection)
        people = await duplicates.known_contacts(connection)
    # In a thread: tens of thousands of names are compared, and the pages go on.
    return request.app[RENDERER].page(
        request,
        "admin/duplicates.html",
        companies=await asyncio.to_thread(_proposals, firms, company_key),
        contacts=await asyncio.to_thread(_proposals, people, person_key),
        firms={one.id: one.name for one in firms},
        done=request.query.get("done"),
    )


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Both, side by side."""
    return await _page(request)


async def merge(request: web.Request, session: Session) -> web.StreamResponse:
    """Let the one that was chosen be both."""
    form = await read_form(request)
    two = id_in(request, "first"), id_in(request, "second")
    survivor = id_of(form.get("survivor"))
    unite = _UNITE[request.match_info["kind"]]
    if survivor not in two:
        return await _page(request, wrong="choose")
    other = two[1] if survivor == two[0] else two[0]
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            if form.get("versions") != await _versions(connection, request):
                raise StaleError
            await unite(connection, survivor, other, by=by(request, session))
    except StaleError:
        return await _page(request, wrong="stale")
    except EntryError:
        return await _page(request, wrong="companies")
    raise web.HTTPSeeOther(f"/admin/{request.match_info['kind']}/{survivor}?done=merged")


routes = [
    web.get(PAGE, page(show_list, roles=STAFF)),
    web.get(TWO, page(show, roles=STAFF)),
    web.post(TWO, page(merge, roles=STAFF)),
]

_UNITE: dict[str, Callable[..., Awaitable[None]]] = {
    "companies": uniting.unite_companies,
    "contacts": uniting.unite_contacts,
}


def _proposals(known: Sequence[Known], key: Callable[[str], str]) -> list[Proposal]:
    by_id = {one.id: one for one in known}
    return [
        Proposal(by_id[pair.first], by_id[pair.second], pair.reasons)
        for pair in pairs(known, key)[:SHOWN]
    ]


async def _page(request: web.Request, *, wrong: str | None = None) -> web.Response:
    async with request.app[CONTEXT].database.reading() as connection:
        sides = [await _side(connection, request, name) for name in ("first", "second")]
        seen = await _versions(connection, request)
    return request.app[RENDERER].page(
        request,
        "admin/duplicate.html",
        status={None: 200, "stale": 409}.get(wrong, 422),
        back=request.path,
        kind=request.match_info["kind"],
        sides=sides,
        versions=seen,
        wrong=wrong,
    )


async def _side(connection: AsyncConnection, request: web.Request, name: str) -> Side:
    entry = await _entry(connection, request, name)
    if isinstance(entry, contacts.Contact):
        holder = Holder(entry.company_id, entry.id)
        attached = await contacts.attached(connection, entry.id)
    else:
        holder, attached = Holder(entry.id), await companies.attached(connection, entry.id)
    return Side(entry, await numbers.of(connection, holder), attached)


async def _entry(
    connection: AsyncConnection, request: web.Request, name: str
) -> companies.Company | contacts.Contact:
    get = {"companies": companies.get, "contacts": contacts.get}[request.match_info["kind"]]
    entry = await get(connection, id_in(request, name))
    if entry is None or request.match_info["first"] == request.match_info["second"]:
        raise NotFoundError("one of the two is not in the directory any more")
    return entry


async def _versions(connection: AsyncConnection, request: web.Request) -> str:
    """What the page shows of both: who merges has seen it."""
    two = [await _entry(connection, request, name) for name in ("first", "second")]
    return "-".join(entry.version for entry in two)
