"""The calls of a company by their time: one that calls seldom has them found among millions."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index(
        "ix_calls_company_id_started_at_id", "calls", ["company_id", "started_at", "id"]
    )
