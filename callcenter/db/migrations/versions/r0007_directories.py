"""Directories of desks, as far as they were read into ours."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0007"
down_revision = "0006"

ENTRIES = {
    "company_id": "companies",
    "contact_id": "contacts",
    "contract_id": "contracts",
    "device_id": "devices",
}


def upgrade() -> None:
    op.create_table(
        "desk_entries",
        sa.Column("id", Id, nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        *(sa.Column(column, Id, nullable=True) for column in ENTRIES),
        sa.Column("speaks", sa.Boolean(), nullable=False),
        sa.Column("is_made", sa.Boolean(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("seen_in", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_desk_entries_{column}"),
                ondelete="CASCADE",
            )
            for column, table in ENTRIES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_entries")),
        sa.UniqueConstraint(
            "desk", "kind", "external_id", name=op.f("uq_desk_entries_desk_kind_external_id")
        ),
    )
    for column in ENTRIES:
        op.create_index(op.f(f"ix_desk_entries_{column}"), "desk_entries", [column])
    op.create_table(
        "desk_passes",
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("is_read", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("whole_at", Moment(), nullable=True),
        sa.Column("known_at", Moment(), nullable=True),
        *(
            sa.Column(count, sa.Integer(), server_default="0", nullable=False)
            for count in ("entries", "added", "changed", "removed", "left_out", "unread", "kept")
        ),
        sa.Column("may_remove", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("failed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("desk", "kind", name=op.f("pk_desk_passes")),
    )
