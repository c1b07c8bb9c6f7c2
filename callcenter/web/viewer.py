"""What of the journal is an agent's business."""

from dataclasses import dataclass

from aiohttp import web

from callcenter.db.agents import Agent
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.live import LiveEntry
from callcenter.web.ring_groups import RingGroups
from webhooks import Call, EventType

UNSEEN = frozenset({EventType.TELEPHONE_CHANGED, EventType.QUEUE_MEMBER_CHANGED})
"""What pages do not show; they are told of agents' states instead."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """An agent who looks: at their own lines; a supervisor or an administrator at every line."""

    agent: Agent
    ring_groups: RingGroups

    def sees(self, live: LiveEntry) -> bool:
        """Whether the entry concerns the agent: by its line, or as one of those who took part.

        A change of a ring group concerns everybody: it may be what ends an agent's interest.
        """
        entry = live.entry
        if entry.type in UNSEEN:
            return False
        if entry.type is EventType.OBLIGATION_OVERDUE:
            return self.agent.sees_all_lines
        if entry.type is EventType.SUPERVISION_CHANGED:
            is_told = self.agent.login in live.agents and live.parse()["is_announced"]
            return self.agent.sees_all_lines or is_told
        return (
            entry.line is None
            or entry.type is EventType.RING_GROUP_CHANGED
            or self.sees_line(entry.line)
            or self.agent.login in live.agents
        )

    def sees_call(self, call: Call) -> bool:
        """The same for a call as it stands."""
        return self.sees_line(call.line) or any(leg.agent == self.agent.login for leg in call.legs)

    @property
    def lines(self) -> frozenset[str] | None:
        """The lines that ring for the agent; None is every line."""
        return None if self.agent.sees_all_lines else self.ring_groups.lines_of(self.agent.id)

    def sees_line(self, line: str) -> bool:
        """Whether what happens on the line is the agent's business."""
        return self.lines is None or line in self.lines


def viewer_of(request: web.Request, session: Session) -> Viewer:
    """What the session's agent sees."""
    return Viewer(session.agent, request.app[CONTEXT].hub.ring_groups)
