"""What a new ticket is called, and the day that it is counted under."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.core import ticket

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("position", "number"),
    [
        (1, "T20261123.0001"),
        (43, "T20261123.0043"),
        (9999, "T20261123.9999"),
        (10000, "T20261123.10000"),
    ],
)
def test_a_number_is_the_day_and_the_place_in_it(position: int, number: str) -> None:
    assert ticket.number("20261123", position) == number


@pytest.mark.parametrize(
    ("at", "day"),
    [
        # Summer time begins on 29 March 2026: midnight moves from 23:00 UTC to 22:00.
        (datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), "20260328"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "20260329"),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), "20260329"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "20260330"),
        # It ends on 25 October, and the hour from two to three comes twice.
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "20261025"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "20261025"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "20261025"),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), "20261025"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "20261026"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "20270101"),
    ],
)
def test_a_day_is_the_lines_own(at: datetime, day: str) -> None:
    assert ticket.day(at, PARIS) == day
    assert ticket.day(at.astimezone(ZoneInfo("Pacific/Auckland")), PARIS) == day


@pytest.mark.parametrize(
    ("contacts", "company", "title"),
    [
        (["Claire Martin"], "Boulangerie Ménard", "support: Claire Martin - Boulangerie Ménard"),
        (["Claire Martin"], None, "support: Claire Martin"),
        (["Claire Martin", "Paul Roux"], "Boulangerie Ménard", "support: Boulangerie Ménard"),
        (["Claire Martin", "Paul Roux"], None, "support: 06 39 98 11 22"),
        ([], "Boulangerie Ménard", "support: Boulangerie Ménard"),
        ([], None, "support: 06 39 98 11 22"),
    ],
)
def test_a_title_claims_no_more_than_the_number_tells(
    contacts: list[str], company: str | None, title: str
) -> None:
    assert ticket.title("support", contacts, company, "06 39 98 11 22") == title
