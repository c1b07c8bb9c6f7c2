"""Agents: who signs in, as what, with which telephones."""

import re

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.config.names import INTERFACE
from callcenter.db import agents, handsets, team
from callcenter.db.agents import LOGIN_MAX, NAME_MAX, ROLES, Agent, AgentError, Role
from callcenter.db.rights import Right, sorted_rights
from callcenter.db.sessions import Session
from callcenter.db.team import Fields
from callcenter.db.versions import StaleError
from callcenter.web.context import CONTEXT
from callcenter.web.entrance import PASSWORDS
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, page, read_form
from callcenter.web.ids import ID, id_in
from callcenter.web.languages import LANGUAGES
from callcenter.web.pages.admin.staff import ADMINS, by, one_line
from callcenter.web.passwords import MAX_LENGTH, MIN_LENGTH, made
from callcenter.web.render import RENDERER

PAGE = "/admin/agents"
ONE = f"{PAGE}/{{agent:{ID}}}"

TELEPHONE = "telephone:"
"""How the name of a telephone's field begins; the telephone follows."""

RIGHT = "right:"
"""The same of a right's field."""

_INTERFACE = re.compile(INTERFACE)


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Everybody, with what they have and owe."""
    async with request.app[CONTEXT].database.reading() as connection:
        everyone = await agents.everyone(connection)
        debts = await team.debts(connection)
        seated = await team.seated(connection)
    return request.app[RENDERER].page(
        request, "admin/agents.html", everyone=everyone, debts=debts, seated=seated
    )


async def show_new(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The form for somebody new."""
    return await _form(request, None)


async def add(request: web.Request, session: Session) -> web.StreamResponse:
    """Let somebody new sign in."""
    form = await read_form(request)
    try:
        hashed = await hash_of(request, form)
        async with request.app[CONTEXT].database.transaction() as connection:
            added = await team.add(
                connection,
                login=form.get("login", "").strip(),
                fields=_fields(form),
                password_hash=hashed,
                by=by(request, session),
            )
    except AgentError as error:
        return await _form(request, None, form=form, error=error)
    request.app[CONTEXT].hub.notify()
    raise web.HTTPSeeOther(f"{PAGE}/{added.id}?done=added")


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """One agent."""
    return await _form(request, id_in(request, "agent"))


async def change(request: web.Request, session: Session) -> web.StreamResponse:
    """Write what is said of an agent, unless somebody else did so meanwhile."""
    form, agent_id = await read_form(request), id_in(request, "agent")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            version = form.get("version", "")
            who = by(request, session)
            await team.change(connection, agent_id, _fields(form), version=version, by=who)
    except AgentError as error:
        return await _form(request, agent_id, form=form, error=error)
    except StaleError:
        return await _form(request, agent_id, form=form, is_stale=True)
    request.app[CONTEXT].hub.notify()
    raise web.HTTPSeeOther(f"{PAGE}/{agent_id}?done=saved")


async def set_password(request: web.Request, session: Session) -> web.StreamResponse:
    """Give them another password, which signs them out."""
    form, agent_id = await read_form(request), id_in(request, "agent")
    try:
        hashed = await hash_of(request, form)
        async with request.app[CONTEXT].database.transaction() as connection:
            await team.set_password(connection, agent_id, hashed, by=by(request, session))
    except AgentError as error:
        return await _form(request, agent_id, form=form, error=error)
    raise web.HTTPSeeOther(f"{PAGE}/{agent_id}?done=password")


async def switch(request: web.Request, session: Session) -> web.StreamResponse:
    """Let them sign in no longer, or again: ``do`` says which."""
    form, agent_id = await read_form(request), id_in(request, "agent")
    act = {"on": team.switch_on, "off": team.switch_off}.get(form.get("do", ""))
    if act is None:
        raise NotFoundError("there is no such switch")
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await act(connection, agent_id, by=by(request, session))
    except AgentError as error:
        return await _form(request, agent_id, form=form, error=error)
    request.app[CONTEXT].hub.notify()
    raise web.HTTPSeeOther(f"{PAGE}/{agent_id}?done={form['do']}")


async def hash_of(request: web.Request, form: Form) -> str:
    """What to keep of the password in a form. Raises AgentError for one that is too easy."""
    password = form.get("password", "").strip()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise AgentError("password", "form", f"a password has {MIN_LENGTH} characters or more")
    return await request.app[PASSWORDS].hash(password)


routes = [
    web.get(PAGE, page(show_list, roles=ADMINS)),
    web.get(f"{PAGE}/new", page(show_new, roles=ADMINS)),
    web.post(f"{PAGE}/new", page(add, roles=ADMINS)),
    web.get(ONE, page(show, roles=ADMINS)),
    web.post(ONE, page(change, roles=ADMINS)),
    web.post(f"{ONE}/password", page(set_password, roles=ADMINS)),
    web.post(f"{ONE}/switch", page(switch, roles=ADMINS)),
]


def _fields(form: Form) -> Fields:
    """What a form says. Raises AgentError for a telephone that Asterisk would not know."""
    interfaces = [name.removeprefix(TELEPHONE) for name in form if name.startswith(TELEPHONE)]
    interfaces += form.get("others", "").replace(",", " ").split()
    if not all(_INTERFACE.fullmatch(one) and one.isprintable() for one in interfaces):
        raise AgentError("interfaces", "form", "a telephone is written like PJSIP/101")
    return Fields(
        name=one_line(form.get("name", "")),
        role=_role(form.get("role")),
        language=form.get("language") if form.get("language") in LANGUAGES else None,
        interfaces=tuple(interfaces),
        rights=sorted_rights(right for right in Right if f"{RIGHT}{right}" in form),
    )


def _role(text: str | None) -> Role:
    return next((role for role in ROLES if role == text), "agent")


async def _form(
    request: web.Request,
    agent_id: int | None,
    *,
    form: Form | None = None,
    error: AgentError | None = None,
    is_stale: bool = False,
) -> web.Response:
    """The page of an agent, or of somebody new: as it is, or as it was sent, with what is wrong."""
    async with request.app[CONTEXT].database.reading() as connection:
        agent = await _agent(connection, agent_id) if agent_id is not None else None
        seated = await team.seated(connection)
        known = await handsets.known(connection)
        debts = await team.debts(connection)
    now = Fields.of(agent, seated) if agent else None
    return request.app[RENDERER].page(
        request,
        "admin/agent.html",
        status=409 if is_stale else 422 if error else 200,
        back=f"{PAGE}/{agent_id or 'new'}",
        who=agent,
        now=now,
        version=team.version_of(agent, seated) if agent else "",
        debts=debts.get(agent.id, 0) if agent else 0,
        handsets=known,
        typed=_typed(now, form or {}),
        password=(form or {}).get("password", made()),
        wrong=error,
        is_stale=is_stale,
        done=request.query.get("done"),
        roles=ROLES,
        rights=tuple(Right),
        login_max=LOGIN_MAX,
        name_max=NAME_MAX,
        password_min=MIN_LENGTH,
        password_max=MAX_LENGTH,
    )


def _typed(now: Fields | None, form: Form) -> Form:
    """What the fields begin with: what was sent in them, or what is known."""
    known = now or Fields("", "agent", None, ())
    kept = {"login": "", "others": "", "name": known.name, "role": known.role}
    kept["language"] = known.language or ""
    if "name" in form:
        return kept | form
    boxes = [TELEPHONE + one for one in known.interfaces] + [RIGHT + one for one in known.rights]
    return kept | dict.fromkeys(boxes, "on")


async def _agent(connection: AsyncConnection, agent_id: int) -> Agent:
    agent = await agents.by_id(connection, agent_id)
    if agent is None:
        raise NotFoundError("there is no such agent")
    return agent
