"""Customers who sign in to the portal: no agents, and nothing of theirs."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    String,
    Table,
    Text,
    true,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("contact_id", ForeignKey("contacts.id", ondelete="SET NULL")),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", String(8)),
    Column("theme", String(8)),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Moment, nullable=False),
    sqlite_autoincrement=True,  # their notes outlive them: an id is never another's
)

customer_sessions = Table(
    "customer_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the cookie's token
    Column(
        "customer_id", ForeignKey("customers.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)
