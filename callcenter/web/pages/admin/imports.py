"""Import of a directory file: uploaded, shown as what will change, and only then applied."""

from aiohttp import web

from callcenter.db import imports
from callcenter.db.imports import Import
from callcenter.db.sessions import Session
from callcenter.directory.row import COLUMNS
from callcenter.directory.sheet import FILE_MAX_BYTES, DirectoryFileError, check_header, decode
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page, read_form
from callcenter.web.ids import ID, id_in, id_of
from callcenter.web.importing import IMPORTS, Job
from callcenter.web.pages.admin.staff import ADMINS, by
from callcenter.web.render import RENDERER
from callcenter.web.uploads import Upload, upload_page

PAGE = "/admin/import"
ONE = f"{PAGE}/{{import:{ID}}}"

ROWS = 20
SHOWN = 100
"""Entries of a plan on one page."""

KINDS = ("added", "changed", "refused")

LOOK_AGAIN_S = "1"
"""While one is under way the page is read again: it has nothing that could be lost by it."""


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The form for a file, and the imports there were."""
    return await _list(request)


async def upload(request: web.Request, session: Session, sent: Upload) -> web.StreamResponse:
    """Keep a file, to be shown before anything is written."""
    context = request.app[CONTEXT]
    if not sent.data:
        return await _list(request, is_missing=True)
    try:
        text = decode(sent.data)
        check_header(text)
    except DirectoryFileError as error:
        return await _list(request, error=error)
    async with context.database.transaction() as connection:
        key = await imports.add(
            connection, sent.file_name, text, agent_id=session.agent.id, now=context.now()
        )
    raise web.HTTPSeeOther(f"{PAGE}/{key}")


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """What it will do, entry by entry; or how far it is; or what it did."""
    found = await _import(request)
    job = request.app[IMPORTS].preview(found.id) if found.is_waiting else None
    kind = request.query.get("show", "added")
    start = id_of(request.query.get("from")) or 0
    response = request.app[RENDERER].page(
        request,
        "admin/import.html",
        back=f"{PAGE}/{found.id}",
        one=found,
        job=job,
        kind=kind if kind in KINDS else "added",
        rows=_rows(job, kind)[start : start + SHOWN],
        start=start,
        shown=SHOWN,
        of=len(_rows(job, kind)),
    )
    if job is not None and job.is_running:
        response.headers["Refresh"] = LOOK_AGAIN_S
    return response


async def act(request: web.Request, session: Session) -> web.StreamResponse:
    """Apply what was shown, or drop the file: ``do`` says which."""
    form, found = await read_form(request), await _import(request)
    if form.get("do") == "drop":
        async with request.app[CONTEXT].database.transaction() as connection:
            await imports.drop(connection, found.id)
        request.app[IMPORTS].forget(found.id)
        raise web.HTTPSeeOther(PAGE)
    if found.is_waiting and form.get("do") == "apply":
        shown = form.get("fingerprint", "")
        request.app[IMPORTS].apply(found.id, shown, by(request, session))
    raise web.HTTPSeeOther(f"{PAGE}/{found.id}")


routes = [
    web.get(PAGE, page(show_list, roles=ADMINS)),
    web.post(PAGE, upload_page(upload, roles=ADMINS, most=FILE_MAX_BYTES)),
    web.get(ONE, page(show, roles=ADMINS)),
    web.post(ONE, page(act, roles=ADMINS)),
]


def _rows(job: Job | None, kind: str) -> list[object]:
    if job is None or job.plan is None:
        return []
    plan = job.plan
    return list({"changed": plan.changed, "refused": plan.refused}.get(kind, plan.added))


async def _import(request: web.Request) -> Import:
    async with request.app[CONTEXT].database.reading() as connection:
        found = await imports.get(connection, id_in(request, "import"))
    if found is None:
        raise NotFoundError("there is no such import")
    return found


async def _list(
    request: web.Request, *, error: DirectoryFileError | None = None, is_missing: bool = False
) -> web.Response:
    async with request.app[CONTEXT].database.reading() as connection:
        latest = await imports.latest(connection, ROWS)
    return request.app[RENDERER].page(
        request,
        "admin/imports.html",
        status=422 if error or is_missing else 200,
        back=PAGE,
        imports=latest,
        reasons=error.reasons if error else (),
        is_missing=is_missing,
        columns=COLUMNS,
        megabytes=FILE_MAX_BYTES // 1_000_000,
    )
