"""Which files are a call's recordings, by their names alone."""

from datetime import UTC, date, datetime

import pytest

from callcenter.core.recording_name import NamePattern, began_at, is_recording

FREEPBX = NamePattern("{year}/{month}/{day}/*{id}.*")
FLAT = NamePattern("*{id}.*")
IDS = ("1795421524.42",)


@pytest.mark.parametrize(
    ("name", "is_its"),
    [
        ("q-600-0639981122-20261123-101204-1795421524.42.wav", True),
        ("1795421524.42.wav", True),
        ("support-1795421524.42.WAV", True),
        ("1795421524.420.wav", False),
        ("11795421524.42.wav", False),
        ("1795421524.4.wav", False),
        ("1795421524042.wav", False),
        ("1795421524.42", False),
    ],
)
def test_a_file_is_a_calls_by_the_whole_id(name: str, is_its: bool) -> None:
    assert (FLAT.of_call(IDS).fullmatch(name) is not None) is is_its


def test_an_id_with_the_name_of_its_pbx_is_found() -> None:
    assert FLAT.of_call(["pbx1-1795421524.42"]).fullmatch("q-1-pbx1-1795421524.42.wav")


def test_what_means_something_in_a_pattern_means_nothing_in_an_id() -> None:
    assert not FLAT.of_call([".*", "(x"]).fullmatch("1795421524.42.wav")


def test_a_days_folders_are_those_of_the_pbx() -> None:
    assert FREEPBX.folders(date(2026, 3, 7)) == ("2026", "03", "07")
    assert FLAT.folders(date(2026, 3, 7)) == ()


def test_any_recording_says_when_its_call_began() -> None:
    match = FREEPBX.of_any().fullmatch("2026/11/23/q-600-06399-20261123-1795421524.42.wav")
    assert match is not None
    assert began_at(match) == datetime.fromtimestamp(1_795_421_524, UTC)
    assert FREEPBX.of_any().fullmatch("custom/2026/11/23/1795421524.42.wav") is None
    assert FREEPBX.of_any().fullmatch("2026/11/23/announcement.wav") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*.wav", "{id} once"),
        ("{id}/{id}.wav", "{id} once"),
        ("../{id}.wav", "without .."),
        ("/etc/{id}.wav", "below the folder"),
        ("*/{id}.wav", "without *"),
        ("{caller}-{id}.wav", "{year}, {month}, {day} and {id} only"),
        ("{year}/*{id}*.wav", None),
    ],
)
def test_a_pattern_that_cannot_be_is_told(text: str, said: str | None) -> None:
    problem = NamePattern(text).problem
    assert (said is None and problem is None) or (problem is not None and str(said) in problem)


def test_what_is_no_sound_is_no_recording() -> None:
    assert is_recording("a.wav")
    assert not is_recording("a.conf")
    assert not is_recording("wav")
