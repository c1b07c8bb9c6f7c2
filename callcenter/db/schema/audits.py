"""Calls against records against desks: what was compared, and what differed."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

audits = Table(
    "audits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),  # None: it was cut short
    Column("occasion", String(8), nullable=False),  # "rolling", "night", "asked"
    Column("asked_by", String(64)),  # a login; None: the service itself
    Column("counts", Text, nullable=False),  # JSON: what was compared, by kind
    Index("ix_audits_started_at", "started_at"),
)

audit_differences = Table(
    "audit_differences",
    metadata,
    Column("audit_id", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", Moment),  # of the call's answer, as far as it is known
    Column("pbx", String(64)),
    Column("line", String(64)),
    Column("call_id", String(36)),
    Column("ticket_number", String(64)),
    Column("detail", Text, nullable=False),
)
