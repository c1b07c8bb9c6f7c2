"""Calls from before our time, imported from the PBX's records: they owe no ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

FIGURES = ("figure_slots", "figure_days", "figure_months")


def upgrade() -> None:
    op.add_column(
        "calls", sa.Column("imported", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index(
        "ix_calls_ours",
        "calls",
        ["started_at"],
        sqlite_where=sa.text("imported = 0"),
        postgresql_where=sa.text("imported = false"),
    )
    for table in FIGURES:
        op.add_column(
            table, sa.Column("imported", sa.BigInteger(), server_default="0", nullable=False)
        )
