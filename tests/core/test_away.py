"""Whenever the service was away, and however: with the PBX's notes no answered call is lost.

A recording is played; from one moment to another nobody listens, because the connection is cut, or
because the service does not run. Then there is the snapshot, with the ledger as it was then, and
what happens from there on; and the ledger is taken once more at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.core import backfill, headers
from callcenter.core.backfill import Unseen
from callcenter.core.call import Call
from callcenter.core.facts import Change, Fact
from callcenter.core.noted import Noted
from callcenter.core.pbx import Event, OutOfSight
from dialplan import ledger
from tests.core import recordings
from tests.core.recordings import (
    ROSTER,
    assert_times_run_forward,
    in_short,
    latest,
    of_calls,
    play,
    still_open,
)
from tests.core.test_properties import EMPTY, cuts, told_apart
from tests.core.world import true_snapshot

CLOSE = timedelta(seconds=0.3)
"""So long before the two are joined is a note made, at most."""

NOTE = "DB(callcenter/answered/"

EPOCH = datetime.fromtimestamp(0, UTC)


def notes(seen: Iterable[Event]) -> dict[str, Noted]:
    """The ledger after these events, with the ends that the present dialplan adds."""
    found: dict[str, Noted] = {}
    for event in seen:
        key, _, value = event.get("AppData", "").partition("=")
        linkedid = key.removeprefix(NOTE).removesuffix(")")
        if key.startswith(NOTE):
            note = ledger.parse(f"/callcenter/answered/{linkedid}", value)
            found[linkedid] = Noted(linkedid, note.line, note.answered_at, note.channel)
        elif event.get("Event") == "Hangup" and event["Uniqueid"] in found:
            ended_at = headers.moment(event, EPOCH)
            found[event["Uniqueid"]] = replace(found[event["Uniqueid"]], ended_at=ended_at)
    return found


def moment(seen: Sequence[Event]) -> datetime:
    """When the last of these was, by the PBX's clock."""
    return max((headers.moment(event, EPOCH) for event in seen), default=EPOCH)


def settled(known: Mapping[str, Call], noted: Iterable[Noted], *unseen: Unseen) -> list[Fact]:
    """What the notes make of the calls that are over."""
    facts: list[Fact] = []
    for note in noted:
        before = known.get(note.linkedid)
        call = backfill.settle("main", note, before, unseen=unseen, roster=ROSTER)
        facts += backfill.facts(call, before) if call is not None else []
    return facts


@given(st.data())
def test_no_answered_call_is_lost_doubled_or_missed(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([one.name for one in recordings.every()]))
    stream = told_apart(recordings.named(name), 1)
    first, last = data.draw(cuts(stream))
    away = Unseen(moment(stream[:first]), moment(stream[:last]))
    tracker = recordings.tracker()
    facts = play(tracker, stream[:first])
    if data.draw(st.booleans(), label="cut off, not stopped"):
        facts += play(tracker, [OutOfSight(away.began_at, "cut")])
    else:
        tracker = recordings.tracker()
        tracker.restore(still_open(facts))
    found = replace(true_snapshot(stream[:last]), answers=notes(stream[:last]))
    facts += play(tracker, [found, *stream[last:], replace(EMPTY, answers=notes(stream))])
    facts += settled(latest(facts), notes(stream).values(), away)

    known = latest(facts)
    for linkedid, was in latest(play(recordings.tracker(), stream)).items():
        if was.answered_at is None:
            continue
        call = known[linkedid]
        assert_times_run_forward(call)
        assert call.answered_at is not None
        assert was.answered_by is not None
        assert call.answered_by is not None
        assert call.answered_by.agent == was.answered_by.agent
        assert abs(call.answered_at - was.answered_at) < CLOSE
        assert call.ended_at is not None
        assert was.ended_at is not None
        assert abs(call.ended_at - was.ended_at) < CLOSE
        told = [fact.change for fact in of_calls(facts) if fact.call.linkedid == linkedid]
        assert told.count(Change.ANSWERED) == 1
        assert Change.MISSED not in told


@given(st.data())
def test_a_snapshot_with_its_ledger_in_passing_changes_nothing(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([one.name for one in recordings.every()]))
    stream = told_apart(recordings.named(name), 1)
    looked = data.draw(st.integers(0, len(stream)))
    in_sight = replace(true_snapshot([]), taken_at=moment(stream[:1]))
    found = replace(true_snapshot(stream[:looked]), answers=notes(stream[:looked]))
    facts = play(recordings.tracker(), [in_sight, *stream[:looked], found, *stream[looked:]])

    assert settled(latest(facts), notes(stream).values()) == []
    for linkedid, was in latest(play(recordings.tracker(), stream)).items():
        told = [fact.change for fact in of_calls(facts) if fact.call.linkedid == linkedid]
        assert in_short(latest(facts)[linkedid]) == in_short(was)
        assert told.count(Change.ANSWERED) == (was.answered_at is not None)
