"""Reports by e-mail: what supervisors want sent to them, and what became of each."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

report_orders = Table(
    "report_orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("cadence", String(8), nullable=False),  # core/cadence.py
    Column("cut", String(16), nullable=False),  # web/history.py, By
    Column("line", String(64)),  # None: every line
    Column("language", String(8), nullable=False),
    Column("created_at", Moment, nullable=False),
)

report_mails = Table(
    "report_mails",
    metadata,
    # One for each order and span of days. Sent again after a crash, it has the same message id.
    Column("order_id", ForeignKey("report_orders.id", ondelete="CASCADE"), primary_key=True),
    Column("last_day", Integer, primary_key=True, autoincrement=False),  # date.toordinal
    Column("first_day", Integer, nullable=False),
    Column("state", String(8), nullable=False),  # db/report_mails.py, State
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),  # those that failed
    Column("next_attempt_at", Moment),  # None once it is over
    Column("last_error", Text),
    Column("sent_at", Moment),
    CheckConstraint("(state = 'due') = (next_attempt_at IS NOT NULL)", name="due"),
)

REPORT_IS_DUE = report_mails.c.state == literal_column("'due'")

Index(
    "ix_report_mails_due",
    report_mails.c.next_attempt_at,
    sqlite_where=REPORT_IS_DUE,
    postgresql_where=REPORT_IS_DUE,
)
