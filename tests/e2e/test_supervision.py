"""A supervisor hears calls that go on, and nothing of the calls changes by it.

On 22: what 16 says of the same is recorded, and tested in tests/core.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e import site
from tests.e2e.house import House
from tests.e2e.test_outgoing import Agent, until
from tests.rig.ami import Ami
from tests.rig.fixtures import available

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUPERVISOR = "PJSIP/104"
CHANGED = "supervision.changed"
TALK = re.compile(r'name="call" value="([0-9a-f-]{36})">\s*<input[^>]*name="agent" value="(\d+)"')


@pytest.fixture(scope="module")
def version() -> int:
    """The one that it is played on."""
    return available(22)


@pytest_asyncio.fixture(loop_scope="module")
async def sam(house: House) -> AsyncIterator[Agent]:
    """The supervisor, with the right to listen."""
    await house.service.command("agent", "grant", site.SUPERVISOR, "supervise")
    async with Agent.signed_in(house, site.SUPERVISOR) as agent:
        yield agent


async def supervise(sam: Agent, mode: str) -> str:
    """Listen to the call that the floor shows; gives its id."""
    found = TALK.search(await sam.get("/floor"))
    assert found
    await sam.post("/floor/supervise", call=found[1], agent=found[2], mode=mode)
    return found[1]


async def hang_up(house: House, call_id: str) -> None:
    """The caller does, however long everything took until then."""
    await house.rig.hang_up((await house.api.get(f"calls/{call_id}"))["linkedid"])


async def reached(stream: Any, state: str) -> Any:
    """The supervision once it is in that state."""
    return await until(stream, CHANGED, lambda data: data["state"] == state)


def bridged(ami: Ami, id_: str) -> list[str]:
    """The bridges that the supervisor's channel was ever in: those of the caller are not its."""
    return [one["BridgeUniqueid"] for one in ami.events("BridgeEnter") if one["Uniqueid"] == id_]


@pytest.mark.parametrize(
    ("line", "mode", "options"),
    [
        ("support", "whisper", "quESw"),
        ("network", "barge", "quESB"),
    ],
)
async def test_a_call_is_heard_and_stays_what_it_was(
    house: House, sam: Agent, line: str, mode: str, options: str
) -> None:
    house.rig.phone("101").answers(after=0.3)
    house.rig.phone("102").rings()
    house.rig.phone("104").answers(after=0.3)
    async with house.api.events() as stream, house.rig.watch() as ami:
        caller = await house.rig.call("0639981181", site.EXTENSIONS[line])
        await until(stream, "call.answered")
        call_id = await supervise(sam, mode)
        await supervise(sam, mode)  # a second click
        heard = await reached(stream, "listening")
        channels = await house.rig.cli("core show channels concise")
        (ours,) = [row for row in channels.splitlines() if heard["id"] in row]
        assert "!ChanSpy!" in ours
        assert f",{options}!" in ours
        assert (heard["supervisor"], heard["agent"], heard["mode"]) == ("sam", "zoe", mode)
        assert mode_said(mode) in await sam.get("/floor")
        await hang_up(house, call_id)
        await caller.over()
        over = await reached(stream, "ended")
        assert over["result"] == "done"
        assert bridged(ami, heard["id"]) == []
        rung = [one for one in ami.events("Newchannel") if one["Channel"].startswith(SUPERVISOR)]
        assert len(rung) == 1
        (linkedid,) = {one["Linkedid"] for one in ami.events("Newchannel")} - {heard["id"]}
    call = await house.call(linkedid, lambda call: call["state"] == "ended")
    assert (call["id"], call["outcome"], call["line"]) == (call_id, "answered", line)
    assert {leg["interface"] for leg in call["legs"]} == {"PJSIP/101", "PJSIP/102"}
    page = await house.api.get("calls", limit="200")
    assert heard["id"] not in {one["linkedid"] for one in page["calls"]}
    trail = await sam.get("/admin/trail?what=supervision")
    assert "Sam Petit" in trail
    assert call_id in trail
    house.assert_nobody_complained()


def mode_said(mode: str) -> str:
    """What the floor says while it goes on."""
    return {
        "listen": "You listen; nobody hears you",
        "whisper": "The agent hears you, the caller does not",
        "barge": "Agent and caller hear you",
    }[mode]


async def test_the_mode_is_changed_and_a_supervisor_who_is_busy_is_told(
    house: House, sam: Agent
) -> None:
    house.rig.phone("101").answers(after=0.3)
    house.rig.phone("102").rings()
    house.rig.phone("104").answers(after=0.2)
    async with house.api.events() as stream:
        caller = await house.rig.call("0639981182", site.EXTENSIONS["support"])
        await until(stream, "call.answered")
        call_id = await supervise(sam, "listen")
        first = await reached(stream, "listening")
        await supervise(sam, "barge")
        over = await reached(stream, "ended")
        assert (over["id"], over["result"]) == (first["id"], "done")
        second = await reached(stream, "listening")
        assert (second["mode"], second["id"] != first["id"]) == ("barge", True)
        await sam.post("/floor/supervise/stop", id=second["id"])
        assert (await reached(stream, "ended"))["result"] == "done"

        house.rig.phone("104").refuses(after=0.2)
        await supervise(sam, "listen")
        assert (await reached(stream, "ended"))["result"] == "busy"
        await hang_up(house, call_id)
        await caller.over()
    house.assert_nobody_complained()


async def test_a_service_that_starts_while_somebody_listens_takes_it_for_no_call(
    house: House, sam: Agent
) -> None:
    house.rig.phone("101").answers(after=0.3)
    house.rig.phone("102").rings()
    house.rig.phone("104").answers(after=0.2)
    async with house.rig.watch() as ami:
        async with house.api.events() as stream:
            caller = await house.rig.call("0639981183", site.EXTENSIONS["network"])
            await until(stream, "call.answered")
            call_id = await supervise(sam, "listen")
            heard = await reached(stream, "listening")
        house.service.kill()
        await house.service.start()
        async with house.api.events() as stream:
            await hang_up(house, call_id)
            await caller.over()
            over = await reached(stream, "ended")
        assert (over["id"], over["result"]) == (heard["id"], "done")
        (linkedid,) = {one["Linkedid"] for one in ami.events("Newchannel")} - {heard["id"]}
    call = await house.call(linkedid, lambda call: call["state"] == "ended")
    assert {leg["interface"] for leg in call["legs"] if leg["answered_at"]} == {"PJSIP/101"}
    page = await house.api.get("calls", limit="200")
    assert heard["id"] not in {one["linkedid"] for one in page["calls"]}
