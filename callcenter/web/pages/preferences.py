"""What agents choose for themselves: language, theme, and how a call makes itself noticed."""

from aiohttp import web

from callcenter.db import preferences
from callcenter.db.preferences import Preferences, Theme
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.identity import Form, page, read_form
from callcenter.web.languages import LANGUAGES
from callcenter.web.render import RENDERER

THEMES: dict[str, Theme] = {"light": "light", "dark": "dark"}


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """The form, as it was saved last."""
    return request.app[RENDERER].page(
        request,
        "preferences.html",
        chosen=session.agent.preferences,
        saved="saved" in request.query,
    )


async def save(request: web.Request, session: Session) -> web.StreamResponse:
    """Remember what was chosen; a word that is no choice leaves it to browser and system."""
    form = await read_form(request)
    async with request.app[CONTEXT].database.transaction() as connection:
        await preferences.save(connection, session.agent.id, _chosen(form))
    raise web.HTTPSeeOther("/preferences?saved")


def _chosen(form: Form) -> Preferences:
    language = form.get("language", "")
    return Preferences(
        language=language if language in LANGUAGES else None,
        theme=THEMES.get(form.get("theme", "")),
        notifications="notifications" in form,
        sound="sound" in form,
    )


routes = [web.get("/preferences", page(show)), web.post("/preferences", page(save))]
