"""The rig itself: several at once, nothing left behind, the dead found dead."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.rig.errors import RigError
from tests.rig.steps import Press, Talk


def mounts() -> set[str]:
    return set(Path("/proc/self/mounts").read_text().splitlines())


async def test_two_of_one_version_run_side_by_side(start_rig):
    before = mounts()
    first, second = await asyncio.gather(start_rig(), start_rig())
    first.phone("101").answers(after=0.2)

    call = await first.call(hangup_after=1.5)
    await call.over()

    assert "CONNECT" in [line.event for line in first.queue_log()]
    assert "ENTERQUEUE" not in [line.event for line in second.queue_log()]
    assert first.ami_address != second.ami_address
    assert mounts() == before


async def test_after_a_kill_it_starts_again_with_its_queue_log(start_rig):
    rig = await start_rig()
    rig.phone("101").answers(after=0.2)
    await (await rig.call(hangup_after=1)).over()

    await rig.asterisk.restart(signal.SIGKILL)

    assert [line.event for line in rig.queue_log()].count("QUEUESTART") == 2
    assert "0 active channels" in await rig.cli("core show channels")


async def test_a_call_that_the_pbx_refuses_is_no_success(start_rig):
    rig = await start_rig()

    call = await rig.call(to="0465719999", hangup_after=1)

    with pytest.raises(RigError, match="404"):
        await call.over()


async def test_a_telephone_that_is_gone_is_not_waited_for_at_the_end(start_rig):
    rig = await start_rig()
    rig.phone("102").unplugged()
    rig.phone("101").answers(after=0.3, doing=[Talk(0.3), Press("1")], talk=0.3)

    await (await rig.call()).over()

    assert rig.queue_log()[-1].event == "COMPLETEAGENT"


async def test_a_telephone_answers_when_it_is_told_to_and_shows_who_calls(start_rig):
    rig = await start_rig()
    phone = rig.phone("101").answers(after=None, talk=0.3)

    async with rig.watch() as ami:
        call = await rig.call("0639981122", name="Claire Martin")
        await ami.event("DialState", DialStatus="RINGING")
        assert "CONNECT" not in [line.event for line in rig.queue_log()]
        await phone.answer()
        await call.over()

    assert "COMPLETEAGENT" in [line.event for line in rig.queue_log()]
    (shown,) = phone.shown()
    assert shown.startswith('"Claire Martin" <sip:0639981122@')
