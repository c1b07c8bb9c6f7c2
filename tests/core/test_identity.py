"""Whatever an operator or a PBX sends as a number has one E.164 form, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.identity import RAW_MAX, national, normalise

MOBILE = "+33639981122"


@pytest.mark.parametrize(
    "raw",
    [
        "0639981122",
        "+33639981122",
        "0033639981122",
        "33639981122",
        "639981122",
        "06 39 98 11 22",
        "06.39.98.11.22",
        "06-39-98-11-22",
        "+33 (0)6 39 98 11 22",
        "06\u00a039\u00a098\u00a011\u00a022",
        " 0639981122\r\n",
    ],
)
def test_every_way_to_write_a_number_has_one_e164_form(raw: str) -> None:
    assert normalise(raw, country="FR") == MOBILE


@pytest.mark.parametrize(
    "raw",
    ["0199001122", "0261911122", "0353011122", "0465711122", "0536491122", "0639981122"],
)
def test_numbers_kept_for_fiction_are_numbers(raw: str) -> None:
    assert normalise(raw, country="FR") == f"+33{raw[1:]}"


@pytest.mark.parametrize("raw", ["00442079460000", "+442079460000", "+44 20 7946 0000"])
def test_a_number_from_abroad_keeps_its_country(raw: str) -> None:
    assert normalise(raw, country="FR") == "+442079460000"


@pytest.mark.parametrize(
    "raw",
    [
        "anonymous",
        "Anonymous",
        "Restricted",
        "101",
        "3631",
        "*97",
        "118218",
        "",
        "   ",
        "<unknown>",
        "asterisk",
        "+",
        "++33639981122",
        "+33639981122;ext=1",
        "0639981122\r\nAction: Originate",
        "+336399811220000",
        "٠٦٣٩٩٨١١٢٢",
        "0" * RAW_MAX,
        "6" * 1_000_000,
    ],
)
def test_what_is_no_public_number_has_no_e164_form(raw: str) -> None:
    assert normalise(raw, country="FR") is None


@pytest.mark.parametrize("country", ["FR", "DE", "US", "IT", "GB", "LU"])
@pytest.mark.parametrize("extension", ["1", "12", "101", "1001", "10001", "100001"])
def test_an_extension_is_no_number_in_any_country(country: str, extension: str) -> None:
    assert normalise(extension, country=country) is None


def test_an_unknown_country_reads_international_numbers_alone() -> None:
    assert normalise("0639981122", country="XX") is None
    assert normalise(MOBILE, country="XX") == MOBILE


def test_people_read_numbers_as_they_write_them() -> None:
    assert national(MOBILE) == "06 39 98 11 22"
    assert national(MOBILE, country="FR") == "06 39 98 11 22"
    assert national(MOBILE, country="GB") == "+33 6 39 98 11 22"
    assert national("no number") == "no number"


@given(st.text(max_size=80), st.sampled_from(["FR", "DE", "US", "XX", ""]))
def test_nothing_makes_it_fail(raw: str, country: str) -> None:
    e164 = normalise(raw, country=country)
    assert national(raw, country=country) is not None
    assert e164 is None or (e164[0] == "+" and e164[1:].isdecimal() and len(e164) <= 20)


@given(st.from_regex(r"\A[+0-9 ().*#-]{0,70}\Z"))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    e164 = normalise(raw, country="FR")
    assert e164 is None or normalise(e164, country="FR") == e164
