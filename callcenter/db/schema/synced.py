"""Directories of desks, as far as they were read into ours."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

desk_entries = Table(
    "desk_entries",
    metadata,
    # What a desk calls an entry of the directory: one of the four ids is there, by its kind.
    Column("id", Id, primary_key=True),
    Column("desk", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # core/entry.py, Kind
    Column("external_id", String(64), nullable=False),  # the desk's own
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), index=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), index=True),
    Column("contract_id", ForeignKey("contracts.id", ondelete="CASCADE"), index=True),
    Column("device_id", ForeignKey("devices.id", ondelete="CASCADE"), index=True),
    # Of several that are one entry here, this one says what it is called.
    Column("speaks", Boolean, nullable=False),
    Column("is_made", Boolean, nullable=False),  # by the desk; else it was here before
    Column("numbers", Text, nullable=False),  # that came from there: E.164, a blank between two
    Column("seen_in", Integer, nullable=False),  # number of the pass
    UniqueConstraint("desk", "kind", "external_id"),
)

desk_passes = Table(
    "desk_passes",
    metadata,
    # How far each kind of entry of a desk was read: the pass that goes on, or was last.
    Column("desk", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("since", Moment),  # of what changed since; None: of the whole
    Column("position", Text),  # the desk's own; None: from the beginning
    Column("is_read", Boolean, nullable=False, server_default=false()),  # what is gone is removed
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),  # None: it goes on
    Column("whole_at", Moment),  # when the last whole one that ended had begun; None: read it whole
    Column("known_at", Moment),  # when the last one that ended had begun
    Column("entries", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("removed", Integer, nullable=False, server_default="0"),
    Column("left_out", Integer, nullable=False, server_default="0"),
    Column("unread", Integer, nullable=False, server_default="0"),  # numbers
    Column("kept", Integer, nullable=False, server_default="0"),  # gone, and too many to remove
    Column("may_remove", Boolean, nullable=False, server_default=false()),  # however many they are
    Column("last_error", Text),
    Column("failed_at", Moment),
)
