"""Companies, their people, contracts and numbers."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

companies = Table(
    "companies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("account_owner", Text),
    Column("backup", Text),
    Column("updated_at", Moment),  # None: before that was noted
    Column("confirmed_at", Moment),  # an import said the same; no change, so no version of its own
)

contracts = Table(
    "contracts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("covers_support", Boolean, nullable=False, server_default=true()),
    Column("starts_on", Date),  # None: it always was
    Column("ends_on", Date),  # its last day; None: it has no end
    UniqueConstraint("company_id", "name"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("updated_at", Moment),
    Column("confirmed_at", Moment),
    UniqueConstraint("company_id", "name"),
)

telephone_numbers = Table(
    "telephone_numbers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("e164", String(20), nullable=False, index=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE")),  # None: a switchboard
    UniqueConstraint("contact_id", "e164"),
)
# NULLs are distinct in a unique constraint, so a company's own numbers need an index of their own.
Index(
    "uq_telephone_numbers_switchboard",
    telephone_numbers.c.company_id,
    telephone_numbers.c.e164,
    unique=True,
    sqlite_where=telephone_numbers.c.contact_id.is_(None),
    postgresql_where=telephone_numbers.c.contact_id.is_(None),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", ForeignKey("contacts.id", ondelete="SET NULL")),  # who uses it
    Column("name", Text, nullable=False),
    Column("kind", Text),  # in the company's own words: "server", "firewall"
    Column("updated_at", Moment),
    UniqueConstraint("company_id", "name"),
)

directory_imports = Table(
    "directory_imports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),  # None: the command
    Column("file_name", Text, nullable=False),
    Column("content", Text),  # CSV; None once it was applied or dropped
    Column("applied_at", Moment),
    Column("counts", Text),  # JSON: what it changed
    Index("ix_directory_imports_at", "at"),
)
