"""The recordings that the demonstration plays."""

import pytest

from callcenter.demo.pbx import UNATTENDED, WEIGHTS
from callcenter.demo.scripts import Script, load, read

SCRIPTS = load()


@pytest.fixture(params=SCRIPTS.values(), ids=SCRIPTS.keys())
def script(request: pytest.FixtureRequest) -> Script:
    found = request.param
    assert isinstance(found, Script)
    return found


def events(script: Script, name: str) -> list[str]:
    return [beat.get("Uniqueid") for beat in script.beats if beat.get("Event") == name]


def test_every_recording_is_played() -> None:
    assert set(WEIGHTS) == set(SCRIPTS)
    assert set(UNATTENDED) < set(SCRIPTS)


def test_a_recording_runs_from_the_caller_to_the_last_hang_up(script: Script) -> None:
    assert script.beats[0].at_s == 0
    assert [beat.at_s for beat in script.beats] == sorted(beat.at_s for beat in script.beats)
    assert sorted(events(script, "Newchannel")) == sorted(events(script, "Hangup"))


def test_the_cast_is_known(script: Script) -> None:
    cast = script.cast
    assert (cast.number, cast.extension, cast.queue) == ("0639981122", "0465711010", "support")
    assert len({*cast.leads, *cast.extras}) == 6


@pytest.mark.parametrize(
    ("name", "leads"),
    [
        ("answered", ("PJSIP/101",)),
        ("hold", ("PJSIP/101",)),
        ("transfer", ("PJSIP/101", "PJSIP/104")),
        ("transfer-attended", ("PJSIP/101", "PJSIP/104")),
        ("abandoned", ()),
    ],
)
def test_who_speaks_with_the_caller_is_known(name: str, leads: tuple[str, ...]) -> None:
    assert SCRIPTS[name].cast.leads == leads


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("answered", "AgentConnect"),
        ("hold", "Unhold"),
        ("transfer", "BlindTransfer"),
        ("transfer-attended", "AttendedTransfer"),
        ("abandoned", "QueueCallerAbandon"),
    ],
)
def test_a_recording_is_what_its_name_says(name: str, event: str) -> None:
    assert len(events(SCRIPTS[name], event)) == 1


def test_a_recording_that_begins_in_the_middle_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with the Newchannel"):
        read("half", b"Event: Hangup\r\nUniqueid: 1.1\r\n\r\n")
