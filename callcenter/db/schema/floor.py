"""The floor: telephones, who can take a call, and who is kept from it."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

telephones = Table(
    "telephones",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("interface", Text, primary_key=True),
    Column("state", String(16), nullable=False),  # as the PBX has it, in the words of core
    Column("changed_at", Moment, nullable=False),
)

queue_members = Table(
    "queue_members",
    metadata,
    # What the PBX says of its queues' members now, not what we want of it.
    Column("line", String(64), primary_key=True),
    Column("interface", Text, primary_key=True),  # the telephone
    Column("member", Text, nullable=False),  # what QueuePause finds it by: a Local channel, say
    Column("paused", Boolean, nullable=False),
    Column("reason", Text),  # of the pause, as the PBX has it
    Column("changed_at", Moment, nullable=False),
)

agent_pauses = Table(
    "agent_pauses",
    metadata,
    # There while the agent takes a pause of his own; enforcement neither makes nor ends one.
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("source", String(8), nullable=False),  # "page", "pbx"
)

agent_states = Table(
    "agent_states",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("reason", Text),  # of a pause
    Column("since", Moment, nullable=False),
)

agent_state_changes = Table(
    "agent_state_changes",
    metadata,
    # What agent_states had before, and when: occupancy is counted from it.
    Column("id", Id, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("at", Moment, nullable=False),
    Index("ix_agent_state_changes_agent_id_at", "agent_id", "at"),
    Index("ix_agent_state_changes_at", "at"),
)

blocks = Table(
    "blocks",
    metadata,
    # Telephones that must not ring for a line until a ticket is written: what is wanted of the PBX.
    Column("line", String(64), primary_key=True),
    Column("interface", Text, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE")),  # None: nobody has it
    Column("since", Moment, nullable=False),
)
