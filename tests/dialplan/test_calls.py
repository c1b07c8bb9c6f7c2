"""Calls through the rendered dialplan on a real Asterisk."""

import pytest

from dialplan import ledger
from tests.rig import sites


@pytest.mark.parametrize(
    ("extension", "line"), [(sites.SUPPORT, "support"), (sites.NETWORK, "network")]
)
async def test_an_answered_call_is_noted_in_the_ledger(start_rig, extension, line):
    rig = await start_rig()
    rig.phone("102").answers(after=0.3)

    call = await rig.call("0639981122", extension, hangup_after=2)
    await call.over()

    shown = await rig.cli("database show callcenter")
    key, _, value = shown.splitlines()[0].partition(":")
    note = ledger.parse(key.strip(), value.strip())
    assert (note.line, note.caller) == (line, "0639981122")
    assert note.channel.startswith("PJSIP/102-")
    assert rig.warnings() == []
