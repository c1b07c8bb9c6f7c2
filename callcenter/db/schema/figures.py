"""Figures: what was counted of the calls that are over, so that a year is read in a moment.

All of it can be worked out again from the calls, and is when what it rests on has changed.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
)

from callcenter.core.counts import NAMES
from callcenter.db.schema.base import metadata
from callcenter.db.types import Moment


def _counts() -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False, server_default="0") for name in NAMES]


figure_slots = Table(
    "figure_slots",
    metadata,
    # A quarter of an hour of a line's day (core/slots.py). There where it had calls.
    Column("line", String(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    *_counts(),
    Index("ix_figure_slots_day", "day"),
)

figure_waits = Table(
    "figure_waits",
    metadata,
    # How many calls of a day waited for how many seconds begun, by what became of them.
    Column("line", String(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(16), primary_key=True),
    Column("second", Integer, primary_key=True, autoincrement=False),
    Column("calls", Integer, nullable=False),
    Index("ix_figure_waits_day", "day"),
)

figure_days = Table(
    "figure_days",
    metadata,
    # A day's calls by agent, company, caller or category: core/tally.py, Kind.
    Column("kind", String(16), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("line", String(64), primary_key=True),
    Column("key", Text, primary_key=True),  # an id, or a caller; empty: nobody, none, unknown
    *_counts(),
    Index("ix_figure_days_kind_key_day", "kind", "key", "day"),
)

figure_months = Table(
    "figure_months",
    metadata,
    # The sums of figure_days over the days of a month, changed with each of them.
    Column("kind", String(16), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("line", String(64), primary_key=True),
    Column("key", Text, primary_key=True),
    *_counts(),
    # By this, who calls most is found in the index alone.
    Index("ix_figure_months_kind_key_month", "kind", "key", "month", "offered", "talk_ms"),
)

figure_states = Table(
    "figure_states",
    metadata,
    # Which days were counted, and by what rules: by others, they are counted anew.
    Column("line", String(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("counted_at", Moment, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("threshold_s", Float, nullable=False),
    Column("is_settled", Boolean, nullable=False, server_default=false()),  # see calls/counting.py
)

figure_marks = Table(
    "figure_marks",
    metadata,
    # What is to be counted anew: a slot, or -1, which is everything of the day.
    Column("line", String(64), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("marked_at", Moment, nullable=False),
    # Grows with each marking: what was marked again while it was counted stays marked.
    Column("times", Integer, nullable=False, server_default="1"),
)

journal_readers = Table(
    "journal_readers",
    metadata,
    # How far somebody read the journal who may be another instance the next time.
    Column("name", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("read_at", Moment, nullable=False),
)
