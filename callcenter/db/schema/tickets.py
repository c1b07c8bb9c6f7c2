"""The built-in desk."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    literal_column,
    or_,
    true,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

tickets = Table(
    "tickets",
    metadata,
    Column("number", String(32), primary_key=True),
    # No foreign key: this table is a desk, and a desk knows a call by its key alone.
    Column("call_key", String(36), unique=True),
    Column("title", Text, nullable=False),
    # The service wrote the title, and nobody said yet that it is the right one.
    Column("title_is_made", Boolean, nullable=False, server_default=false()),
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL"), index=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="SET NULL"), index=True),
    Column("contract_id", ForeignKey("contracts.id", ondelete="SET NULL")),
    Column("queue", String(64), nullable=False),
    Column("primary_resource_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("account_owner", Text),
    Column("source", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", String(16), nullable=False),
    # No foreign keys: SQLite adds none to a table that is there. Categories are never removed.
    Column("category_id", Id),
    Column("subcategory_id", Id),
    Column("solved_on_call", Boolean, nullable=False, server_default=false()),
    Column("created_at", Moment, nullable=False),
    Column("completed_at", Moment),
    Column("resolution", Text),
    Column("merged_into", String(32), index=True),  # the ticket that survives this one
    Column("form_key", String(64)),  # the portal's form it was opened with: sent twice, made once
    Column("telephone", String(20)),  # in E.164: who opened it in the portal is reached there
    CheckConstraint("status <> 'complete' OR resolution IS NOT NULL", name="summary"),
    Index("ix_tickets_created_at_number", "created_at", "number"),
    Index("uq_tickets_form_key", "form_key", unique=True),
    Index("ix_tickets_status_created_at", "status", "created_at"),
    Index("ix_tickets_primary_resource_id_created_at", "primary_resource_id", "created_at"),
)

TICKET_IS_UNTAKEN = and_(
    tickets.c.primary_resource_id.is_(None), tickets.c.status != literal_column("'complete'")
)

Index(
    "ix_tickets_untaken",
    tickets.c.source,
    sqlite_where=TICKET_IS_UNTAKEN,
    postgresql_where=TICKET_IS_UNTAKEN,
)

TICKET_NAMES_SOMEBODY = or_(tickets.c.contact_id.is_not(None), tickets.c.telephone.is_not(None))

Index(
    "ix_tickets_names_somebody",
    tickets.c.completed_at,
    sqlite_where=TICKET_NAMES_SOMEBODY,
    postgresql_where=TICKET_NAMES_SOMEBODY,
)

ticket_notes = Table(
    "ticket_notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_number", ForeignKey("tickets.number", ondelete="CASCADE"), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("customer_id", Id),  # who wrote it, if not one of us; may be removed by now
    Column("is_public", Boolean, nullable=False, server_default=false()),  # customers may read it
    # Whose customers: the ticket's company when it was written. A ticket that is given to another
    # company, or merged into another's, shows them nothing of what was said to the first.
    Column("company_id", Id),
    Index("ix_ticket_notes_ticket_number", "ticket_number"),
)

ticket_days = Table(
    "ticket_days",
    metadata,
    Column("day", String(8), primary_key=True),  # "20261123", where the call's line is
    Column("last", Integer, nullable=False),  # the last number given out that day
)

categories = Table(
    "categories",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "parent_id", ForeignKey("categories.id", ondelete="CASCADE")
    ),  # None: not a sub-category
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("parent_id", "name"),
)
# NULLs are distinct in a unique constraint, so those at the top need an index of their own.
Index(
    "uq_categories_top",
    categories.c.name,
    unique=True,
    sqlite_where=categories.c.parent_id.is_(None),
    postgresql_where=categories.c.parent_id.is_(None),
)

wrap_ups = Table(
    "wrap_ups",
    metadata,
    # What an agent types about a call, kept as it is typed: a draft until it is finished.
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("title", Text, nullable=False),
    Column("category_id", ForeignKey("categories.id", ondelete="SET NULL")),
    Column("subcategory_id", ForeignKey("categories.id", ondelete="SET NULL")),
    Column("priority", String(16)),
    Column("status", String(16)),
    Column("note", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),  # grows with each saving
    Column("updated_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("solved_on_call", Boolean, nullable=False, server_default=false()),
)
