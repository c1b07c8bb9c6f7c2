"""The recordings hold what they say, in Asterisk's own words."""

import json
from pathlib import Path

import pytest

from tests.rig.ami import messages

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.ami"))


def name(path):
    return f"{path.parent.name}-{path.stem}"


def bridged(events, linkedid):
    """The telephones that shared a bridge with this call's caller, in order of coming."""
    inside, met = {}, {}
    for event in events:
        if event.get("Event") not in ("BridgeEnter", "BridgeLeave"):
            continue
        members = inside.setdefault(event["BridgeUniqueid"], {})
        if event["Event"] == "BridgeLeave":
            members.pop(event["Uniqueid"], None)
            continue
        members.pop(event.get("SwapUniqueid"), None)
        members[event["Uniqueid"]] = event["Channel"]
        if linkedid in members:
            met |= dict.fromkeys(
                channel.rpartition("-")[0]
                for uniqueid, channel in members.items()
                if uniqueid != linkedid and not channel.startswith("Local/")
            )
    return list(met)


def test_both_versions_are_recorded():
    assert {p.stem for p in FILES if p.parent.name == "16"} == {
        p.stem for p in FILES if p.parent.name == "22"
    }
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_recording_is_whole_and_small(path):
    data = path.read_bytes()

    assert data.endswith(b"\r\n\r\n")
    assert len(data) <= 150_000
    assert all("Timestamp" in event for event in messages(data) if "Event" in event)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_agents_named_are_those_who_met_the_caller(path):
    events = messages(path.read_bytes())
    calls = json.loads(path.with_suffix(".json").read_text())["calls"]

    for call in calls:
        first = next(e for e in events if e.get("Uniqueid") == call["linkedid"])
        assert first["Event"] == "Newchannel"
        assert (call["caller"] or "<unknown>") == first["CallerIDNum"]
        if path.stem != "queue-local-n":  # there the caller's bridge holds a Local channel only
            assert bridged(events, call["linkedid"]) == call["agents"]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_snapshots_are_of_the_same_calls(path):
    data = path.read_bytes()
    calls = json.loads(path.with_suffix(".json").read_text())["calls"]
    known = {event["Uniqueid"] for event in messages(data) if "Uniqueid" in event}

    looks = [
        json.loads(line) for line in path.with_suffix(".snapshots.jsonl").read_text().splitlines()
    ]

    assert looks
    for look in looks:
        assert 0 <= look["offset"] <= len(data)
        channels = look["parts"]["channels"]
        assert {channel["Uniqueid"] for channel in channels} <= known
    seen = {channel["Linkedid"] for look in looks for channel in look["parts"]["channels"]}
    assert seen & {call["linkedid"] for call in calls}
