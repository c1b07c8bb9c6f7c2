"""Everything is counted anew: by contact, and by what became of tickets, nothing was."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute(sa.text("DELETE FROM journal_readers WHERE name = 'figures'"))
