"""What must hold of every call, whatever happened in it."""

import re
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.api import Json
from tests.e2e.house import House
from tests.e2e.site import LOGINS
from tests.e2e.truth import moment
from tests.rig.scenarios import Expected

PARIS = ZoneInfo("Europe/Paris")
RING_GROUP = {"PJSIP/101", "PJSIP/102"}


def assert_legs(call: Json, expected: Expected, hold_s: float = 0) -> None:
    """Who talked, in order, and how long the first had the caller on hold; who was only rung."""
    talked = [leg for leg in call["legs"] if leg["answered_at"]]
    talked.sort(key=lambda leg: moment(leg["answered_at"]))
    assert [leg["interface"] for leg in talked] == list(expected.agents)
    held = [pytest.approx(hold_s, abs=1) if hold_s else 0, *[0] * len(talked)]
    assert [leg["hold_s"] for leg in talked] == held[: len(talked)]
    assert all(leg["talk_s"] is not None and leg["talk_s"] > 0 for leg in talked)
    for leg in call["legs"]:
        assert leg["agent"] == LOGINS[leg["interface"]]
        assert leg["ended_at"] is not None
    if call["outcome"] != "answered":
        assert {leg["interface"] for leg in call["legs"]} == RING_GROUP


async def assert_ticket(house: House, call: Json) -> None:
    """An answered call has one ticket, of the agent who answered; any other has none."""
    tickets = (await house.api.get("tickets", limit="200"))["tickets"]
    of_call = [ticket for ticket in tickets if ticket["call"] == call["id"]]
    if call["outcome"] not in (None, "answered"):
        assert (call["ticket"], of_call) == (None, [])
        return
    number = call["ticket"]["number"]
    assert call["ticket"]["state"] == "ticketed"
    assert call["ticket"]["url"] == f"{house.service.url}/tickets/{number}"
    day = moment(call["answered_at"]).astimezone(PARIS)
    assert re.fullmatch(rf"T{day:%Y%m%d}\.[0-9]{{4}}", number)
    assert of_call == [await house.api.get(f"tickets/{number}")]
    (ticket,) = of_call
    talked = [leg for leg in call["legs"] if leg["answered_at"]]
    first = min(talked, key=lambda leg: moment(leg["answered_at"]))
    assert ticket["primary_resource"] == first["agent"]
    assert (ticket["queue"], ticket["source"]) == (call["line"], "phone")


async def assert_covered(house: House) -> None:
    """No answered call is without a ticket."""
    coverage = await house.api.get("coverage")
    obligations = coverage["obligations"]
    assert coverage["open"] == []
    assert coverage["answered"] == obligations["ticketed"] + obligations["qualified"]
    assert coverage["coverage"] in (None, 1)
