"""Destinations of webhooks that are removed, and the oldest message that one waits for."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("webhook_destinations", sa.Column("removed_at", Moment(), nullable=True))
    op.create_index(
        "ix_webhook_deliveries_oldest",
        "webhook_deliveries",
        ["destination_id", "created_at"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
