"""Agents: who may sign in, and whose telephones are whose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias, get_args

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import rights
from callcenter.db.preferences import NOTHING_CHOSEN, Preferences
from callcenter.db.rights import Right, Rights
from callcenter.db.schema import agent_interfaces, agents
from callcenter.errors import CallcenterError

Role: TypeAlias = Literal["agent", "supervisor", "admin"]

ROLES: tuple[Role, ...] = get_args(Role)


LOGIN_MAX = 64
NAME_MAX = 64


class AgentError(CallcenterError):
    """The agent cannot be added or changed as asked; ``field`` is what to mend, ``reason`` why."""

    code = "agent"

    def __init__(self, field: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of the team, with what they chose for their pages."""

    id: int
    login: str
    name: str
    role: Role
    preferences: Preferences
    active: bool
    interfaces: tuple[str, ...]
    password_hash: str = field(repr=False)
    rights: Rights = ()

    @property
    def sees_all_lines(self) -> bool:
        """Whether every line is the agent's business, not only those that ring for them."""
        return self.role != "agent"

    def may(self, right: Right) -> bool:
        """Whether an administrator granted them this."""
        return right in self.rights


class Holder(NamedTuple):
    """The agent who has a telephone."""

    agent_id: int
    login: str
    name: str


async def add(
    connection: AsyncConnection,
    *,
    login: str,
    name: str,
    role: Role,
    interfaces: Sequence[str],
    password_hash: str,
    now: datetime,
) -> Agent:
    """Add an agent. Raises AgentError for a login or an interface that somebody else has."""
    if await by_login(connection, login):
        raise AgentError(
            "login", "taken", f"there is already an agent {login!r}: choose another login"
        )
    await refuse_taken(connection, interfaces)
    query = insert(agents).returning(agents.c.id)
    values = {"login": login, "name": name, "role": role, "password_hash": password_hash}
    agent_id = (await connection.execute(query, {**values, "created_at": now})).scalar_one()
    if interfaces:
        rows = [{"interface": interface, "agent_id": agent_id} for interface in interfaces]
        await connection.execute(insert(agent_interfaces), rows)
    return Agent(
        id=agent_id,
        login=login,
        name=name,
        role=role,
        preferences=NOTHING_CHOSEN,
        active=True,
        interfaces=tuple(interfaces),
        password_hash=password_hash,
    )


async def by_login(connection: AsyncConnection, login: str) -> Agent | None:
    """The agent who signs in so."""
    return await _one(connection, agents.c.login == login)


async def by_id(connection: AsyncConnection, agent_id: int) -> Agent | None:
    """The agent with this id."""
    return await _one(connection, agents.c.id == agent_id)


async def everyone(connection: AsyncConnection) -> list[Agent]:
    """All agents, by login."""
    rows = (await connection.execute(select(agents).order_by(agents.c.login))).all()
    ids = [row.id for row in rows]
    held, granted = await _interfaces(connection, ids), await rights.of_agents(connection, ids)
    return [agent_of(row, held.get(row.id, ()), granted.get(row.id, ())) for row in rows]


async def by_interface(connection: AsyncConnection) -> dict[str, Holder]:
    """Who has which telephone: ``{"PJSIP/101": (1, "zoe", "Zoé Martin")}``. Active agents only."""
    query = (
        select(agent_interfaces.c.interface, agents.c.id, agents.c.login, agents.c.name)
        .join(agents)
        .where(agents.c.active)
    )
    return {row[0]: Holder(*row[1:]) for row in await connection.execute(query)}


async def ids(connection: AsyncConnection) -> dict[str, int]:
    """The id of every login, of those too who have left: what they did keeps their name."""
    query = select(agents.c.login, agents.c.id)
    return {row.login: row.id for row in await connection.execute(query)}


async def set_language(connection: AsyncConnection, agent_id: int, language: str | None) -> None:
    """Remember the language an agent chose; None: what the browser asks for."""
    await connection.execute(
        update(agents).where(agents.c.id == agent_id).values(language=language)
    )


async def refuse_taken(
    connection: AsyncConnection, interfaces: Sequence[str], *, but: int | None = None
) -> None:
    """Raise AgentError where a telephone is anybody's but the agent's with the id ``but``."""
    if len(set(interfaces)) < len(interfaces):
        raise AgentError(
            "interfaces", "twice", "the same interface is given twice: name each one once"
        )
    query = (
        select(agent_interfaces.c.interface, agents.c.login)
        .join(agents)
        .where(agent_interfaces.c.interface.in_(interfaces), agents.c.id != (but or 0))
        .order_by(agent_interfaces.c.interface)
    )
    taken = (await connection.execute(query)).first()
    if taken:
        raise AgentError(
            "interfaces",
            "taken",
            f"{taken.interface} is {taken.login!r}'s telephone: give the agent another interface",
        )


def agent_of(
    row: Row[tuple[object, ...]], interfaces: Iterable[str], granted: Rights = ()
) -> Agent:
    """An agent from a row that has every column of ``agents``."""
    return Agent(
        id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        preferences=Preferences(
            language=row.language,
            theme=row.theme,
            notifications=row.wants_notifications,
            sound=row.wants_sound,
        ),
        active=row.active,
        interfaces=tuple(interfaces),
        password_hash=row.password_hash,
        rights=granted,
    )


async def _one(connection: AsyncConnection, condition: ColumnElement[bool]) -> Agent | None:
    row = (await connection.execute(select(agents).where(condition))).one_or_none()
    if row is None:
        return None
    held = await _interfaces(connection, [row.id])
    granted = await rights.of_agents(connection, [row.id])
    return agent_of(row, held.get(row.id, ()), granted.get(row.id, ()))


async def _interfaces(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(agent_interfaces.c.agent_id, agent_interfaces.c.interface)
        .where(agent_interfaces.c.agent_id.in_(ids))
        .order_by(agent_interfaces.c.interface)
    )
    held: dict[int, list[str]] = {}
    for agent_id, interface in await connection.execute(query):
        held.setdefault(agent_id, []).append(interface)
    return held
