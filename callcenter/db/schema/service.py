"""The journal, the audit trail, and what instances agree on."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    String,
    Table,
    Text,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

journal = Table(
    "journal",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("type", String(32), nullable=False),
    Column("line", String(64)),  # None: of interest to everybody
    Column("call_id", String(36)),
    Column("data", Text, nullable=False),  # JSON, one of the shapes of ``webhooks``
    Index("ix_journal_at", "at"),
    sqlite_autoincrement=True,  # a number is never given twice, even after the newest is pruned
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),  # "pbx:main"
    Column("holder", String(64), nullable=False),  # the instance's own name
    Column("token", BigInteger, nullable=False),  # grows with each taking: an older one is void
    Column("expires_at", Moment, nullable=False),  # by the database's clock
)

trail = Table(
    "trail",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(64)),  # a login; None: the service itself
    Column("action", String(32), nullable=False),  # "obligation.exempted"
    Column("call_id", String(36)),
    Column("about", String(64)),  # what else it was done to, by its id: "company:12"
    Column("data", Text, nullable=False),  # JSON
    Index("ix_trail_at", "at"),
    Index("ix_trail_call_id", "call_id"),
    Index("ix_trail_about", "about"),
)
