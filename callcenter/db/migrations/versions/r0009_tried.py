"""When what waits was last tried: a clock that is set back must not make waits longer."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for table in ("webhook_destinations", "desk_events", "desk_writes"):
        op.add_column(table, sa.Column("tried_at", Moment(), nullable=True))
