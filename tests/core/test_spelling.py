"""A number is found however its contact's desk has it written."""

import pytest

from callcenter.core.spelling import is_spelling, spellings

MOBILE = "+33639981122"


def test_a_number_is_looked_for_as_people_write_it() -> None:
    assert spellings(MOBILE) == [
        "+33639981122",
        "+33 6 39 98 11 22",
        "06 39 98 11 22",
        "06.39.98.11.22",
        "06-39-98-11-22",
        "0639981122",
    ]


def test_what_is_no_number_is_looked_for_as_it_is() -> None:
    assert spellings("anonymous") == ["anonymous"]


@pytest.mark.parametrize("raw", [*spellings(MOBILE), "0033 6 39 98 11 22", "+33 (0)6 39 98 11 22"])
def test_it_is_the_number_however_it_is_written(raw: str) -> None:
    assert is_spelling(raw, MOBILE)


@pytest.mark.parametrize("raw", ["", "0639981123", "+44 639981122", "112", "-", "anonymous"])
def test_another_is_not(raw: str) -> None:
    assert not is_spelling(raw, MOBILE)


def test_nothing_is_what_is_no_number() -> None:
    assert not is_spelling("anonymous", "anonymous")
