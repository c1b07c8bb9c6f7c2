"""Numbers as people read them."""

import pytest

from callcenter.web import numbers
from callcenter.web.render import duration, json_block, local_link
from webhooks import Caller


@pytest.mark.parametrize(
    ("raw", "e164", "expected"),
    [
        ("0639981122", "+33639981122", "06 39 98 11 22"),
        ("+33639981122", "+33639981122", "06 39 98 11 22"),
        ("00442079460018", "+442079460018", "+44 20 7946 0018"),
        ("204", None, "204"),
        ("*97", None, "*97"),
        ("anonymous", None, None),
        ("Restricted", None, None),
        ("", None, None),
        ("rubbish", "+0", "+0"),
    ],
)
def test_a_number_is_national_at_home_and_international_from_abroad(
    raw: str, e164: str | None, expected: str | None
) -> None:
    assert numbers.of_caller(Caller(raw=raw, e164=e164, name=None), "FR") == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(None, ""), (0.0, "0:00"), (59.9, "0:59"), (3727, "1:02:07")]
)
def test_durations(seconds: float | None, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://here.test/tickets/T1", "/tickets/T1"),
        ("https://desk.test/1", "https://desk.test/1"),
        ("https://here.test.evil.test/1", "https://here.test.evil.test/1"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//desk.test", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_links(url: str | None, expected: str | None) -> None:
    assert local_link(url, "https://here.test") == expected


def test_no_text_ends_the_data_block() -> None:
    assert str(json_block({"a": "</script>&\u2028é"})) == (
        '{"a":"\\u003c/script\\u003e\\u0026\\u2028é"}'
    )
