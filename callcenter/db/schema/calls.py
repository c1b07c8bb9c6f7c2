"""Calls, legs, and whose telephones ring for which line."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    true,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Moment

ring_groups = Table(
    "ring_groups",
    metadata,
    Column("line", String(64), primary_key=True),
    Column("interface", Text, primary_key=True),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("pbx", String(64), nullable=False),
    # What a PBX names has no length here: PostgreSQL would refuse a call that SQLite takes.
    Column("linkedid", Text, nullable=False),
    Column("channel", Text, nullable=False),  # Uniqueid of the caller's channel
    Column("line", String(64), nullable=False),
    Column("caller_raw", Text, nullable=False),
    Column("caller_name", Text),
    Column("caller_e164", String(20)),
    # The operator's word for the number: "A" full, "B" partial, "C" gateway, "failed"; None: none.
    Column("attestation", String(8)),
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL")),
    Column("state", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("started_at", Moment, nullable=False),
    Column("queued_at", Moment),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("end_seen", Boolean, nullable=False, server_default=true()),
    Column("transfers", Integer, nullable=False, server_default="0"),
    # What figures need of the caller's number, once it is removed (db/anonymous.py). None: to be
    # worked out from the numbers.
    Column("called_before", Boolean),
    Column("calls_again", Boolean),
    Column("is_recovered", Boolean),
    Column("caller_removed_at", Moment),
    # From before our time: it owes no ticket, and nobody is called back.
    Column("imported", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("pbx", "linkedid"),
    Index("ix_calls_started_at_id", "started_at", "id"),
    Index("ix_calls_line_started_at_id", "line", "started_at", "id"),
    Index("ix_calls_caller_e164_started_at_id", "caller_e164", "started_at", "id"),
    Index("ix_calls_caller_raw_started_at_id", "caller_raw", "started_at", "id"),
    Index("ix_calls_company_id_started_at_id", "company_id", "started_at", "id"),
    Index("ix_calls_answered_at", "answered_at"),
)

# A partial index serves a query only where both have the same words: not where the query has a
# parameter. So the words are here, for both.
CALL_IS_OPEN = calls.c.state != literal_column("'ended'")

Index(
    "ix_calls_open",
    calls.c.pbx,
    calls.c.started_at,
    sqlite_where=CALL_IS_OPEN,
    postgresql_where=CALL_IS_OPEN,
)

CALLER_IS_KEPT = calls.c.caller_removed_at.is_(None)
Index(
    "ix_calls_caller_kept",
    calls.c.started_at,
    calls.c.id,
    sqlite_where=CALLER_IS_KEPT,
    postgresql_where=CALLER_IS_KEPT,
)

CALL_IS_OURS = calls.c.imported == false()

Index(
    "ix_calls_ours",
    calls.c.started_at,
    sqlite_where=CALL_IS_OURS,
    postgresql_where=CALL_IS_OURS,
)

call_contacts = Table(
    "call_contacts",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)

legs = Table(
    "legs",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # order of the first offer, from 0
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("interface", Text, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("hold_s", Float, nullable=False, server_default="0"),
    Index("ix_legs_agent_id_offered_at", "agent_id", "offered_at"),
)
