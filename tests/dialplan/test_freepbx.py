"""FreePBX's custom files on a real Asterisk, hung into a stand-in for FreePBX's own."""

import pytest

from dialplan import ledger
from tests.dialplan import freepbx
from tests.rig import sites


@pytest.mark.parametrize(
    ("extension", "line"), [(sites.SUPPORT, "support"), (sites.NETWORK, "network")]
)
async def test_a_call_through_freepbx_is_answered_and_noted(start_rig, extension, line):
    rig = await start_rig(freepbx.site(), files=freepbx.files)
    rig.phone("101").answers(after=0.3)

    async with rig.service() as ami:
        call = await rig.call("0639981122", extension, hangup_after=2)
        await call.over()
        caller, *_ = ami.events("Newchannel")
        await ami.event("Hangup", Uniqueid=caller["Uniqueid"])
        rows = await ami.action({"Action": "DBGetTree", "Family": ledger.FAMILY})

    note = ledger.parse(rows[1]["Key"], rows[1]["Val"])
    assert (note.line, note.caller) == (line, "0639981122")
    assert note.started_at <= note.queued_at < note.answered_at < note.ended_at
    assert rig.warnings() == []


async def test_events_carry_microseconds(start_rig):
    rig = await start_rig(freepbx.site(), files=freepbx.files)
    rig.phone("101").answers(after=0.3)

    async with rig.service() as ami:
        call = await rig.call(to=sites.SUPPORT, hangup_after=1)
        await call.over()
        event = await ami.event("Hangup")

    assert "." in event["Timestamp"]
