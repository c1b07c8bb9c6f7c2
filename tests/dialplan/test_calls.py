"""Calls through the rendered dialplan on a real Asterisk, and what the ledger says of them."""

import asyncio

import pytest

from dialplan import ledger
from tests.rig import sites
from tests.rig.rig import Rig
from tests.rig.steps import Refer, Talk

BOTH = pytest.mark.parametrize(
    ("extension", "line"), [(sites.SUPPORT, "support"), (sites.NETWORK, "network")]
)


async def notes(rig: Rig) -> list[ledger.Note]:
    """The ledger, as the service reads it."""
    async with rig.service() as ami:
        rows = await ami.action({"Action": "DBGetTree", "Family": ledger.FAMILY})
    return [ledger.parse(row["Key"], row["Val"]) for row in rows if "Val" in row]


def customers(events: list[dict[str, str]]) -> list[str]:
    """The Linkedids of the calls that came over the trunk."""
    return [e["Linkedid"] for e in events if e["Context"] == "from-callcenter-trunk"]


@BOTH
async def test_an_answered_call_is_noted(start_rig, extension, line):
    rig = await start_rig()
    rig.phone("102").answers(after=0.3)

    async with rig.watch() as ami:
        await (await rig.call("0639981122", extension, hangup_after=2)).over()
        calls = customers(ami.events("Newchannel"))

    (note,) = await notes(rig)
    assert (note.line, note.caller) == (line, "0639981122")
    assert note.channel.startswith("PJSIP/102-")
    assert [note.linkedid] == calls
    assert rig.warnings() == []


@BOTH
async def test_a_call_nobody_answered_is_not_noted(start_rig, extension, line):
    rig = await start_rig()

    await (await rig.call(to=extension, gives_up_after=1, hangup_after=1)).over()

    assert await notes(rig) == []


@BOTH
async def test_a_picked_up_call_is_noted_as_the_customers(start_rig, extension, line):
    rig = await start_rig()

    async with rig.watch() as ami:
        call = await rig.call(to=extension, hangup_after=3)
        await ami.event("DialState", DialStatus="RINGING")
        await asyncio.sleep(0.3)
        rig.phone("104").calls("*8")
        await call.over()
        calls = customers(ami.events("Newchannel"))

    (note,) = await notes(rig)
    assert [note.linkedid] == calls
    assert note.channel.startswith("PJSIP/104-")


async def test_a_call_sent_on_to_another_line_keeps_its_first_note(start_rig):
    site = sites.site(sites.support(members=("PJSIP/101",)), sites.network(ring=("PJSIP/102",)))
    rig = await start_rig(site)
    rig.phone("101").answers(after=0.3, doing=[Talk(0.3), Refer(sites.NETWORK), Talk()])
    rig.phone("102").answers(after=0.3, talk=0.5)

    await (await rig.call()).over()

    (note,) = await notes(rig)
    assert (note.line, note.channel.partition("-")[0]) == ("support", "PJSIP/101")


async def test_a_colleague_who_calls_a_line_is_not_noted(start_rig):
    rig = await start_rig()
    rig.phone("102").answers(after=0.3)

    await rig.phone("104").calls(sites.SUPPORT, hangup_after=1.5).over()

    assert "CONNECT" in [line.event for line in rig.queue_log()]
    assert await notes(rig) == []
