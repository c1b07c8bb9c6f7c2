"""The debt of each answered call, which is its own job."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    exists,
    literal_column,
)

from callcenter.db.schema.base import metadata
from callcenter.db.schema.calls import calls
from callcenter.db.types import Moment

obligations = Table(
    "obligations",
    metadata,
    Column("call_id", ForeignKey("calls.id"), primary_key=True),
    Column("desk", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),  # who answered
    Column("answered_at", Moment, nullable=False),
    Column("ticket_number", String(64)),
    Column("ticket_url", Text),
    Column("ticketed_at", Moment),
    Column("qualified_at", Moment),
    # The obligation is its own job: while it is open, the desk is asked again at this moment.
    Column("attempts", Integer, nullable=False, server_default="0"),  # those that failed
    Column("asked_at", Moment),  # None: the desk cannot have a ticket, nobody asked it yet
    Column("in_doubt_at", Moment),  # when a desk that cannot be searched was asked, without answer
    Column("settled_at", Moment),  # before this a desk without its ticket may yet have one
    Column("next_attempt_at", Moment),
    Column("claimed_by", String(36)),  # the worker to whom it belongs until that moment
    Column("last_error", Text),
    Column("stuck_at", Moment),  # the desk refused for good: not asked again until somebody says so
    # Who wants it exempt, and why. The state says whether it is: a supervisor may have to confirm.
    Column("exempt_reason", String(16)),
    Column("exempt_by", String(64)),  # a login, as are all of the actors below: they outlast agents
    Column("exempt_at", Moment),
    # What enforcement did about it, and who let the agent go before it was qualified.
    Column("released_at", Moment),
    Column("released_by", String(64)),
    Column("escalated_at", Moment),
    Column("stubbed_at", Moment),
    CheckConstraint("state IN ('open', 'ticketed', 'qualified', 'exempt')", name="state"),
    CheckConstraint("state = 'open' OR state = 'exempt' OR ticket_number IS NOT NULL", name="id"),
    Index("ix_obligations_answered_at", "answered_at"),
    Index("ix_obligations_desk_ticket_number", "desk", "ticket_number"),
)

OBLIGATION_IS_OPEN = obligations.c.state == literal_column("'open'")

Index(
    "ix_obligations_open",
    obligations.c.desk,
    obligations.c.next_attempt_at,
    obligations.c.answered_at,
    sqlite_where=OBLIGATION_IS_OPEN,
    postgresql_where=OBLIGATION_IS_OPEN,
)

OBLIGATION_IS_UNQUALIFIED = obligations.c.state.in_(
    [literal_column("'open'"), literal_column("'ticketed'")]
)

Index(
    "ix_obligations_unqualified",
    obligations.c.agent_id,
    obligations.c.answered_at,
    sqlite_where=OBLIGATION_IS_UNQUALIFIED,
    postgresql_where=OBLIGATION_IS_UNQUALIFIED,
)

# A call that was removed by hand, past the foreign key as SQLite's own command line does, must hold
# up no other: nobody can make its ticket, or show it. The audit names it.
OBLIGATION_HAS_CALL = exists().where(calls.c.id == obligations.c.call_id)

EXEMPTION_IS_ASKED = obligations.c.exempt_at.is_not(None)

Index(
    "ix_obligations_exempt_at",
    obligations.c.exempt_at,
    sqlite_where=EXEMPTION_IS_ASKED,
    postgresql_where=EXEMPTION_IS_ASKED,
)
