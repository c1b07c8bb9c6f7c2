"""The comparison: it finds what agrees equal, and a difference wherever one is planted."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.figures import compare
from tests.figures.apart import figures
from tests.figures.apart.calls import Call, Leg
from tests.figures.compare import Check, Site
from tests.figures.told import Page, Told

SITE = Site(
    agents={"PJSIP/101": "Zoé Martin", "PJSIP/107": "Ida Morel"},
    timezone="Europe/Paris",
    threshold_s=4.0,
)
BEGUN = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
HOUR = "11:00\N{EN DASH}12:00"
LEGS = (
    Leg("PJSIP/101", 8.0, 2.0, 1.5, 0.5, exact_talk_s=8.3),
    Leg("PJSIP/107", 4.0, 0.0, 0.5, 0.0, exact_talk_s=4.1),
)
ANSWERED = Call(
    linkedid="1.0",
    number="0639981122",
    line="support",
    started_at=BEGUN.timestamp(),
    outcome="answered",
    wait_s=3.0,
    wait_within_s=1.5,
    exact_wait_s=3.8,
    is_in_time=True,
    legs=LEGS,
    was_handed_on=True,
)
GIVEN_UP = replace(
    ANSWERED,
    linkedid="2.0",
    outcome="abandoned",
    wait_s=7.0,
    exact_wait_s=6.2,
    is_in_time=False,
    legs=(),
    was_handed_on=False,
)
CALLS = {call.linkedid: call for call in (ANSWERED, GIVEN_UP)}


@dataclass
class Service:
    """What it says, to be changed: ``told`` is that in the shape that is compared."""

    calls: dict[str, Any]
    page: dict[str, Any]
    shares: dict[str, Any]
    row: dict[str, Any]
    agents: dict[str, Any]

    @property
    def told(self) -> Told:
        page = Page(self.page, self.shares)
        by = {"All": self.row}
        return Told(
            self.calls,
            {"": page, "support": page},
            by | {"support": self.row},
            by | {HOUR: self.row},
            by | self.agents,
        )


@pytest.fixture
def service() -> Service:
    """It agrees, as far as the records can tell."""
    counted = figures.of(CALLS.values())
    names = (*compare.COUNTED, "short_abandons", "rejected")
    row = {name: getattr(counted, name) for name in compare.COUNTED}
    row |= {"service_level": 0.5, "abandonment_rate": 0.5, "asa_s": 3.9, "handling_s": 14.2}
    return Service(
        calls={"1.0": _told(ANSWERED, 3.9), "2.0": _told(GIVEN_UP, 6.1)},
        page={name: getattr(counted, name) for name in names},
        shares=dict(compare.shares(counted)),
        row=row,
        agents={
            "Zoé Martin": {"answered": 1, "talk_s": 8.2, "hold_s": 2.1, "transfer_rate": 1.0},
            "Ida Morel": {"answered": 0, "talk_s": None, "hold_s": None, "transfer_rate": None},
        },
    )


def _told(call: Call, wait_s: float) -> dict[str, Any]:
    """As the API tells it."""
    return {
        "linkedid": call.linkedid,
        "caller": {"raw": call.number},
        "line": call.line,
        "outcome": call.outcome,
        "transfers": int(call.was_handed_on),
        "wait_s": wait_s,
        "legs": [
            {
                "interface": leg.telephone,
                "answered_at": (BEGUN + timedelta(seconds=10 + index)).isoformat(),
                "talk_s": leg.talk_s + 0.2,
                "hold_s": leg.hold_s,
            }
            for index, leg in enumerate(call.legs)
        ],
    }


def differing(service: Service) -> list[Check]:
    """Everything that is not equal."""
    checks = [
        *compare.of_calls(CALLS, service.told.calls, SITE.threshold_s),
        *compare.of_figures(CALLS, service.told, SITE),
    ]
    assert len(checks) > 60
    return [check for check in checks if not check.is_equal]


def test_what_agrees_within_what_records_can_tell_is_equal(service: Service) -> None:
    assert differing(service) == []


def _one_call_less(service: Service) -> None:
    del service.calls["2.0"]


def _one_call_more(service: Service) -> None:
    service.calls["3.0"] = deepcopy(service.calls["2.0"])


def _of_call(name: str, value: object) -> Callable[[Service], None]:
    def plant(service: Service) -> None:
        service.calls["1.0"][name] = value

    return plant


def _of_leg(name: str, value: object) -> Callable[[Service], None]:
    def plant(service: Service) -> None:
        service.calls["1.0"]["legs"][0][name] = value

    return plant


def _of(part: str, name: str, value: object) -> Callable[[Service], None]:
    def plant(service: Service) -> None:
        getattr(service, part)[name] = value

    return plant


@pytest.mark.parametrize(
    ("plant", "whose", "what"),
    [
        (_one_call_less, "2.0", "the call"),
        (_one_call_more, "3.0", "the call"),
        (_of_call("caller", {"raw": "0199004711"}), "1.0", "caller"),
        (_of_call("line", "network"), "1.0", "line"),
        (_of_call("outcome", "overflow"), "1.0", "outcome"),
        (_of_call("transfers", 0), "1.0", "handed on"),
        (_of_call("wait_s", 4.9), "1.0", "wait"),
        (_of_call("wait_s", None), "1.0", "wait"),
        (
            _of_call("wait_s", 4.1),
            "1.0",
            "answered in time",
        ),
        (
            _of_call("wait_s", 4.4),
            "1.0",
            "wait, by CEL",
        ),
        (_of_call("legs", []), "1.0", "who talked"),
        (_of_leg("interface", "PJSIP/102"), "1.0", "who talked"),
        (_of_leg("talk_s", 9.6), "1.0 PJSIP/101", "talk"),
        (_of_leg("talk_s", 7.2), "1.0 PJSIP/101", "talk, by CEL"),
        (_of_leg("talk_s", None), "1.0 PJSIP/101", "talk"),
        (_of_leg("hold_s", 1.4), "1.0 PJSIP/101", "hold"),
        (_of("page", "short_abandons", 1), "page of all lines", "short_abandons"),
        (_of("shares", "answer_rate", (2, 2)), "page of support", "answer_rate"),
        (_of("row", "offered", 3), "line support", "offered"),
        (_of("row", "closed", 1), f"hour {HOUR}", "closed"),
        (_of("row", "service_level", 0.5002), "line All", "service_level"),
        (_of("row", "asa_s", 4.6), "line support", "asa_s"),
        (_of("row", "handling_s", 16.1), "line support", "handling_s"),
        (
            _of("agents", "Ida Morel", {"answered": 1, "talk_s": 4.0}),
            "agent Ida Morel",
            "answered",
        ),
        (_of("agents", "Sam Petit", {"answered": 1, "talk_s": 4.0}), "agent Sam Petit", "answered"),
    ],
)
def test_a_difference_is_seen_and_named(
    service: Service, plant: Callable[[Service], None], whose: str, what: str
) -> None:
    plant(service)
    assert (whose, what) in [(check.whose, check.what) for check in differing(service)]


def test_a_difference_says_what_each_side_has(service: Service) -> None:
    _of_leg("talk_s", 9.6)(service)
    check, exact = differing(service)
    assert exact.what == "talk, by CEL"
    assert str(check) == (
        "1.0 PJSIP/101: talk: 8.0 by Asterisk, 9.6 by the service, which may differ by 1.5"
    )
