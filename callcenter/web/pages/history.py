"""The history, for supervisors: figures of a period, with the formula and the calls behind each."""

import asyncio
from typing import Final

from aiohttp import web

from callcenter.core.cadence import Cadence
from callcenter.core.metrics import figures
from callcenter.db.sessions import Session
from callcenter.web import history, sheets
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.history import Asked, By, History
from callcenter.web.identity import page
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.period import PeriodName, of_query
from callcenter.web.render import RENDERER, language_of
from callcenter.web.says import plain, says_of, words_of
from callcenter.web.sheets import CSV_TYPE, XLSX_TYPE

PAGE: Final = "/history"
SHEETS: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}


def _asked(request: web.Request) -> Asked:
    context = request.app[CONTEXT]
    query = request.query
    line = query["line"] if query.get("line") in context.lines else None
    zone = context.line_zones.get(line or "", context.timezone)
    by = query.get("by", By.DAY)
    return Asked(
        by=By(by) if by in set(By) else By.DAY,
        period=of_query(query, context.now().astimezone(zone).date()),
        line=line,
    )


async def _read(request: web.Request, asked: Asked) -> History:
    context = request.app[CONTEXT]
    today = context.now().astimezone(context.timezone).date()
    async with context.database.reading() as connection:
        return await history.read(connection, asked, today=today, country=context.country)


async def show(request: web.Request, _session: Session) -> web.StreamResponse:
    """The page."""
    asked = _asked(request)
    found = await _read(request, asked)
    says = says_of(request.app[RENDERER], language_of(request))
    return request.app[RENDERER].page(
        request,
        "history.html",
        plot_labels=[plain(says.label(asked.by, line.label)) for line in found.table.lines],
        asked=asked,
        history=found,
        figures=figures(found.total),
        names=tuple(PeriodName),
        cuts=tuple(By),
        cadences=tuple(Cadence),
        sends_mail=request.app[CONTEXT].sends_mail,
        lines=request.app[CONTEXT].lines,
    )


async def download(request: web.Request, _session: Session) -> web.StreamResponse:
    """The table as a file, in the reader's language."""
    kind = request.match_info["format"]
    asked = _asked(request)
    if asked.by is By.WAIT:
        raise NotFoundError("there is no such file: choose another table")
    found = await _read(request, asked)
    words = words_of(says_of(request.app[RENDERER], language_of(request)), asked, found)
    if kind == "csv":
        body = await asyncio.to_thread(sheets.to_csv, found.table, words)
    else:
        body = await asyncio.to_thread(sheets.to_xlsx, found.table, words, words.first)
    first, last = asked.period.first.isoformat(), asked.period.last.isoformat()
    name = f"callcenter-{asked.by.value}-{first}-{last}.{kind}"
    return web.Response(
        body=body,
        content_type=SHEETS[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


routes = [
    web.get(PAGE, page(show, roles=STAFF)),
    web.get(f"{PAGE}.{{format:csv|xlsx}}", page(download, roles=STAFF)),
]
