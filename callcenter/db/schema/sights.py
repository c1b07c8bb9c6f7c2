"""What of each PBX was seen, and how far its own records were read."""

from sqlalchemy import (
    Column,
    Index,
    String,
    Table,
    Text,
)

from callcenter.db.schema.base import metadata
from callcenter.db.types import Id, Moment

pbx_sights = Table(
    "pbx_sights",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("seen_at", Moment, nullable=False),  # until then everything that it said was taken in
)

out_of_sight = Table(
    "out_of_sight",
    metadata,
    Column("id", Id, primary_key=True),
    Column("pbx", String(64), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),  # None: it still is
    Column("closed_at", Moment),  # None: its calls are not all known yet
    Column("reason", Text),
    Index("ix_out_of_sight_pbx_began_at", "pbx", "began_at"),
)

record_cursors = Table(
    "record_cursors",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("source", String(16), primary_key=True),  # "queue_log", "cdr"
    Column("position", Text, nullable=False),  # JSON, of the source's own shape
    Column("read_at", Moment, nullable=False),
)
