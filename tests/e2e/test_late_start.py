"""The service is started in the middle of a call, on PostgreSQL."""

import asyncio
from dataclasses import replace

import pytest

from tests.e2e.api import Json
from tests.e2e.claims import assert_covered, assert_legs, assert_ticket
from tests.e2e.house import House
from tests.e2e.site import EXTENSIONS
from tests.rig.ami import Ami
from tests.rig.rig import Rig
from tests.rig.scenarios import CALLER, Expected

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALLS = 20
KNOWN_WITHIN_S = 10
LINES = pytest.mark.parametrize("line", ["support", "network"])


def is_ticketed(call: Json) -> bool:
    """Whether the desk has confirmed its ticket."""
    return call["ticket"] is not None and call["ticket"]["number"] is not None


@LINES
async def test_a_call_that_rings_when_the_service_starts(postgres_house: House, line: str) -> None:
    house = postgres_house
    await house.stop_service()

    async def play(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
        phone = rig.phone("102").answers(after=None, talk=1)
        call = await rig.call(CALLER, extension)
        await ami.event("DialState", DialStatus="RINGING")
        await asyncio.sleep(1)
        await house.service.start()
        await phone.answer()
        await call.over()
        return [Expected(CALLER, line, "answered", ("PJSIP/102",))]

    played = await house.play(play, line)

    (call,) = await house.calls(played)
    assert (call["line"], call["outcome"], call["caller"]["raw"]) == (line, "answered", CALLER)
    assert_legs(call, played.expected[0])
    played.assert_times(call)
    await assert_ticket(house, call)
    await assert_covered(house)
    house.assert_nobody_complained()


@LINES
async def test_a_call_that_was_answered_when_the_service_starts(
    postgres_house: House, line: str
) -> None:
    house = postgres_house
    await house.stop_service()

    async def play(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
        rig.phone("102").answers(after=0.5)
        call = await rig.call(CALLER, extension)
        met = await ami.event("BridgeEnter")
        await asyncio.sleep(2)
        await house.service.start()
        talking = await house.call(met["Linkedid"], is_ticketed)
        assert (talking["state"], talking["ended_at"]) == ("talking", None)
        await assert_ticket(house, talking)
        await rig.hang_up_everything()
        await call.over()
        return [Expected(CALLER, line, "answered", ("PJSIP/102",))]

    played = await house.play(play, line)

    (call,) = await house.calls(played)
    assert (call["line"], call["outcome"], call["caller"]["raw"]) == (line, "answered", CALLER)
    assert_legs(call, played.expected[0])
    played.assert_times(call)
    await assert_ticket(house, call)
    await assert_covered(house)
    house.assert_nobody_complained()


async def test_a_call_that_ended_while_the_service_was_away(postgres_house: House) -> None:
    house = postgres_house

    async def play(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
        rig.phone("101").answers(after=0.5)
        call = await rig.call(CALLER, extension)
        met = await ami.event("BridgeEnter")
        await house.call(met["Linkedid"], lambda call: call["ticket"] is not None)
        await house.stop_service()  # perhaps before the desk has confirmed the ticket
        await rig.hang_up_everything()
        await call.over()
        await house.service.start()
        return [Expected(CALLER, line, "answered", ("PJSIP/101",))]

    played = await house.play(play, "support")

    (call,) = await house.calls(played)
    assert call["outcome"] == "answered"
    assert_legs(call, played.expected[0])
    played.assert_times(call)
    await assert_ticket(house, call)
    await assert_covered(house)
    house.assert_nobody_complained()


async def test_calls_that_came_and_went_while_the_service_was_away(postgres_house: House) -> None:
    house = postgres_house
    await house.stop_service()

    async def play(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
        for name in ("101", "102"):
            rig.phone(name).answers(after=0.2, talk=0.5)
        lines = ["network", "network", "network", "support"] * (
            CALLS // 4
        )  # a queue takes its time
        every = [(f"06399811{place}", line) for place, line in enumerate(lines, 10)]
        calls = [await rig.call(number, EXTENSIONS[line]) for number, line in every]
        await asyncio.gather(*(call.over() for call in calls))
        return [Expected(number, line, "answered") for number, line in every]

    played = await house.play(play, "support")
    await house.service.start()
    async with asyncio.timeout(KNOWN_WITHIN_S):
        calls = await house.calls(played)
        await until_empty(house.rig)

    met = played.answered_by()
    told = [Expected(call["caller"]["raw"], call["line"], call["outcome"]) for call in calls]
    assert sorted(told, key=repr) == sorted(played.expected, key=repr)
    for call, expected in zip(calls, told, strict=True):
        assert_legs(call, replace(expected, agents=(met[call["linkedid"]],)))
        played.assert_times(call)
        await assert_ticket(house, call)
    await assert_covered(house)
    house.assert_nobody_complained()


async def until_empty(rig: Rig) -> None:
    """Wait until Asterisk's ledger has no note."""
    while "0 results found" not in await rig.cli("database show callcenter"):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
