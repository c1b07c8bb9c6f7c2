"""Supervisors who listen to a call that goes on."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "supervisions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("agent_id", Id, nullable=True),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("heard_id", Id, nullable=True),
        sa.Column("heard_interface", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("is_announced", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("began_at", Moment(), nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_supervisions_agent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_supervisions_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["heard_id"], ["agents.id"], name=op.f("fk_supervisions_heard_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisions")),
    )
    op.create_index(op.f("ix_supervisions_call_id"), "supervisions", ["call_id"])
    op.create_index("ix_supervisions_agent_id_asked_at", "supervisions", ["agent_id", "asked_at"])
    op.create_index(
        "ix_supervisions_open",
        "supervisions",
        ["pbx"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
