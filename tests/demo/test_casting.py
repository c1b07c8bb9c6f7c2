"""A recorded call becomes somebody else's."""

import re

import pytest

from callcenter.demo.people import AGENTS
from callcenter.demo.scripts import load
from tests.demo.plays import CALLER, STARTED_AT, cast, play

SCRIPTS = load()
UNIQUEID = re.compile(r"\d{10}\.\d+")


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_of_the_recording_remains(name: str) -> None:
    script = SCRIPTS[name]
    recorded = {
        value
        for beat in script.beats
        for header, value in beat.headers
        if UNIQUEID.fullmatch(value) or header == "BridgeUniqueid"
    } | {script.cast.number, script.cast.name, script.cast.extension, script.cast.queue}
    told = {value for event in play(script, cast(script)) for value in event.values()}
    assert not recorded & told


@pytest.mark.parametrize("name", SCRIPTS)
def test_equal_ids_stay_equal_and_different_ones_different(name: str) -> None:
    script = SCRIPTS[name]
    casting = cast(script)
    pairs = {
        (beat.get("Uniqueid"), event.get("Uniqueid", ""))
        for beat, event in zip(
            filter(casting.plays, script.beats), play(script, casting), strict=True
        )
    }
    assert len({old for old, _ in pairs}) == len({new for _, new in pairs}) == len(pairs)


def test_the_caller_and_the_line_are_todays() -> None:
    events = play(SCRIPTS["answered"], cast(SCRIPTS["answered"]))
    join = next(event for event in events if event["Event"] == "QueueCallerJoin")
    assert join["CallerIDNum"] == CALLER.number
    assert join["CallerIDName"] == r"L\'Atelier"
    assert (join["Queue"], join["Exten"]) == ("hotline", "0199001234")
    assert float(join["Timestamp"]) - STARTED_AT < 1


def test_the_telephones_are_todays() -> None:
    events = play(SCRIPTS["answered"], cast(SCRIPTS["answered"], AGENTS[2:4]))
    called = {
        (event["Interface"], event["MemberName"])
        for event in events
        if event["Event"] == "AgentCalled"
    }
    assert called == {("PJSIP/103", "Chloé Dubois"), ("PJSIP/104", "Hugo Lefèvre")}
    connect = next(event for event in events if event["Event"] == "AgentConnect")
    assert connect["MemberName"] == "Chloé Dubois"
    assert connect["DestChannel"].startswith("PJSIP/103-")
    assert connect["DestCallerIDNum"] == "103"


def test_a_telephone_without_a_part_does_not_appear() -> None:
    events = play(SCRIPTS["abandoned"], cast(SCRIPTS["abandoned"], ()))
    assert {event["Channel"].partition("-")[0] for event in events} == {"PJSIP/trunk"}


def test_the_halves_of_a_local_channel_stay_together() -> None:
    events = play(SCRIPTS["transfer-attended"], cast(SCRIPTS["transfer-attended"]))
    bridge = next(event for event in events if event["Event"] == "LocalBridge")
    one, two = bridge["LocalOneChannel"], bridge["LocalTwoChannel"]
    assert one.startswith("Local/102@")
    assert one.removesuffix(";1") == two.removesuffix(";2")
