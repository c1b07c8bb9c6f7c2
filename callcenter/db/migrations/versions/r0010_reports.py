"""Reports by e-mail."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "report_orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("agent_id", Id, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("cadence", sa.String(length=8), nullable=False),
        sa.Column("cut", sa.String(length=16), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_report_orders_agent_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_orders")),
    )
    op.create_index(op.f("ix_report_orders_agent_id"), "report_orders", ["agent_id"])
    op.create_table(
        "report_mails",
        sa.Column("order_id", Id, nullable=False),
        sa.Column("last_day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_day", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "(state = 'due') = (next_attempt_at IS NOT NULL)", name=op.f("ck_report_mails_due")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["report_orders.id"],
            name=op.f("fk_report_mails_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "last_day", name=op.f("pk_report_mails")),
    )
    op.create_index(
        "ix_report_mails_due",
        "report_mails",
        ["next_attempt_at"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
