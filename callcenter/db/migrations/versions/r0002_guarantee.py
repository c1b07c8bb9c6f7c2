"""What the guarantee needs: leases, times out of sight, cursors, the audit trail, audits."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("obligations", sa.Column("claimed_by", sa.String(length=36), nullable=True))
    op.add_column("obligations", sa.Column("in_doubt_at", Moment(), nullable=True))
    op.add_column("obligations", sa.Column("settled_at", Moment(), nullable=True))
    op.add_column("obligations", sa.Column("stuck_at", Moment(), nullable=True))
    op.add_column("obligations", sa.Column("exempt_reason", sa.String(length=16), nullable=True))
    op.add_column("obligations", sa.Column("exempt_by", sa.String(length=64), nullable=True))
    op.add_column("obligations", sa.Column("exempt_at", Moment(), nullable=True))
    op.create_index(
        "ix_obligations_exempt_at",
        "obligations",
        ["exempt_at"],
        sqlite_where=sa.text("exempt_at IS NOT NULL"),
        postgresql_where=sa.text("exempt_at IS NOT NULL"),
    )
    op.add_column("tickets", sa.Column("merged_into", sa.String(length=32), nullable=True))
    op.create_index("ix_tickets_merged_into", "tickets", ["merged_into"])

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "pbx_sights",
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("pbx", name=op.f("pk_pbx_sights")),
    )
    op.create_table(
        "out_of_sight",
        sa.Column("id", Id, nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_out_of_sight")),
    )
    op.create_index("ix_out_of_sight_pbx_began_at", "out_of_sight", ["pbx", "began_at"])
    op.create_table(
        "record_cursors",
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("pbx", "source", name=op.f("pk_record_cursors")),
    )
    op.create_table(
        "trail",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail")),
    )
    op.create_index("ix_trail_at", "trail", ["at"])
    op.create_index("ix_trail_call_id", "trail", ["call_id"])
    op.create_table(
        "audits",
        sa.Column("id", Id, nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("occasion", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=True),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
    )
    op.create_index("ix_audits_started_at", "audits", ["started_at"])
    op.create_table(
        "audit_differences",
        sa.Column("audit_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("pbx", sa.String(length=64), nullable=True),
        sa.Column("line", sa.String(length=64), nullable=True),
        sa.Column("call_id", sa.String(length=36), nullable=True),
        sa.Column("ticket_number", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audits.id"],
            name=op.f("fk_audit_differences_audit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("audit_id", "position", name=op.f("pk_audit_differences")),
    )
