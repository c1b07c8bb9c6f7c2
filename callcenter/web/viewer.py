"""What of the journal is an agent's business."""

from dataclasses import dataclass

from callcenter.db.agents import Agent
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
        return (
            entry.line is None
            or entry.type is EventType.RING_GROUP_CHANGED
            or self._sees_line(entry.line)
            or self.agent.login in live.agents
        )

    def sees_call(self, call: Call) -> bool:
        """The same for a call as it stands."""
        return self._sees_line(call.line) or any(leg.agent == self.agent.login for leg in call.legs)

    def _sees_line(self, line: str) -> bool:
        return self.agent.sees_all_lines or line in self.ring_groups.lines_of(self.agent.id)
