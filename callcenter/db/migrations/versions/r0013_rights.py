"""What agents may do that no role includes."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "agent_rights",
        sa.Column("agent_id", Id, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_agent_rights_agent_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("agent_id", "name", name=op.f("pk_agent_rights")),
    )
