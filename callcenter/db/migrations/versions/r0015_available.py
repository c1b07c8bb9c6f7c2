"""How long agents were available, beside the counts of calls; and who calls most, by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table in ("figure_slots", "figure_days", "figure_months"):
        op.add_column(
            table, sa.Column("available_ms", sa.BigInteger(), server_default="0", nullable=False)
        )
    op.create_index(
        "ix_figure_months_kind_key_month",
        "figure_months",
        ["kind", "key", "month", "offered", "talk_ms"],
    )
