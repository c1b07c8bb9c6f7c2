"""Somebody's numbers and names are found in what people wrote, and nothing else is."""

import pytest

from callcenter.core.redaction import finder, without

FOUND = finder(["+33639981122", "101"], ["Élise Vannier", "Bo"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("support: Élise Vannier - Ardoise & Fils", "support: … - Ardoise & Fils"),
        ("support: +33639981122", "support: …"),
        ("call back 06 39 98 11 22, please", "call back …, please"),
        ("06.39.98.11.22 or 0033639981122", "… or …"),
        ("+33 (0)6 39 98 11 22", "…"),
        ('{"from": "33639981122"}', '{"from": "…"}'),
        ("+33\u00a06\u202f39\u202f98\u202f11\u202f22", "…"),
        ("élise  vannier called", "… called"),
        ("106399811225", "106399811225"),
        ("Élise Vannieres", "Élise Vannieres"),
        ("Bo restarted room 101", "Bo restarted room 101"),
        ("06 39 98 11 23", "06 39 98 11 23"),
    ],
)
def test_a_text_keeps_everything_else(text: str, left: str) -> None:
    assert without(text, FOUND) == left


def test_of_somebody_who_has_neither_there_is_nothing_to_find() -> None:
    assert finder(["", "anonymous"], []) is None
    assert without("anonymous", None) == "anonymous"
