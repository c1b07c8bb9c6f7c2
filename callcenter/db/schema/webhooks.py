"""Webhooks out: who is told, what they are to be told, and what came of each attempt."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

webhook_destinations = Table(
    "webhook_destinations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # db/destinations.py, Kind
    Column("types", Text, nullable=False),  # JSON, a list of WebhookType
    Column("lines", Text),  # JSON, a list of names; None: of every line
    Column("secrets", Text, nullable=False),  # JSON, the newest first; or a token
    Column("allowed_host", Text),  # may have a private address
    Column("journal_seq", BigInteger, nullable=False),  # the last entry that was looked at
    Column("failing_since", Moment),  # the first failure since anything was accepted
    Column("accepted_at", Moment),
    Column("held_until", Moment),  # it asked to be left alone
    Column("tried_at", Moment),  # when anything was last claimed for it
    Column("disabled_at", Moment),
    Column("disabled_because", String(16)),  # core/delivery.py, Why
    Column("removed_at", Moment),  # all that is left is to be erased: db/forgetting.py
    CheckConstraint("(disabled_at IS NULL) = (disabled_because IS NULL)", name="disabled"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    # One for each destination and entry of the journal, with the body that every attempt sends.
    Column("id", Id, primary_key=True),
    Column(
        "destination_id", ForeignKey("webhook_destinations.id", ondelete="CASCADE"), nullable=False
    ),
    Column("journal_seq", BigInteger),  # None: a test
    Column("message_id", String(40), nullable=False),  # the same over retries and replays
    Column("type", String(32), nullable=False),
    Column("call_id", String(36)),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),  # db/deliveries.py, State
    Column("attempts", Integer, nullable=False, server_default="0"),  # since it was last begun
    Column("next_attempt_at", Moment),  # None once it is over
    Column("claimed_by", String(32)),  # who sends it, until next_attempt_at
    UniqueConstraint("destination_id", "journal_seq"),
    Index("ix_webhook_deliveries_created_at", "created_at"),
)

DELIVERY_IS_WAITING = webhook_deliveries.c.state == "waiting"
Index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.destination_id,
    webhook_deliveries.c.next_attempt_at,
    sqlite_where=DELIVERY_IS_WAITING,
    postgresql_where=DELIVERY_IS_WAITING,
)
Index(
    "ix_webhook_deliveries_in_turn",
    webhook_deliveries.c.destination_id,
    webhook_deliveries.c.call_id,
    sqlite_where=DELIVERY_IS_WAITING,
    postgresql_where=DELIVERY_IS_WAITING,
)
Index(
    "ix_webhook_deliveries_oldest",
    webhook_deliveries.c.destination_id,
    webhook_deliveries.c.created_at,
    sqlite_where=DELIVERY_IS_WAITING,
    postgresql_where=DELIVERY_IS_WAITING,
)
DELIVERY_HAS_FAILED = webhook_deliveries.c.state == "failed"
Index(
    "ix_webhook_deliveries_failed",
    webhook_deliveries.c.destination_id,
    sqlite_where=DELIVERY_HAS_FAILED,
    postgresql_where=DELIVERY_HAS_FAILED,
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "delivery_id",
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("at", Moment, nullable=False),
    Column("status", Integer),
    Column("failure", String(16)),  # core/delivery.py, Failure: why there is no status
    Column("duration_ms", Integer, nullable=False),
)
