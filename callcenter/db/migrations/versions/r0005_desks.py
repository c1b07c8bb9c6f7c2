"""What desks tell of their tickets, how far they were asked, and what is yet to be said there."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "desk_events",
        sa.Column("id", Id, nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_number", sa.String(length=64), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_events")),
        sa.UniqueConstraint("desk", "delivery_id", name=op.f("uq_desk_events_desk_delivery_id")),
    )
    op.create_index("ix_desk_events_received_at", "desk_events", ["received_at"])
    op.create_index(
        "ix_desk_events_waiting",
        "desk_events",
        ["desk", "next_attempt_at"],
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "desk_polls",
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("position", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("desk", name=op.f("pk_desk_polls")),
    )
    op.create_table(
        "desk_writes",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.id"],
            name=op.f("fk_desk_writes_call_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_desk_writes")),
    )
    op.create_index("ix_obligations_desk_ticket_number", "obligations", ["desk", "ticket_number"])
