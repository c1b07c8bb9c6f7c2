"""What an agent has yet to write: the calls that are not qualified, each with its form.

The console has the same region below its card. Whatever is typed is kept as a draft, so that any
page in any browser shows it again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import ExemptReason
from callcenter.core.qualification import Missing
from callcenter.db import calls, finishing, merging, standing, wrap_ups
from callcenter.db.finishing import NotEnoughError
from callcenter.db.merging import MergeError
from callcenter.db.sessions import Session
from callcenter.db.tickets import TEXT_MAX, TITLE_MAX, TicketError
from callcenter.db.wrap_ups import Draft, StaleDraftError, WrapUp
from callcenter.web.context import CONTEXT, WebContext
from callcenter.web.errors import BadFormError, ForbiddenError, NotFoundError
from callcenter.web.identity import Form, PageHandler, local, page, read_form
from callcenter.web.pages.obligations import may_decide
from callcenter.web.pages.tickets import OPEN_STATUSES, PRIORITIES, choice_of
from callcenter.web.render import RENDERER
from callcenter.web.tasks import Task, task_of
from webhooks import Call
from webhooks.ticket import TicketStatus

PAGE = "/work"
ONE = f"{PAGE}/{{call:[0-9a-f-]{{36}}}}"

IN_FULL = 4
"""Calls whose forms are on the console; those that are older have a page each."""

OLDER_SHOWN = 50

VERSION_DIGITS_MAX = 9

STATUSES: tuple[TicketStatus, ...] = tuple(each for each in OPEN_STATUSES if each != "new")


class WorkValues(TypedDict):
    """What the template ``work.html`` is given."""

    tasks: list[Task]
    older: list[Call]
    statuses: tuple[TicketStatus, ...]
    work_priorities: tuple[str, ...]
    work_reasons: tuple[ExemptReason, ...]
    title_max: int
    text_max: int


@dataclass(frozen=True, slots=True)
class Doing:
    """What is sent about one call, under way in a transaction."""

    connection: AsyncConnection
    session: Session
    call_id: str
    version: int
    now: datetime
    base_url: str


Act = Callable[[Form, Doing], Awaitable[None]]


async def work_of(connection: AsyncConnection, session: Session, context: WebContext) -> WorkValues:
    """Everything that the agent has yet to write, the oldest answer first."""
    ids = await wrap_ups.unfinished(connection, session.agent.id)
    older, full = ids[:-IN_FULL], ids[-IN_FULL:]
    found = await calls.by_ids(connection, older[:OLDER_SHOWN])
    return _values(
        [await task_of(connection, call_id, base_url=context.public_url) for call_id in full],
        [found[call_id] for call_id in older if call_id in found],
    )


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """All of it, as on the console."""
    return await _list(request, session)


async def show_one(request: web.Request, session: Session) -> web.StreamResponse:
    """One call: the agent's own, or for a supervisor anybody's."""
    return await _one(request, session)


async def save(request: web.Request, session: Session) -> web.StreamResponse:
    """Keep what is typed. The script asks for JSON: the version, or what is kept instead."""
    form = await read_form(request)
    context = request.app[CONTEXT]
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        async with context.database.transaction() as connection:
            doing = await _doing(request, session, form, connection)
            draft = finishing.checked(await _draft(form, connection))
            version = await wrap_ups.save(
                connection,
                doing.call_id,
                draft,
                version=doing.version,
                agent_id=session.agent.id,
                now=doing.now,
            )
    except StaleDraftError as error:
        if not wants_json:
            return await _again(request, session, form, theirs=error.theirs, status=409)
        return web.json_response(_told(error.theirs), status=409)
    except TicketError as error:
        if not wants_json:
            return await _again(request, session, form, wrong=[error.field], status=422)
        return web.json_response({"field": error.field}, status=422)
    if not wants_json:
        raise web.HTTPSeeOther(_back(form))
    return web.json_response({"version": version})


async def finish(form: Form, doing: Doing) -> None:
    """Say what the call was about; ``do=solved`` completes its ticket."""
    draft = await _draft(form, doing.connection)
    await finishing.finish(
        doing.connection,
        doing.call_id,
        replace(draft, solved_on_call=form.get("do") != "open"),
        version=doing.version,
        by=doing.session.agent,
        now=doing.now,
        base_url=doing.base_url,
    )


async def use(form: Form, doing: Doing) -> None:
    """It is about an open ticket, whose ``number`` is given."""
    await merging.use_instead(
        doing.connection,
        doing.call_id,
        (form.get("number") or form.get("other") or "").strip().upper(),
        await _draft(form, doing.connection),
        version=doing.version,
        by=doing.session.agent,
        now=doing.now,
        base_url=doing.base_url,
    )


def action(act: Act) -> PageHandler:
    """A form's handler: do it, then show what is left; a mistake is shown where it was made."""

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form = await read_form(request)
        context = request.app[CONTEXT]
        try:
            async with context.database.transaction() as connection:
                await act(form, await _doing(request, session, form, connection))
        except StaleDraftError as error:
            return await _again(request, session, form, theirs=error.theirs, status=409)
        except NotEnoughError as error:
            return await _again(request, session, form, wrong=[*error.fields], status=422)
        except TicketError as error:
            return await _again(request, session, form, wrong=[error.field], status=422)
        except MergeError as error:
            return await _again(request, session, form, wrong=[error.reason], status=422)
        context.hub.notify()
        raise web.HTTPSeeOther(_back(form))

    return handle


routes = [
    web.get(PAGE, page(show)),
    web.get(ONE, page(show_one)),
    web.post(f"{ONE}/draft", page(save)),
    web.post(f"{ONE}/finish", page(action(finish))),
    web.post(f"{ONE}/use", page(action(use))),
]


async def _doing(
    request: web.Request, session: Session, form: Form, connection: AsyncConnection
) -> Doing:
    context, call_id = request.app[CONTEXT], request.match_info["call"]
    await _check(connection, session, call_id)
    version = form.get("version", "0")
    if not (version.isascii() and version.isdigit() and len(version) <= VERSION_DIGITS_MAX):
        raise BadFormError("the version of a draft is a number")
    return Doing(connection, session, call_id, int(version), context.now(), context.public_url)


async def _check(connection: AsyncConnection, session: Session, call_id: str) -> None:
    found = await standing.get(connection, call_id)
    if found is None:
        raise NotFoundError("this call owes no ticket")
    if not may_decide(session.agent, found):
        raise ForbiddenError("whoever answered writes the ticket, or a supervisor for them")


async def _draft(form: Form, connection: AsyncConnection) -> Draft:
    chosen = await choice_of(connection, form)
    priority = next((each for each in PRIORITIES if each == form.get("priority")), None)
    status = next((each for each in (*STATUSES, "complete") if each == form.get("status")), None)
    return Draft(
        title=form.get("title", ""),
        category_id=chosen.category_id,
        subcategory_id=chosen.subcategory_id,
        priority=priority,
        status=status,
        note=form.get("note", ""),
        summary=form.get("summary", ""),
    )


def _told(kept: WrapUp) -> dict[str, Any]:
    """What is kept, by the names of the form's fields."""
    draft = kept.draft
    return {
        "version": kept.version,
        "finished": kept.finished_at is not None,
        "fields": {
            "title": draft.title,
            "category": str(draft.subcategory_id or draft.category_id or ""),
            "priority": draft.priority or "",
            "status": draft.status or "",
            "note": draft.note,
            "summary": draft.summary,
        },
    }


def _back(form: Form) -> str:
    return local(form.get("next", PAGE))


async def _again(
    request: web.Request,
    session: Session,
    form: Form,
    *,
    wrong: list[str | Missing] | None = None,
    theirs: WrapUp | None = None,
    status: int,
) -> web.StreamResponse:
    """The call's form as it was sent, with what is wrong with it, or what is kept instead."""
    return await _one(request, session, form=form, wrong=wrong or [], theirs=theirs, status=status)


async def _list(request: web.Request, session: Session) -> web.StreamResponse:
    context = request.app[CONTEXT]
    async with context.database.reading() as connection:
        values = await work_of(connection, session, context)
    return request.app[RENDERER].page(
        request, "calls_to_write.html", now=context.now(), back=PAGE, **values
    )


async def _one(
    request: web.Request,
    session: Session,
    *,
    form: Form | None = None,
    wrong: list[str | Missing] | None = None,
    theirs: WrapUp | None = None,
    status: int = 200,
) -> web.StreamResponse:
    context, call_id = request.app[CONTEXT], request.match_info["call"]
    async with context.database.reading() as connection:
        await _check(connection, session, call_id)
        task = await task_of(connection, call_id, base_url=context.public_url)
    sent = task.sent(form, [str(field) for field in wrong or ()], theirs) if form else task
    return request.app[RENDERER].page(
        request,
        "calls_to_write.html",
        status=status,
        now=context.now(),
        back=f"{PAGE}/{call_id}",
        **_values([sent], []),
    )


def _values(tasks: list[Task], older: list[Call]) -> WorkValues:
    return {
        "tasks": tasks,
        "older": older,
        "statuses": STATUSES,
        "work_priorities": PRIORITIES,
        "work_reasons": tuple(ExemptReason),
        "title_max": TITLE_MAX,
        "text_max": TEXT_MAX,
    }
