"""Figures: what calls came to, by quarter of an hour, day and month."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Moment

revision = "0008"
down_revision = "0007"

COUNTS = (
    "offered",
    "answered",
    "abandoned",
    "short_abandons",
    "overflowed",
    "closed",
    "rejected",
    "in_time",
    "wait_ms",
    "lost_wait_ms",
    "talk_ms",
    "hold_ms",
    "acw_ms",
    "wrapped_up",
    "transferred",
    "ticketed",
    "exempt",
    "new_problems",
    "solved_first",
    "repeated",
    "missed",
    "recovered",
)


def upgrade() -> None:
    op.create_table(
        "figure_slots",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        *_counts(),
        sa.PrimaryKeyConstraint("line", "day", "slot", name=op.f("pk_figure_slots")),
    )
    op.create_index("ix_figure_slots_day", "figure_slots", ["day"])
    op.create_table(
        "figure_waits",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("second", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("line", "day", "outcome", "second", name=op.f("pk_figure_waits")),
    )
    op.create_index("ix_figure_waits_day", "figure_waits", ["day"])
    for table, span in (("figure_days", "day"), ("figure_months", "month")):
        op.create_table(
            table,
            sa.Column("kind", sa.String(length=16), nullable=False),
            sa.Column(span, sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("line", sa.String(length=64), nullable=False),
            sa.Column("key", sa.Text(), nullable=False),
            *_counts(),
            sa.PrimaryKeyConstraint("kind", span, "line", "key", name=op.f(f"pk_{table}")),
        )
    op.create_index("ix_figure_days_kind_key_day", "figure_days", ["kind", "key", "day"])
    op.create_table(
        "figure_states",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted_at", Moment(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("threshold_s", sa.Float(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("line", "day", name=op.f("pk_figure_states")),
    )
    op.create_table(
        "figure_marks",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("marked_at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("line", "day", "slot", name=op.f("pk_figure_marks")),
    )
    op.create_table(
        "journal_readers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_journal_readers")),
    )


def _counts() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in COUNTS]
