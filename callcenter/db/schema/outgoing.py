"""Calls that we make: missed callers to be called back, and every number that was clicked."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

callbacks = Table(
    "callbacks",
    metadata,
    # One caller of one line whom nobody answered, until they are reached or somebody says why not.
    Column("id", Id, primary_key=True),
    Column("line", String(64), nullable=False),
    Column("caller_e164", String(20)),  # None: there is nobody to call back
    Column("caller_raw", Text, nullable=False),
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL")),
    Column("first_missed_at", Moment, nullable=False),
    Column("last_missed_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("longest_wait_s", Float, nullable=False, server_default="0"),
    Column("taken_by", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("taken_at", Moment),
    Column("closed_at", Moment),
    Column("closed_because", String(16)),  # core/callback.py, Closing
    Column("closed_by", String(64)),  # a login; None: by itself
    Column("closing_call_id", String(36)),  # a call, or an outgoing one
    Column("caller_removed_at", Moment),
    CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name="closed"),
    Index("ix_callbacks_last_missed_at", "last_missed_at"),
)

CALLBACK_IS_OPEN = callbacks.c.closed_at.is_(None)
Index(
    "uq_callbacks_open",
    callbacks.c.line,
    callbacks.c.caller_e164,
    unique=True,
    sqlite_where=CALLBACK_IS_OPEN,
    postgresql_where=CALLBACK_IS_OPEN,
)

CALLBACK_CALLER_IS_KEPT = callbacks.c.caller_removed_at.is_(None)
Index(
    "ix_callbacks_caller_kept",
    callbacks.c.last_missed_at,
    sqlite_where=CALLBACK_CALLER_IS_KEPT,
    postgresql_where=CALLBACK_CALLER_IS_KEPT,
)

callback_calls = Table(
    "callback_calls",
    metadata,
    # Which missed call is on which to-do: writing one twice changes nothing.
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "callback_id", ForeignKey("callbacks.id", ondelete="CASCADE"), nullable=False, index=True
    ),
)

outgoing_calls = Table(
    "outgoing_calls",
    metadata,
    # Kept apart from calls: no figure of the line counts them.
    Column("id", String(36), primary_key=True),  # ours, and the Uniqueid of the agent's channel
    Column("pbx", String(64), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("interface", Text, nullable=False),
    Column("number", Text, nullable=False),  # E.164 where it has that form
    Column("line", String(64)),  # whose number the customer is shown
    Column("callback_id", ForeignKey("callbacks.id", ondelete="SET NULL"), index=True),
    Column("ticket_number", String(64), index=True),
    Column("purpose", String(16), nullable=False),  # "callback", "verify", "call"
    Column("state", String(16), nullable=False),
    Column("result", String(16)),  # None while it lasts
    Column("trouble", String(16)),  # of one that failed: core/outgoing.py, Trouble
    Column("verdict", String(16)),  # "solved" or "not_solved", once somebody asked the customer
    Column("asked_at", Moment, nullable=False),
    Column("agent_answered_at", Moment),
    Column("answered_at", Moment),  # by the customer
    Column("cancelled_at", Moment),  # the agent wants it no more
    Column("ended_at", Moment),
    Column("number_removed_at", Moment),
    Index("ix_outgoing_calls_agent_id_asked_at", "agent_id", "asked_at"),
    Index("ix_outgoing_calls_number_asked_at", "number", "asked_at"),
)

OUTGOING_IS_OPEN = outgoing_calls.c.ended_at.is_(None)
Index(
    "ix_outgoing_calls_open",
    outgoing_calls.c.pbx,
    sqlite_where=OUTGOING_IS_OPEN,
    postgresql_where=OUTGOING_IS_OPEN,
)

OUTGOING_NUMBER_IS_KEPT = outgoing_calls.c.number_removed_at.is_(None)
Index(
    "ix_outgoing_calls_number_kept",
    outgoing_calls.c.asked_at,
    sqlite_where=OUTGOING_NUMBER_IS_KEPT,
    postgresql_where=OUTGOING_NUMBER_IS_KEPT,
)
