"""Alerts of monitoring systems: what was sent, what is wrong, and the tickets about it."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    # What was sent, before anything comes of it: whoever was told that it arrived forgets it.
    Column("id", Id, primary_key=True),
    Column("source", String(40), nullable=False),  # a name in the configuration
    Column("digest", String(64), nullable=False),  # SHA-256 of the body
    Column("body", LargeBinary, nullable=False),  # as it came
    Column("received_at", Moment, nullable=False),
    Column("times", Integer, nullable=False, server_default="1"),  # it came since it was last done
    Column("written", Integer, nullable=False, server_default="0"),  # of its alerts, so many
    Column("state", String(16), nullable=False),  # db/alert_deliveries.py, State
    Column("error", Text),  # why one of its alerts could not be written
    UniqueConstraint("source", "digest"),
    Index("ix_alert_deliveries_received_at", "received_at"),
)

ALERTS_ARE_WAITING = alert_deliveries.c.state == "waiting"
Index(
    "ix_alert_deliveries_waiting",
    alert_deliveries.c.id,
    sqlite_where=ALERTS_ARE_WAITING,
    postgresql_where=ALERTS_ARE_WAITING,
)

alert_groups = Table(
    "alert_groups",
    metadata,
    # What one ticket is about: a device, or the whole of a site (core/folding.py).
    Column("id", Id, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("line", String(64), nullable=False),
    Column("site", Text, nullable=False),
    Column("device", Text),  # None: the whole site
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL"), index=True),
    Column(
        "ticket_number", ForeignKey("tickets.number", ondelete="CASCADE"), unique=True
    ),  # None: its ticket is in a desk over a network
    Column("last_at", Moment, nullable=False),  # of its last new alert
    Column("notes", Integer, nullable=False, server_default="0"),  # written into its ticket
    Index("ix_alert_groups_source_last_at", "source", "last_at"),
)

alert_episodes = Table(
    "alert_episodes",
    metadata,
    # One trouble, from its first alert until it is over.
    Column("id", Id, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("key", String(100), nullable=False),
    Column("episode", String(100), nullable=False),
    Column(
        "group_id", ForeignKey("alert_groups.id", ondelete="CASCADE"), index=True
    ),  # None: it was over before anybody said that it began
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL")),
    Column("device_id", ForeignKey("devices.id", ondelete="SET NULL"), index=True),
    Column("site", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("url", Text),
    Column("first_at", Moment, nullable=False),  # by our clock, as the next two
    Column("last_at", Moment, nullable=False),
    Column("over_at", Moment),
    Column("said_over_at", Moment),  # by the sender's
    Column("times", Integer, nullable=False),  # it was said
    UniqueConstraint("source", "key", "episode"),
)

ALERT_GOES_ON = alert_episodes.c.over_at.is_(None)
Index(
    "ix_alert_episodes_going_on",
    alert_episodes.c.company_id,
    sqlite_where=ALERT_GOES_ON,
    postgresql_where=ALERT_GOES_ON,
)

alert_devices = Table(
    "alert_devices",
    metadata,
    # What a monitoring system calls a device of the directory, whatever its name is by now.
    Column("source", String(40), primary_key=True),
    Column("external_id", String(100), primary_key=True),
    Column("device_id", ForeignKey("devices.id", ondelete="CASCADE"), nullable=False, index=True),
)

alert_desk_tickets = Table(
    "alert_desk_tickets",
    metadata,
    # The ticket of a group in a desk over a network: wanted, until there is a number.
    Column("group_id", ForeignKey("alert_groups.id", ondelete="CASCADE"), primary_key=True),
    Column("desk", String(64), nullable=False),
    Column("key", String(36), nullable=False, unique=True),  # what the ticket carries there
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("number", String(64)),
    Column("url", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),  # those that failed
    Column("asked_at", Moment),  # it may be there: the desk was asked to make it
    Column("next_attempt_at", Moment),  # None: it is there, or the desk refused it for good
    Column("last_error", Text),
)

ALERT_TICKET_IS_WANTED = alert_desk_tickets.c.number.is_(None)
Index(
    "ix_alert_desk_tickets_wanted",
    alert_desk_tickets.c.desk,
    alert_desk_tickets.c.next_attempt_at,
    sqlite_where=ALERT_TICKET_IS_WANTED,
    postgresql_where=ALERT_TICKET_IS_WANTED,
)

alert_desk_notes = Table(
    "alert_desk_notes",
    metadata,
    # What such a ticket has yet to say. Gone once it does.
    Column("id", Id, primary_key=True),
    Column(
        "group_id",
        ForeignKey("alert_groups.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("text", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("asked_at", Moment),
    Column("next_attempt_at", Moment),  # None: the desk refused it for good
    Column("last_error", Text),
)
