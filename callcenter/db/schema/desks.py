"""What desks over a network tell us and are told, beside the tickets that obligations wait for."""

from sqlalchemy import (
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

desk_events = Table(
    "desk_events",
    metadata,
    # That something of a ticket changed there, by webhook or by the poll. Kept a while after it was
    # looked at, so that what is sent again is known.
    Column("id", Id, primary_key=True),
    Column("desk", String(64), nullable=False),
    Column("delivery_id", String(64), nullable=False),  # the desk's own
    Column("ticket_number", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),  # those that failed
    Column("tried_at", Moment),  # when it was last put off
    Column("next_attempt_at", Moment),  # None once it is over
    Column("last_error", Text),  # of one that is over: why nothing came of it
    UniqueConstraint("desk", "delivery_id"),
    Index("ix_desk_events_received_at", "received_at"),
)

EVENT_IS_WAITING = desk_events.c.next_attempt_at.is_not(None)
Index(
    "ix_desk_events_waiting",
    desk_events.c.desk,
    desk_events.c.next_attempt_at,
    sqlite_where=EVENT_IS_WAITING,
    postgresql_where=EVENT_IS_WAITING,
)

desk_polls = Table(
    "desk_polls",
    metadata,
    # How far the changes of a desk were asked for: what came before is in desk_events.
    Column("desk", String(64), primary_key=True),
    Column("position", Moment, nullable=False),  # by the desk's clock
)

desk_writes = Table(
    "desk_writes",
    metadata,
    # The wrap-up of a call that its desk's ticket has yet to say. Gone once it does.
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("attempts", Integer, nullable=False, server_default="0"),  # those that failed
    Column("asked_at", Moment),  # the note may be there: the desk was asked to take it
    Column("tried_at", Moment),  # when it was last put off
    Column("next_attempt_at", Moment),  # None: the desk refused it for good
    Column("last_error", Text),
)
