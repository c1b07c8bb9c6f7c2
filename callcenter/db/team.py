"""What administrators do about agents: each change leaves a line in the trail.

There is always an administrator left. An agent who is switched off is signed out everywhere and has
no telephone any more; what they did, and what they owe, keeps their name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents, rights, seats, trail, versions
from callcenter.db.agents import NAME_MAX, Agent, AgentError, Role
from callcenter.db.rights import Right, Rights
from callcenter.db.schema import (
    OBLIGATION_IS_UNQUALIFIED,
    agent_interfaces,
    obligations,
    sessions,
)
from callcenter.db.schema import agents as agents_table
from callcenter.db.trail import Action, By
from webhooks import Seat


@dataclass(frozen=True, slots=True)
class Fields:
    """What an administrator says of an agent. ``language`` None: what the browser asks for."""

    name: str
    role: Role
    language: str | None
    interfaces: tuple[str, ...]
    rights: Rights = ()

    @classmethod
    def of(cls, agent: Agent, seated: Collection[str] = ()) -> "Fields":
        """As they are; a telephone that was taken for the day (``seated``) was given by nobody."""
        given = tuple(one for one in agent.interfaces if one not in seated)
        return cls(agent.name, agent.role, agent.preferences.language, given, agent.rights)


async def add(
    connection: AsyncConnection, *, login: str, fields: Fields, password_hash: str, by: By
) -> Agent:
    """Add somebody who may sign in. Raises AgentError."""
    if not login or len(login) > agents.LOGIN_MAX or " " in login or not login.isprintable():
        raise AgentError("login", "form", "a login has 1 to 64 characters without a blank")
    added = await agents.add(
        connection,
        login=login,
        name=_checked(fields.name),
        role=fields.role,
        interfaces=fields.interfaces,
        password_hash=password_hash,
        now=by.now,
    )
    if fields.language:
        await agents.set_language(connection, added.id, fields.language)
    await rights.write(connection, added.id, (), fields.rights)
    await _tell(connection, added.login, (), fields.interfaces, by)
    await _note(connection, Action.AGENT_ADDED, added, by, changes=_changes(None, fields))
    return replace(added, rights=fields.rights)


async def change(
    connection: AsyncConnection, agent_id: int, fields: Fields, *, version: str, by: By
) -> None:
    """Write what is said of an agent. Raises AgentError, and StaleError for an old ``version``."""
    agent, taken = await _held(connection, agent_id)
    before = Fields.of(agent, taken)
    _checked(fields.name)
    versions.require(version, before, agent.active)
    if agent.role == "admin" and fields.role != "admin":
        await _keep_an_administrator(connection, agent, "role")
    await agents.refuse_taken(connection, fields.interfaces, but=agent_id)
    changes = _changes(before, fields)
    if not changes:
        return
    values = {"name": _checked(fields.name), "role": fields.role, "language": fields.language}
    is_it = agents_table.c.id == agent_id
    await connection.execute(update(agents_table).where(is_it).values(values))
    await rights.write(connection, agent_id, before.rights, fields.rights)
    await _give(connection, agent_id, before.interfaces, fields.interfaces)
    await _tell(connection, agent.login, before.interfaces, fields.interfaces, by)
    await _note(connection, Action.AGENT_CHANGED, agent, by, changes=changes)


async def grant(connection: AsyncConnection, login: str, right: Right, *, by: By) -> None:
    """Let somebody do what no role includes. Raises AgentError. Done twice, it is done once."""
    await _set_right(connection, login, right, is_granted=True, by=by)


async def revoke(connection: AsyncConnection, login: str, right: Right, *, by: By) -> None:
    """Let them do it no longer, from this moment on. Raises AgentError."""
    await _set_right(connection, login, right, is_granted=False, by=by)


async def set_password(
    connection: AsyncConnection, agent_id: int, password_hash: str, *, by: By
) -> None:
    """Give them another password, and sign them out everywhere. Raises AgentError."""
    agent, _ = await _held(connection, agent_id)
    is_it = agents_table.c.id == agent_id
    await connection.execute(update(agents_table).where(is_it).values(password_hash=password_hash))
    await _sign_out(connection, agent_id)
    await _note(connection, Action.AGENT_PASSWORD_SET, agent, by)


async def switch_off(connection: AsyncConnection, agent_id: int, *, by: By) -> None:
    """Let them sign in no longer, from this moment on; their telephones are free for others.

    Raises AgentError. Done twice, it is done once.
    """
    agent, _ = await _held(connection, agent_id)
    if not agent.active:
        return
    if agent.role == "admin":
        await _keep_an_administrator(connection, agent, "active")
    await _set_active(connection, agent_id, active=False)
    await _sign_out(connection, agent_id)
    is_theirs = agent_interfaces.c.agent_id == agent_id
    await connection.execute(delete(agent_interfaces).where(is_theirs))
    await _tell(connection, agent.login, agent.interfaces, (), by)
    changes = trail.changed({"interfaces": _joined(agent.interfaces)}, {"interfaces": None})
    await _note(connection, Action.AGENT_SWITCHED_OFF, agent, by, changes=changes)


async def switch_on(connection: AsyncConnection, agent_id: int, *, by: By) -> None:
    """Let them sign in again; their telephones have to be given again. Raises AgentError."""
    agent, _ = await _held(connection, agent_id)
    if not agent.active:
        await _set_active(connection, agent_id, active=True)
        await _note(connection, Action.AGENT_SWITCHED_ON, agent, by)


async def debts(connection: AsyncConnection) -> Mapping[int, int]:
    """How many of their calls each agent has yet to write a ticket about, by the agent's id."""
    query = (
        select(obligations.c.agent_id, func.count())
        .where(OBLIGATION_IS_UNQUALIFIED, obligations.c.agent_id.is_not(None))
        .group_by(obligations.c.agent_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def seated(connection: AsyncConnection) -> Sequence[str]:
    """The telephones that were taken for the day."""
    return [one.interface for one in await seats.everyone(connection) if one.seated_at is not None]


def version_of(agent: Agent, seated: Collection[str]) -> str:
    """What a form about an agent begins with."""
    return versions.version_of(Fields.of(agent, seated), agent.active)


def _checked(name: str) -> str:
    if not name:
        raise AgentError("name", "missing", "an agent needs a name")
    if len(name) > NAME_MAX:
        raise AgentError("name", "long", f"an agent's name has at most {NAME_MAX} characters")
    return name


async def _held(connection: AsyncConnection, agent_id: int) -> tuple[Agent, Sequence[str]]:
    """The agent, and what is taken for the day; nobody else changes the team until it is done."""
    is_admin = (agents_table.c.role == "admin") & agents_table.c.active
    lock = select(agents_table.c.id).where(is_admin | (agents_table.c.id == agent_id))
    await connection.execute(lock.order_by(agents_table.c.id).with_for_update())
    agent = await agents.by_id(connection, agent_id)
    if agent is None:
        raise AgentError("agent", "gone", "there is no such agent: load the page again")
    return agent, await seated(connection)


async def _set_right(
    connection: AsyncConnection, login: str, right: Right, *, is_granted: bool, by: By
) -> None:
    known = await agents.by_login(connection, login)
    if known is None:
        raise AgentError("login", "gone", f"there is no agent {login!r}: look at the login again")
    agent, taken = await _held(connection, known.id)
    before = Fields.of(agent, taken)
    after = replace(before, rights=_with(before.rights, right, is_granted=is_granted))
    if changes := _changes(before, after):
        await rights.write(connection, agent.id, before.rights, after.rights)
        await _note(connection, Action.AGENT_CHANGED, agent, by, changes=changes)


def _with(held: Rights, right: Right, *, is_granted: bool) -> Rights:
    others = [one for one in held if one is not right]
    return rights.sorted_rights([*others, right] if is_granted else others)


async def _keep_an_administrator(connection: AsyncConnection, agent: Agent, field: str) -> None:
    others = select(func.count()).where(
        agents_table.c.role == "admin", agents_table.c.active, agents_table.c.id != agent.id
    )
    if agent.active and not (await connection.execute(others)).scalar():
        raise AgentError(
            field, "last_admin", "they are the last administrator: let somebody else be one first"
        )


async def _give(
    connection: AsyncConnection, agent_id: int, before: Sequence[str], given: Sequence[str]
) -> None:
    """Replace the telephones that are theirs for good; one of them may have been a seat."""
    gone = [*before, *given]
    await connection.execute(
        delete(agent_interfaces).where(
            agent_interfaces.c.agent_id == agent_id, agent_interfaces.c.interface.in_(gone)
        )
    )
    if given:
        rows = [{"interface": interface, "agent_id": agent_id} for interface in given]
        await connection.execute(insert(agent_interfaces), rows)


async def _tell(
    connection: AsyncConnection, login: str, had: Sequence[str], has: Sequence[str], by: By
) -> None:
    """Journal which telephones are theirs now, and which no longer are."""
    new = [Seat(interface=one, agent=login, before=None) for one in has if one not in had]
    gone = [Seat(interface=one, agent=None, before=login) for one in had if one not in has]
    await seats.tell(connection, gone + new, by.now)


async def _set_active(connection: AsyncConnection, agent_id: int, *, active: bool) -> None:
    is_it = agents_table.c.id == agent_id
    await connection.execute(update(agents_table).where(is_it).values(active=active))


async def _sign_out(connection: AsyncConnection, agent_id: int) -> None:
    await connection.execute(delete(sessions).where(sessions.c.agent_id == agent_id))


def _changes(before: Fields | None, after: Fields) -> trail.Changes:
    return trail.changed(_told(before) if before else {}, _told(after))


def _told(fields: Fields) -> dict[str, str | None]:
    return {
        "name": fields.name,
        "role": fields.role,
        "language": fields.language,
        "interfaces": _joined(fields.interfaces),
        "rights": ", ".join(fields.rights) or None,
    }


def _joined(interfaces: Sequence[str]) -> str | None:
    return ", ".join(sorted(interfaces)) or None


async def _note(
    connection: AsyncConnection,
    action: Action,
    agent: Agent,
    by: By,
    *,
    changes: trail.Changes | None = None,
) -> None:
    about = f"agent:{agent.id}"
    await trail.note_change(
        connection, action, by, about=about, changes=changes or {}, agent=agent.login
    )
