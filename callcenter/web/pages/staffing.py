"""Staffing, for supervisors: how many agents a line needs, and what one fewer costs."""

import csv
import io
import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from aiohttp import web

from callcenter.core.staffing import ABANDONED_MIN, ANSWERED_MIN, DAYS_MIN, Crew, Need
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.render import RENDERER, language_of
from callcenter.web.sheets import CSV_TYPE, harmless
from callcenter.web.staffing import FIELDS, Found, find, read

PAGE: Final = "/staffing"
FILE: Final = "/staffing.csv"


async def show(request: web.Request, _session: Session) -> web.StreamResponse:
    """The week, and the half-hours of one weekday."""
    context = request.app[CONTEXT]
    if not context.lines:
        raise NotFoundError("no line is configured: add a [[line]] to callcenter.toml")
    asked = read(request.query, context.lines)
    found = None if asked.wrong else await find(context, asked)
    weekday = asked.weekday if asked.weekday is not None else found.weekday if found else 0
    return request.app[RENDERER].page(
        request,
        "staffing.html",
        status=422 if asked.wrong else 200,
        asked=asked,
        found=found,
        weekday=weekday,
        fields=FIELDS,
        lines=context.lines,
        days_min=DAYS_MIN,
        answered_min=ANSWERED_MIN,
        abandoned_min=ABANDONED_MIN,
    )


async def download(request: web.Request, _session: Session) -> web.StreamResponse:
    """The half-hours of all weekdays, as a file for spreadsheets."""
    context = request.app[CONTEXT]
    asked = read(request.query, context.lines)
    if asked.wrong:
        raise web.HTTPSeeOther(f"{PAGE}?{request.query_string}")
    found = await find(context, asked)
    words = request.app[RENDERER].words(language_of(request), "staffing_words.html")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    headings = [str(words.heading(column.code)) for column in COLUMNS]
    writer.writerow([harmless(heading) for heading in (str(words.heading("weekday")), *headings)])
    for day, cells in _rows(found):
        writer.writerow([harmless(str(words.day(day))), *cells])
    return web.Response(
        body=text.getvalue().encode("utf-8-sig"),
        content_type=CSV_TYPE,
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="staffing.csv"'},
    )


class Column(NamedTuple):
    """A column of the file. ``code`` is what its heading is looked up by."""

    code: str
    value: Callable[[Need], float | str | None]


def _of(crew: Crew | None, value: Callable[[Crew], float]) -> float | None:
    return None if crew is None else value(crew)


COLUMNS: Final = (
    Column("half_hour", lambda need: need.at.begins),
    Column("days", lambda need: need.at.days),
    Column("calls", lambda need: need.at.calls),
    Column("busy_calls", lambda need: need.at.busy_calls),
    Column("aht", lambda need: need.at.aht_s),
    Column("agents", lambda need: need.mean.agents),
    Column("scheduled", lambda need: need.mean.scheduled),
    Column("service_level", lambda need: need.mean.outlook.service_level),
    Column("asa", lambda need: need.mean.outlook.asa_s),
    Column("occupancy", lambda need: need.mean.outlook.occupancy),
    Column("fewer_service_level", lambda need: need.mean.one_fewer.service_level),
    Column("fewer_asa", lambda need: need.mean.one_fewer.asa_s),
    Column("busy_agents", lambda need: need.busy.agents),
    Column("busy_scheduled", lambda need: need.busy.scheduled),
    Column("a_agents", lambda need: _of(need.impatient, lambda one: one.agents)),
    Column(
        "a_service_level",
        lambda need: _of(need.impatient, lambda one: one.outlook.service_level),
    ),
    Column("a_abandoned", lambda need: _of(need.impatient, lambda one: one.outlook.abandoned)),
    Column(
        "a_fewer_service_level",
        lambda need: _of(need.impatient, lambda one: one.one_fewer.service_level),
    ),
    Column(
        "a_fewer_abandoned",
        lambda need: _of(need.impatient, lambda one: one.one_fewer.abandoned),
    ),
)
"""Seconds and shares from 0 to 1 as numbers; nothing where a queue grows without end."""

routes = [web.get(PAGE, page(show, roles=STAFF)), web.get(FILE, page(download, roles=STAFF))]


def _rows(found: Found) -> Iterator[tuple[int, list[str]]]:
    for need in found.needs:
        yield need.at.weekday, [_cell(column.value(need)) for column in COLUMNS]


def _cell(value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    if value is None or math.isinf(value):
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"
