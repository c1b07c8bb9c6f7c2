"""Rights: what an agent may do that no role includes. An administrator grants each to each."""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import agent_rights


class Right(StrEnum):
    """What may be granted; at most 32 letters, and none changes its meaning."""

    RECORDINGS = "recordings"  # hear what was said
    SUPERVISE = "supervise"  # listen to a call that goes on, and speak into it


Rights: TypeAlias = tuple[Right, ...]
"""Each once, in the order of ``Right``."""


def sorted_rights(rights: Iterable[Right]) -> Rights:
    """The same in their order, each once."""
    wanted = set(rights)
    return tuple(right for right in Right if right in wanted)


async def of_agents(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Rights]:
    """What each of these agents may; who has nothing is left out.

    What a newer version of the program knows, and this one does not, is nothing here.
    """
    query = select(agent_rights).where(
        agent_rights.c.agent_id.in_(ids), agent_rights.c.name.in_([one.value for one in Right])
    )
    held: dict[int, set[Right]] = {}
    for row in await connection.execute(query):
        held.setdefault(row.agent_id, set()).add(Right(row.name))
    return {agent_id: sorted_rights(rights) for agent_id, rights in held.items()}


async def write(
    connection: AsyncConnection, agent_id: int, before: Collection[Right], after: Collection[Right]
) -> None:
    """Let an agent have these instead of those they had."""
    gone = [right.value for right in before if right not in after]
    new = [right.value for right in after if right not in before]
    if gone:
        is_theirs = agent_rights.c.agent_id == agent_id
        await connection.execute(
            delete(agent_rights).where(is_theirs, agent_rights.c.name.in_(gone))
        )
    if new:
        rows = [{"agent_id": agent_id, "name": name} for name in new]
        await connection.execute(insert(agent_rights), rows)
