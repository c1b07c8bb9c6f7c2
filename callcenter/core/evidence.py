"""What an audit compares: calls, debts, what the PBX recorded and what the desks hold."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.core.backfill import Unseen
from callcenter.core.call import Call
from callcenter.core.noted import Noted
from callcenter.core.obligation import ObligationState


@dataclass(frozen=True, slots=True)
class Debt:
    """An obligation as it stands. ``words`` are the desk's last ones, where it refused."""

    call_id: str
    desk: str
    state: ObligationState
    ticket_number: str | None
    ticketed_at: datetime | None
    words: str | None


@dataclass(frozen=True, slots=True)
class Removed:
    """A call that something here speaks of, and that is not here any more."""

    call_id: str
    at: datetime | None
    line: str | None = None
    ticket_number: str | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """What one source of a PBX told. ``since`` is when its oldest row is from, None without any;
    ``lines`` are those that it tells of. ``problem`` is why it told nothing.
    """

    pbx: str
    source: str
    notes: Mapping[str, Noted]  # by Linkedid
    since: datetime | None = None
    lines: AbstractSet[str] = frozenset()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What a desk holds: ticket numbers by call, for the calls it was asked for. ``problem`` is why
    it could not be asked.
    """

    desk: str
    asked: AbstractSet[str] = frozenset()
    numbers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time out of sight of a PBX that is not closed."""

    pbx: str
    unseen: Unseen
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything about a span. ``calls`` are those answered in it, and those that records name."""

    since: datetime
    until: datetime
    now: datetime
    calls: Mapping[str, Call]  # by id
    debts: Mapping[str, Debt]  # by call
    records: Sequence[Records] = ()
    holdings: Sequence[Holding] = ()
    removed: Sequence[Removed] = ()
    unseen: Mapping[str, Sequence[Unseen]] = field(default_factory=dict)  # by PBX
    gaps: Sequence[Gap] = ()
