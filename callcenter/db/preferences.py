"""What agents choose for their own pages."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import agents

Theme: TypeAlias = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """``language`` None: what the browser asks for. ``theme`` None: what the system asks for.

    ``notifications`` and ``sound``: when a call begins to ring for the agent.
    """

    language: str | None
    theme: Theme | None
    notifications: bool
    sound: bool


NOTHING_CHOSEN = Preferences(language=None, theme=None, notifications=False, sound=False)
"""By somebody who is new."""


async def save(connection: AsyncConnection, agent_id: int, chosen: Preferences) -> None:
    """Remember what an agent chose."""
    await connection.execute(
        update(agents)
        .where(agents.c.id == agent_id)
        .values(
            language=chosen.language,
            theme=chosen.theme,
            wants_notifications=chosen.notifications,
            wants_sound=chosen.sound,
        )
    )
