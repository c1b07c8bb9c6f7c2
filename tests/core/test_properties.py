"""Whatever is lost, doubled, mixed or garbled on the way, calls stay calls.

Recordings of several calls are played at once, each in its own order; some events are lost, some
come twice, some are garbage. Then a snapshot is taken, true or empty, or the service starts anew
from its records. What holds in every case is in ``assert_calls_are_calls``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.call import Call, CallState, Outcome
from callcenter.core.facts import Change, Fact
from callcenter.core.pbx import Event, OutOfSight, Snapshot
from tests.core import recordings
from tests.core.recordings import (
    Recording,
    assert_times_run_forward,
    is_only_heard,
    latest,
    of_calls,
    play,
    still_open,
    talked,
)
from tests.core.world import HEARD, true_snapshot

LATER = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
"""When everything recorded is over."""

EMPTY = Snapshot(LATER, (), (), (), ())
LOST = OutOfSight(LATER, "cut")

NEW_EACH_CALL = re.compile(
    r"(?<![\d.])\d{10}\.\d{1,5}(?!\d)"  # Uniqueid
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # bridge
    r"|(?<=-)[0-9a-f]{8}(?=;|$)"  # the end of a channel's name
)

ODD = (
    *("", " ", "-", ";2", "\N{BELL}", "\x00\ud800", "1" * 5000, "<unknown>"),
    *("0", "-1", "nan", "1e400", "99999999999", "99999999999.1"),
    *("Local/", "Local/x;1", "PJSIP/101", "PJSIP/trunk-00000000", "support", "0465711010"),
    *("ANSWER", "CANCEL", "Success", "overflow", "closed", "holding_bridge"),
)
"""Values that no header of a sane PBX has, or that another one would have."""


class Stream(list[Event]):
    """Events, which hypothesis prints in short."""

    def __repr__(self) -> str:
        return " ".join(f"{event.get('Event')}({event.get('Uniqueid')})" for event in self)


@cache
def told_apart(recording: Recording, copy: int) -> Stream:
    """A recording played another time: every id in it ends differently."""
    return Stream(
        {
            name: value
            if name == "Timestamp"
            else NEW_EACH_CALL.sub(lambda found: f"{found[0]}{copy}", value)
            for name, value in event.items()
        }
        for event in recording.events
        if event.get("Event") in HEARD
    )


def woven(calls: Sequence[Stream], choice: Random) -> Stream:
    """The events of several calls mixed, each call's in its own order."""
    turns = [number for number, events in enumerate(calls) for _ in events]
    choice.shuffle(turns)
    following = [iter(events) for events in calls]
    return Stream(next(following[number]) for number in turns)


randoms = st.randoms(use_true_random=False)
some_recordings = st.lists(st.sampled_from(recordings.every()), min_size=1, max_size=3)


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """What a PBX with one to three calls at a time says."""
    chosen = draw(some_recordings)
    return woven([told_apart(one, copy) for copy, one in enumerate(chosen, 1)], draw(randoms))


@st.composite
def cuts(draw: st.DrawFn, stream: Sequence[Event]) -> tuple[int, int]:
    """From where to where events are lost."""
    first = draw(st.integers(0, len(stream)))
    return first, draw(st.integers(first, len(stream)))


@st.composite
def garbled(draw: st.DrawFn, event: Event) -> Event:
    """An event, or a row, that lost headers on the way or has odd values in them."""
    names, values = sorted(event), [*ODD, *event.values()]
    lost = draw(st.sets(st.sampled_from(names), max_size=4))
    changed = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(values), max_size=4))
    return {name: value for name, value in (event | changed).items() if name not in lost}


def assert_calls_are_calls(facts: Iterable[Fact]) -> None:
    """One beginning, at most one answer, at most one end, and times that run forward."""
    said: dict[str, list[Change]] = {}
    for fact in of_calls(facts):
        assert_times_run_forward(fact.call)
        before = said.setdefault(fact.call.linkedid, [])
        assert Change.ENDED not in before
        assert (fact.call.state is CallState.ENDED) == (
            fact.change in {Change.MISSED, Change.ENDED}
        )
        assert (fact.call.answered_at is not None) == bool(talked(fact.call))
        before.append(fact.change)
    for changes in said.values():
        assert changes.count(Change.ANSWERED) <= 1
        assert changes.count(Change.STARTED) <= 1


def in_short(call: Call) -> tuple[object, ...]:
    """What has to be the same, but for the wait: calls of different minutes are played at once."""
    is_short = call.outcome is Outcome.SHORT_ABANDON
    return recordings.in_short(replace(call, outcome=Outcome.ABANDONED) if is_short else call)


@given(streams())
def test_calls_at_the_same_time_do_not_touch_each_other(stream: Stream) -> None:
    facts = play(recordings.tracker(), stream)
    assert_calls_are_calls(facts)
    mixed = latest(facts)
    for linkedid, call in mixed.items():
        alone = [event for event in stream if belongs(event, linkedid)]
        assert in_short(latest(play(recordings.tracker(), alone))[linkedid]) == in_short(call)


def belongs(event: Event, linkedid: str) -> bool:
    """Whether an event is of the same playing of a recording: their ids end alike."""
    ids = [value for name, value in event.items() if name.endswith(("Uniqueid", "Linkedid"))]
    return all(id_[-1:] == linkedid[-1] for id_ in ids if id_)


@given(st.data())
def test_events_lost_and_an_empty_snapshot_leave_no_call_open(data: st.DataObject) -> None:
    stream = data.draw(streams())
    first, last = data.draw(cuts(stream))
    facts = play(recordings.tracker(), [*stream[:first], LOST, *stream[last:], EMPTY])
    assert_calls_are_calls(facts)
    assert still_open(facts) == []


@given(st.data())
def test_events_lost_and_a_true_snapshot_end_every_call_well(data: st.DataObject) -> None:
    stream = data.draw(streams())
    first, last = data.draw(cuts(stream))
    snapshot = true_snapshot(stream[:last])
    facts = play(recordings.tracker(), [*stream[:first], LOST, snapshot, *stream[last:]])
    assert_calls_are_calls(facts)
    assert still_open(facts) == []
    whole = latest(play(recordings.tracker(), stream))
    for linkedid, call in latest(facts).items():
        if call.answered_at is not None:
            assert whole[linkedid].outcome is Outcome.ANSWERED
        if not any(belongs(event, linkedid) for event in stream[first:last]):
            assert in_short(call) == in_short(whole[linkedid])


@given(st.data())
def test_doubled_and_garbled_events_change_no_call_into_something_else(
    data: st.DataObject,
) -> None:
    stream = data.draw(streams())
    for _ in range(data.draw(st.integers(0, 12))):
        event = stream[data.draw(st.integers(0, len(stream) - 1))]
        position = data.draw(st.integers(0, len(stream)))
        stream.insert(position, data.draw(st.just(event) | garbled(event)))
    facts = play(recordings.tracker(), [*stream, LOST, EMPTY])
    assert_calls_are_calls(facts)
    assert still_open(facts) == []


@given(st.data())
def test_a_garbled_snapshot_is_survived(data: st.DataObject) -> None:
    stream = data.draw(streams())
    first, last = data.draw(cuts(stream))
    snapshot = true_snapshot(stream[:last])
    parts = {
        part: tuple(data.draw(garbled(row)) for row in getattr(snapshot, part))
        for part in ("channels", "bridges", "queue_entries")
    }
    members = data.draw(st.lists(garbled({"Queue": "support", "StateInterface": "PJSIP/101"})))
    garbage = replace(snapshot, **parts, queue_members=tuple(members))
    facts = play(recordings.tracker(), [*stream[:first], garbage, *stream[last:], EMPTY])
    assert_calls_are_calls(facts)
    assert still_open(facts) == []


@given(st.data())
def test_a_service_that_starts_anew_tells_each_call_as_if_it_had_not(data: st.DataObject) -> None:
    stream = data.draw(streams())
    stopped = data.draw(st.integers(0, len(stream)))
    before, after = stream[:stopped], stream[stopped:]
    facts = play(recordings.tracker(), before)
    anew = recordings.tracker()
    anew.restore(still_open(facts))
    facts += play(anew, [true_snapshot(before), *after])
    assert_calls_are_calls(facts)
    assert still_open(facts) == []
    whole = latest(play(recordings.tracker(), stream))
    for linkedid, call in latest(facts).items():
        if not any(is_only_heard(event, linkedid) for event in before):
            assert in_short(call) == in_short(whole[linkedid])


@given(st.data())
def test_a_service_that_was_away_for_a_while_answers_no_call_twice(data: st.DataObject) -> None:
    stream = data.draw(streams())
    first, last = data.draw(cuts(stream))
    facts = play(recordings.tracker(), stream[:first])
    anew = recordings.tracker()
    anew.restore(still_open(facts))
    over = {call.linkedid for call in latest(facts).values() if call.state is CallState.ENDED}
    later = play(anew, [true_snapshot(stream[:last]), *stream[last:], EMPTY])
    assert_calls_are_calls(facts + later)
    assert still_open(facts + later) == []
    assert not over & latest(later).keys()
