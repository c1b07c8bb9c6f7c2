"""Callers whose numbers and names are removed, and what figures still need of them."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    for name in ("called_before", "calls_again", "is_recovered"):
        op.add_column("calls", sa.Column(name, sa.Boolean(), nullable=True))
    op.add_column("calls", sa.Column("caller_removed_at", Moment(), nullable=True))
    op.add_column("callbacks", sa.Column("caller_removed_at", Moment(), nullable=True))
    op.add_column("outgoing_calls", sa.Column("number_removed_at", Moment(), nullable=True))
    _index("ix_calls_caller_kept", "calls", ["started_at", "id"], "caller_removed_at IS NULL")
    _index("ix_callbacks_caller_kept", "callbacks", ["last_missed_at"], "caller_removed_at IS NULL")
    _index(
        "ix_outgoing_calls_number_kept", "outgoing_calls", ["asked_at"], "number_removed_at IS NULL"
    )
    _index(
        "ix_tickets_names_somebody",
        "tickets",
        ["completed_at"],
        "contact_id IS NOT NULL OR telephone IS NOT NULL",
    )


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
