"""The rebuilt PBX shows what the real one showed."""

import pytest

from callcenter.core import headers
from callcenter.core.pbx import Event
from tests.core import recordings
from tests.core.recordings import Look, Recording
from tests.core.world import World

COMPARED = ("Channel", "ChannelStateDesc", "Context", "Exten", "Linkedid", "BridgeId")


def is_quiet(recording: Recording, look: Look) -> bool:
    """Whether nothing happened while the look was taken."""
    following = recording.events[look.after : look.after + 1]
    taken_at = look.snapshot.taken_at
    return all(headers.moment(event, taken_at) > taken_at for event in following)


def rows(channels: tuple[Event, ...]) -> dict[str, dict[str, str]]:
    return {
        row["Uniqueid"]: {name: row[name] for name in COMPARED} | application(row)
        for row in channels
        if not row["Channel"].startswith("Local/")
    }


def application(row: Event) -> dict[str, str]:
    """What a caller is in. After a transfer out of a queue, no event tells."""
    is_certain = row["Context"].startswith("callcenter-")
    return {"Application": row["Application"]} if is_certain else {}


@pytest.mark.parametrize("recording", recordings.every(), ids=repr)
def test_the_world_is_what_looks_saw(recording: Recording) -> None:
    for look in recording.looks:
        if not is_quiet(recording, look):
            continue
        world = World()
        for event in recording.events[: look.after]:
            world.see(event)
        snapshot = world.snapshot(look.snapshot.taken_at)
        assert rows(snapshot.channels) == rows(look.snapshot.channels)
        waiting = [row["Uniqueid"] for row in look.snapshot.queue_entries]
        assert [row["Uniqueid"] for row in snapshot.queue_entries] == waiting
