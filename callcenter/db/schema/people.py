"""Agents, their telephones and sessions, and the API's tokens."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    String,
    Table,
    Text,
    false,
    true,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

agents = Table(
    "agents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", String(8)),  # None: what the browser asks for
    Column("theme", String(8)),  # "light", "dark"; None: what the system asks for
    Column("wants_notifications", Boolean, nullable=False, server_default=false()),
    Column("wants_sound", Boolean, nullable=False, server_default=false()),
    Column("last_seat", Text),  # the telephone they sat down at last, proposed the next time
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name="role"),
)

agent_interfaces = Table(
    "agent_interfaces",
    metadata,
    Column("interface", Text, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("seated_at", Moment),  # taken at sign-in, for the day; None: given by an administrator
)

agent_rights = Table(
    "agent_rights",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(32), primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the cookie's token
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)
