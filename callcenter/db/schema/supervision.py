"""Who listened to which call that went on, and how."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text

from callcenter.db.schema.base import metadata
from callcenter.db.types import Moment

supervisions = Table(
    "supervisions",
    metadata,
    # Kept apart from calls and their legs: no figure counts them.
    Column("id", String(36), primary_key=True),  # ours, and the Uniqueid of their channel
    Column("pbx", String(64), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),  # the supervisor
    Column("interface", Text, nullable=False),  # their telephone
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("heard_id", ForeignKey("agents.id", ondelete="SET NULL")),  # who is listened to
    Column("heard_interface", Text, nullable=False),  # at which telephone
    Column("mode", String(16), nullable=False),  # core/supervision.py, Mode
    Column("is_announced", Boolean, nullable=False),  # whether the agent's page says so
    Column("state", String(16), nullable=False),
    Column("result", String(16)),  # None while it lasts
    Column("asked_at", Moment, nullable=False),
    Column("began_at", Moment),  # from when something was heard
    Column("cancelled_at", Moment),  # the supervisor wants it no more
    Column("ended_at", Moment),
    Index("ix_supervisions_agent_id_asked_at", "agent_id", "asked_at"),
)

SUPERVISION_IS_OPEN = supervisions.c.ended_at.is_(None)
Index(
    "ix_supervisions_open",
    supervisions.c.pbx,
    sqlite_where=SUPERVISION_IS_OPEN,
    postgresql_where=SUPERVISION_IS_OPEN,
)
