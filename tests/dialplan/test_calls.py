"""Calls through the rendered dialplan on a real Asterisk, and what the ledger says of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dialplan import ledger
from tests.rig import sites
from tests.rig.ami import Ami
from tests.rig.rig import Rig
from tests.rig.steps import Refer, Talk

BOTH = pytest.mark.parametrize(
    ("extension", "line"), [(sites.SUPPORT, "support"), (sites.NETWORK, "network")]
)

CLOSE = timedelta(seconds=1)


async def notes(rig: Rig) -> list[ledger.Note]:
    """The ledger, as the service reads it."""
    async with rig.service() as ami:
        rows = await ami.action({"Action": "DBGetTree", "Family": ledger.FAMILY})
    return [ledger.parse(row["Key"], row["Val"]) for row in rows if "Val" in row]


async def assert_times(note: ledger.Note, ami: Ami) -> None:
    """The note's times are those of Asterisk's own events."""
    events = ami.events("Newchannel", "QueueCallerJoin", "DialBegin", "BridgeEnter", "Hangup")
    of_call = [event for event in events if event["Linkedid"] == note.linkedid]

    def at(*names: str, **headers: str) -> datetime:
        first = next(e for e in of_call if e["Event"] in names and headers.items() <= e.items())
        return datetime.fromtimestamp(float(first["Timestamp"]), UTC)

    assert abs(note.started_at - at("Newchannel")) < CLOSE
    assert abs(note.queued_at - at("QueueCallerJoin", "DialBegin")) < CLOSE
    assert abs(note.answered_at - at("BridgeEnter")) < CLOSE
    assert abs(note.ended_at - at("Hangup", Uniqueid=note.linkedid)) < CLOSE


def customers(events: list[dict[str, str]]) -> list[str]:
    """The Linkedids of the calls that came over the trunk."""
    return [e["Linkedid"] for e in events if e["Context"] == "from-callcenter-trunk"]


@BOTH
async def test_an_answered_call_is_noted(start_rig, extension, line):
    rig = await start_rig()
    rig.phone("102").answers(after=0.3)

    async with rig.watch() as ami:
        await (await rig.call("0639981122", extension, hangup_after=2)).over()
        (call,) = customers(ami.events("Newchannel"))
        await ami.event("Hangup", Uniqueid=call)
        (note,) = await notes(rig)
        await assert_times(note, ami)

    assert (note.line, note.caller) == (line, "0639981122")
    assert note.channel.startswith("PJSIP/102-")
    assert note.linkedid == call
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


async def test_a_call_sent_on_to_another_line_keeps_its_first_note_until_the_caller_is_gone(
    start_rig,
):
    site = sites.site(sites.support(members=("PJSIP/101",)), sites.network(ring=("PJSIP/102",)))
    rig = await start_rig(site)
    rig.phone("101").answers(after=0.3, doing=[Talk(0.3), Refer(sites.NETWORK), Talk()])
    rig.phone("102").answers(after=0.3, talk=0.5)

    async with rig.watch() as ami:
        await (await rig.call()).over()
        (call,) = customers(ami.events("Newchannel"))
        await ami.event("Hangup", Uniqueid=call)
        (note,) = await notes(rig)
        await assert_times(note, ami)

    assert (note.line, note.channel.partition("-")[0]) == ("support", "PJSIP/101")


async def test_a_colleague_who_calls_a_line_is_not_noted(start_rig):
    rig = await start_rig()
    rig.phone("102").answers(after=0.3)

    await rig.phone("104").calls(sites.SUPPORT, hangup_after=1.5).over()

    assert "CONNECT" in [line.event for line in rig.queue_log()]
    assert await notes(rig) == []
