"""The wallboard, for supervisors: how the lines stand, on a television."""

from aiohttp import web

from callcenter.core.agent_state import AgentState
from callcenter.core.metrics import figures
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.render import RENDERER
from callcenter.web.wallboard import WALLBOARD
from webhooks import EventType

PAGE = "/wallboard"
NOT_SHOWN = frozenset(
    {
        EventType.TELEPHONE_CHANGED,
        EventType.QUEUE_MEMBER_CHANGED,
        EventType.SUPERVISION_CHANGED,
    }
)
EVENTS = tuple(kind for kind in EventType if kind not in NOT_SHOWN)
"""What makes the page be read again."""

SIZES = {"few": 8, "some": 18, "many": 36}
"""Up to so many agents are shown in that size: all of them have their place on one screen."""


async def show(request: web.Request, _session: Session) -> web.StreamResponse:
    """Of one line, ``?line=``, or of all."""
    context, wallboard = request.app[CONTEXT], request.app[WALLBOARD]
    line = request.query.get("line") or None
    if line is not None and line not in context.lines:
        raise NotFoundError("there is no such line: choose one on the wallboard")
    snapshot = await wallboard.read()
    board = wallboard.board(snapshot, line)
    return request.app[RENDERER].page(
        request,
        "wallboard.html",
        board=board,
        lines=context.lines,
        rules=wallboard.rules(line) if line else None,
        figures=figures(board.state.today),
        states=[state for state in AgentState if state is not AgentState.OFFLINE],
        size=_size(len(board.people)),
        at=snapshot.at,
        now=context.now(),
        seq=snapshot.seq,
        events=EVENTS,
    )


routes = [web.get(PAGE, page(show, roles=STAFF))]


def _size(people: int) -> str:
    return next((size for size, most in SIZES.items() if people <= most), "crowd")
