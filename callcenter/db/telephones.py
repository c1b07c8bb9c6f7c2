"""Telephones and queue members as the PBX has them, and what about them is new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.facts import MemberChanged, TelephoneChanged
from callcenter.core.floor import Member, TelephoneState
from callcenter.db.schema import queue_members, telephones
from callcenter.db.upsert import upsert


@dataclass(frozen=True, slots=True)
class MemberNews:
    """A queue member that changed. ``before`` is None where nothing was known of it."""

    fact: MemberChanged
    before: Member | None


async def write_states(
    connection: AsyncConnection, said: Iterable[TelephoneChanged]
) -> list[TelephoneChanged]:
    """Write what telephones do now; give those that did something else before.

    Of several facts about one telephone the last counts.
    """
    latest = {(one.pbx, one.interface): one for one in said}
    if not latest:
        return []
    key = tuple_(telephones.c.pbx, telephones.c.interface)
    found = await connection.execute(select(telephones).where(key.in_(latest)))
    known = {(row.pbx, row.interface): row.state for row in found}
    news = [one for key_, one in latest.items() if known.get(key_) != one.state.value]
    rows = [
        {
            "pbx": one.pbx,
            "interface": one.interface,
            "state": one.state.value,
            "changed_at": one.at,
        }
        for one in news
    ]
    await upsert(connection, telephones, rows, update=("state", "changed_at"))
    return news


async def write_members(
    connection: AsyncConnection, said: Iterable[MemberChanged]
) -> list[MemberNews]:
    """Write which queue members take a pause; give those that did otherwise before.

    Of several facts about one member the last counts.
    """
    latest = {(one.line, one.interface): one for one in said}
    if not latest:
        return []
    known = await _members(connection, list(latest))
    news = [
        MemberNews(one, known.get(key))
        for key, one in latest.items()
        if known.get(key) != Member(one.member, one.paused, one.reason)
    ]
    rows = [
        {
            "line": one.fact.line,
            "interface": one.fact.interface,
            "member": one.fact.member,
            "paused": one.fact.paused,
            "reason": one.fact.reason or None,
            "changed_at": one.fact.at,
        }
        for one in news
    ]
    await upsert(
        connection, queue_members, rows, update=("member", "paused", "reason", "changed_at")
    )
    return news


async def states(connection: AsyncConnection) -> dict[str, TelephoneState]:
    """What each telephone does, by interface; one that is not there was never heard of."""
    query = select(telephones.c.interface, telephones.c.state)
    return {row.interface: TelephoneState(row.state) for row in await connection.execute(query)}


async def members(connection: AsyncConnection, line: str) -> Mapping[str, Member]:
    """The members of a line's queue, by telephone."""
    query = select(queue_members).where(queue_members.c.line == line)
    return {
        row.interface: Member(row.member, row.paused, row.reason or "")
        for row in await connection.execute(query)
    }


async def _members(
    connection: AsyncConnection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Member]:
    key = tuple_(queue_members.c.line, queue_members.c.interface)
    return {
        (row.line, row.interface): Member(row.member, row.paused, row.reason or "")
        for row in await connection.execute(select(queue_members).where(key.in_(keys)))
    }
