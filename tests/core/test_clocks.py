"""Times come from several clocks, and still run forward within a call."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core import recordings
from tests.core.recordings import Recording, assert_times_run_forward, batch, of_calls, play

of_each = pytest.mark.parametrize("recording", recordings.every(), ids=repr)


@of_each
def test_live_events_run_forward(recording: Recording) -> None:
    for fact in of_calls(play(recordings.tracker(), recording.events)):
        assert_times_run_forward(fact.call)


@of_each
@pytest.mark.parametrize("ahead_s", [-3600, 0, 3600])
def test_a_snapshot_by_a_clock_that_differs_turns_no_time_back(
    recording: Recording, ahead_s: int
) -> None:
    for look in recording.looks:
        taken_at = look.snapshot.taken_at + timedelta(seconds=ahead_s)
        snapshot = replace(look.snapshot, taken_at=taken_at)
        seen, rest = recording.events[: look.after], recording.events[look.after :]
        for before in ((), seen):
            facts = play(recordings.tracker(), [batch(*before), snapshot, batch(*rest)])
            for fact in of_calls(facts):
                assert_times_run_forward(fact.call)


def test_events_out_of_step_turn_no_time_back() -> None:
    recording = recordings.named("22-queue-hold")
    events = [
        event | {"Timestamp": str(1795467000 - index)}
        for index, event in enumerate(recording.events)
    ]
    for fact in of_calls(play(recordings.tracker(), events)):
        assert_times_run_forward(fact.call)
