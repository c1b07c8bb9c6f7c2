"""Which events are kept."""

from callcenter.ami.events import EVENTS

WANTED = EVENTS
"""What the service asks for."""

EIGHT = (
    *("Newchannel", "DialBegin", "DialEnd", "BridgeEnter", "BridgeLeave", "Hangup"),
    *("QueueCallerJoin", "AgentConnect"),
)
"""A small set, as other clients are often given."""
