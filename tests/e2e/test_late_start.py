"""The service is started in the middle of a call, on PostgreSQL."""

import asyncio

import pytest

from tests.e2e.api import Json
from tests.e2e.claims import assert_covered, assert_legs, assert_ticket
from tests.e2e.house import House
from tests.rig.ami import Ami
from tests.rig.rig import Rig
from tests.rig.scenarios import CALLER, Expected

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOKUP = "/pbx/caller-name"  # that nobody is there to be asked for it is Asterisk's to say
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
    house.assert_nobody_complained(but=LOOKUP)


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
    house.assert_nobody_complained(but=LOOKUP)


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
    await assert_ticket(house, call)
    await assert_covered(house)
    house.assert_nobody_complained(but=LOOKUP)
