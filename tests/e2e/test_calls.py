"""Each kind of call on a real Asterisk: known, to the right agent, at the right times, ticketed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.e2e import site
from tests.e2e.api import Event
from tests.e2e.claims import assert_covered, assert_legs, assert_ticket
from tests.e2e.house import House, Play
from tests.rig import scenarios
from tests.rig.ami import Ami
from tests.rig.rig import Rig
from tests.rig.scenarios import Expected

pytestmark = pytest.mark.asyncio(loop_scope="module")

E164 = {"0639981122": "+33639981122", "0199004711": "+33199004711", "anonymous": None}
COMPANY = {
    "name": "Ardoise & Fils",
    "contract": "Gold",
    "account_owner": "Zoé Martin",
    "backup": "Ali Benali",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario on a line, and what the API makes of it beyond what the scenario says."""

    play: Play
    line: str
    outcome: str = "answered"
    name: str | None = None  # the caller's, as the operator sent it
    hold_s: float = 0  # of the first who answered: on hold, or hearing music during *2 and #1

    def __str__(self) -> str:
        return f"{self.play.__name__}-{self.line}"


CASES = [
    Case(scenarios.answered, "support", name="Claire Martin"),
    Case(scenarios.answered, "network", name="Claire Martin"),
    Case(scenarios.abandoned, "support", "abandoned"),
    Case(scenarios.abandoned, "network", "short_abandon"),
    Case(scenarios.overflow, "sales", "overflow"),
    Case(scenarios.overflow, "printers", "overflow"),
    Case(scenarios.anonymous, "network", name="Anonymous"),
    Case(scenarios.hold, "support", hold_s=1.5),
    Case(scenarios.blind_transfer, "support", hold_s=0.2),
    Case(scenarios.blind_refer, "network"),
    Case(scenarios.attended, "support", hold_s=3.8),
    Case(scenarios.two_calls, "support"),
    Case(scenarios.pickup, "support"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_call_is_known_as_it_was(house: House, case: Case) -> None:
    played = await house.play(case.play, case.line)

    calls = await house.calls(played)

    for call, expected in zip(calls, played.expected, strict=True):
        assert await house.api.get(f"calls/{call['id']}") == call
        assert (call["pbx"], call["line"], call["outcome"]) == ("main", case.line, case.outcome)
        number = expected.caller
        caller = {
            "raw": number,
            "e164": E164[number],
            "name": case.name,
            "attestation": None,
            "removed": False,
        }
        assert call["caller"] == caller
        assert call["transfers"] == (expected.transfer is not None)
        assert_legs(call, expected, case.hold_s)
        played.assert_times(call)
        await assert_ticket(house, call)
    await assert_covered(house)
    house.assert_nobody_complained()


async def test_a_caller_of_the_directory_is_shown_on_the_telephone_and_in_the_ticket(
    house: House,
) -> None:
    shown: list[str] = []

    async def known(rig: Rig, _ami: Ami, line: str, extension: str) -> list[Expected]:
        phone = rig.phone("101").answers(after=0.2)
        await (await rig.call(site.KNOWN, extension, hangup_after=1)).over()
        shown.extend(phone.shown())
        return [Expected(site.KNOWN, line, "answered", ("PJSIP/101",))]

    (call,) = await house.calls(await house.play(known, "network"))

    assert [each.partition(" <")[0] for each in shown] == ['"Élise Vannier - Ardoise & Fils"']
    assert call["company"] == {"id": call["company"]["id"], **COMPANY}
    assert [contact["name"] for contact in call["contacts"]] == ["Élise Vannier"]
    ticket = await house.api.get(f"tickets/{call['ticket']['number']}")
    told = [ticket[name] for name in ("company", "contact", "contract", "account_owner")]
    assert told == ["Ardoise & Fils", "Élise Vannier", "Gold", "Zoé Martin"]
    house.assert_nobody_complained()


async def test_of_a_shared_number_the_company_is_known_and_nobody_is_chosen(house: House) -> None:
    async def shared(rig: Rig, _ami: Ami, line: str, extension: str) -> list[Expected]:
        rig.phone("102").answers(after=0.2)
        await (await rig.call(site.SWITCHBOARD, extension, hangup_after=1)).over()
        return [Expected(site.SWITCHBOARD, line, "answered", ("PJSIP/102",))]

    (call,) = await house.calls(await house.play(shared, "support"))

    assert call["company"]["name"] == "Ardoise & Fils"
    assert {contact["name"] for contact in call["contacts"]} == {"Élise Vannier", "Paul Ardoise"}
    ticket = await house.api.get(f"tickets/{call['ticket']['number']}")
    assert (ticket["company"], ticket["contact"]) == ("Ardoise & Fils", None)


async def test_a_program_is_told_in_order_and_misses_nothing(house: House) -> None:
    async with house.api.events() as stream:
        (call,) = await house.calls(await house.play(scenarios.agent_ends, "support"))
        told = await until_ended(stream)

    assert [event.id for event in told] == sorted({event.id for event in told})
    of_call = [
        event for event in told if call["id"] in (event.data.get("id"), event.data.get("call"))
    ]
    kinds = dict.fromkeys(event.type for event in of_call if event.type != "call.updated")
    assert list(kinds) == [
        "call.started",
        "call.ringing",
        "call.offered",
        "call.answered",
        "ticket.created",
        "call.ended",
    ]
    answered = next(event.data for event in of_call if event.type == "call.answered")
    assert (answered["state"], answered["answered_at"]) == ("talking", call["answered_at"])
    assert of_call[-1].data == call
    async with house.api.events(after=of_call[1].id) as stream:
        resumed = await until_ended(stream)
    assert resumed == told[told.index(of_call[1]) + 1 :]


async def until_ended(stream: AsyncIterator[Event]) -> list[Event]:
    """What the stream tells, until a call has ended."""
    told: list[Event] = []
    async with asyncio.timeout(10):
        async for event in stream:
            told.append(event)
            if event.type == "call.ended":
                break
    return told
