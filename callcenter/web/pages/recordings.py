"""Recordings of calls, for those who were granted the right: each listening is in the trail."""

import asyncio
from pathlib import Path

import structlog
from aiohttp import web

from callcenter.core.recording_name import ENDINGS
from callcenter.db import calls, listening
from callcenter.db.rights import Right
from callcenter.db.sessions import Session
from callcenter.db.trail import By
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page
from callcenter.web.render import RENDERER
from callcenter.web.viewer import viewer_of
from webhooks import Call

log = structlog.get_logger(__name__)

RECORDING = "/calls/{call:[0-9a-f-]{36}}/recording"


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """The call's recordings, each to be listened to; or why there are none."""
    call = await _call(request, session)
    try:
        paths = await _paths(request, call)
    except OSError as error:
        log.warning("recordings.folder_unread", pbx=call.pbx, error=type(error).__name__)
        paths = None
    return request.app[RENDERER].page(
        request,
        "recording.html",
        call=call,
        files=[(path.suffix in ENDINGS, path.suffix) for path in paths or ()],
        is_read=paths is not None,
    )


async def listen(request: web.Request, session: Session) -> web.StreamResponse:
    """One of them, or a part of it; written down first."""
    call = await _call(request, session)
    try:
        paths = await _paths(request, call)
    except OSError:
        paths = []
    position = int(request.match_info["position"])
    if position >= len(paths):
        raise NotFoundError("this recording is not there any more")
    path = paths[position]
    context = request.app[CONTEXT]
    by = By(session.agent.login, context.now())
    async with context.database.transaction() as connection:
        await listening.note(connection, call.id, str(position + 1), by=by)
    headers = {
        "Cache-Control": "no-store",
        "Content-Type": ENDINGS.get(path.suffix, "application/octet-stream"),
        # The file's own name may have the caller's number in it.
        "Content-Disposition": f'inline; filename="{call.id}-{position + 1}{path.suffix}"',
    }
    return web.FileResponse(path, headers=headers)


async def _call(request: web.Request, session: Session) -> Call:
    """The call, for whose business it is. Raises NotFoundError."""
    async with request.app[CONTEXT].database.reading() as connection:
        call = await calls.get(connection, request.match_info["call"])
    if call is None or not viewer_of(request, session).sees_call(call):
        raise NotFoundError("there is no such call")
    return call


async def _paths(request: web.Request, call: Call) -> list[Path]:
    """The files, the first part first. Raises OSError where their folder cannot be read."""
    context = request.app[CONTEXT]
    found = context.recordings.get(call.pbx)
    if found is None:
        return []
    async with context.database.reading() as connection:
        ids = await calls.channels(connection, call.id)
    moments = (call.started_at, call.ended_at or context.now())
    return await asyncio.to_thread(found.of_call, ids, *moments)


routes = [
    web.get(RECORDING, page(show, right=Right.RECORDINGS)),
    web.get(RECORDING + "/{position:[0-9]{1,2}}", page(listen, right=Right.RECORDINGS)),
]
