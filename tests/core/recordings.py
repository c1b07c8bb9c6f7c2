"""The recordings of real calls as call tracking is given them, and what a tracker makes of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from callcenter.ami.message import parse
from callcenter.core.call import Call, CallState, Leg
from callcenter.core.facts import CallChanged, Change, Fact
from callcenter.core.line import Line
from callcenter.core.pbx import Batch, Event, OutOfSight, Snapshot
from callcenter.core.tracker import Tracker
from dialplan import context, dialled
from tests.rig import sites

FOLDER = Path(__file__).parent.parent / "recordings"
END = b"\r\n\r\n"

READ_AT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
"""When batches are read, long after the calls: no time of a call may come from it."""

ROUNDING_S = 0.001
"""Hold times are kept to the millisecond."""

ROSTER = {"PJSIP/101": "ana", "PJSIP/102": "bob", "PJSIP/103": "cleo", "PJSIP/104": "ana"}


@dataclass(frozen=True, slots=True)
class Look:
    """A snapshot, and the number of events that came before it was asked for."""

    after: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A scenario on one version. ``calls`` is what its JSON says of each customer's call."""

    name: str
    events: tuple[Event, ...]
    calls: tuple[dict[str, object], ...]
    looks: tuple[Look, ...]

    def __repr__(self) -> str:
        return self.name  # an example of hypothesis that fails can be read


def lines(*, short_abandon_s: float = 6.0) -> tuple[Line, Line]:
    """The two lines of every recorded site."""
    return (
        Line(
            "support",
            frozenset(dialled(sites.SUPPORT, sites.support().number)),
            queue="support",
            contexts=frozenset({context("support")}),
            short_abandon_s=short_abandon_s,
        ),
        Line(
            "network",
            frozenset(dialled(sites.NETWORK, sites.network().number)),
            ring=sites.network().ring,
            contexts=frozenset({context("network")}),
            short_abandon_s=short_abandon_s,
        ),
    )


def tracker() -> Tracker:
    """One that knows the site and its people, and has seen nothing yet."""
    return Tracker("main", lines(), ROSTER)


@cache
def every() -> tuple[Recording, ...]:
    """All recordings."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*/*.ami")))


def named(name: str) -> Recording:
    """One recording, ``22-queue-answered``."""
    return next(one for one in every() if one.name == name)


def _read(path: Path) -> Recording:
    parts = [part for part in path.read_bytes().split(END) if part]
    ends = []
    for part in parts:
        ends.append((ends[-1] if ends else 0) + len(part) + len(END))
    looks = [
        json.loads(line) for line in path.with_suffix(".snapshots.jsonl").read_text().splitlines()
    ]
    return Recording(
        f"{path.parent.name}-{path.stem}",
        tuple(map(parse, parts)),
        tuple(json.loads(path.with_suffix(".json").read_text())["calls"]),
        tuple(Look(sum(end <= look["offset"] for end in ends), _snapshot(look)) for look in looks),
    )


def _snapshot(look: dict[str, object]) -> Snapshot:
    rows = {part: tuple(found) for part, found in look["parts"].items()}
    return Snapshot(taken_at=datetime.fromtimestamp(look["taken_at"], UTC), **rows)


def batch(*events: Event) -> Batch:
    """Events that are read at once."""
    return Batch(READ_AT, events)


def play(into: Tracker, items: Iterable[Event | Batch | Snapshot | OutOfSight]) -> list[Fact]:
    """The facts of all this; an event by itself is a batch."""
    facts: list[Fact] = []
    for item in items:
        facts += into.apply(batch(item) if isinstance(item, dict) else item)
    return facts


def of_calls(facts: Iterable[Fact]) -> list[CallChanged]:
    """The facts about calls."""
    return [fact for fact in facts if isinstance(fact, CallChanged)]


def latest(facts: Iterable[Fact]) -> dict[str, Call]:
    """Each call as it was said last, by Linkedid."""
    return {fact.call.linkedid: fact.call for fact in of_calls(facts)}


def still_open(facts: Iterable[Fact]) -> list[Call]:
    """The calls whose end was not said."""
    return [call for call in latest(facts).values() if call.state is not CallState.ENDED]


def answered_facts(facts: Iterable[Fact], linkedid: str) -> list[CallChanged]:
    """Every time this call was said to be answered."""
    return [
        fact
        for fact in of_calls(facts)
        if fact.change is Change.ANSWERED and fact.call.linkedid == linkedid
    ]


def talked(call: Call) -> list[Leg]:
    """The legs that were answered, in order of their answers."""
    legs = [leg for leg in call.legs if leg.answered_at is not None]
    return sorted(legs, key=lambda leg: leg.answered_at)


def agents(legs: Sequence[Leg]) -> list[str]:
    """The telephones of these legs."""
    return [leg.interface for leg in legs]


def assert_times_run_forward(call: Call) -> None:
    """What happened later has no earlier time, and nobody holds longer than he talks."""
    _forward(call.started_at, call.queued_at, call.answered_at, call.ended_at)
    for leg in call.legs:
        _forward(call.started_at, leg.offered_at, leg.answered_at, leg.ended_at)
        assert leg.hold_s >= 0
        if leg.answered_at is not None and leg.ended_at is not None:
            assert leg.hold_s <= (leg.ended_at - leg.answered_at).total_seconds() + ROUNDING_S


def _forward(*times: datetime | None) -> None:
    known = [time for time in times if time is not None]
    assert known == sorted(known)


def in_short(call: Call) -> tuple[object, ...]:
    """What has to be the same, however the service came to know of a call."""
    return (call.line, call.outcome, agents(talked(call)), call.transfers)


def is_only_heard(event: Event, linkedid: str) -> bool:
    """Whether this was said of a caller, and no record and no snapshot tells it."""
    is_wish = event.get("Event") == "HangupRequest"
    is_verdict = event.get("Outcome") in {"closed", "rejected"}
    return (is_wish or is_verdict) and event.get("Uniqueid") == linkedid
