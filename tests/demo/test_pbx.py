"""The demonstration's PBX, through the link that the service uses."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from callcenter.ami.ledger import LedgerEraser
from callcenter.ami.link import PbxLink
from callcenter.core.pbx import Batch, Event, Snapshot
from callcenter.demo.pbx import DemoPbx
from tests.ami.links import PATIENCE_S, in_sight, link_to, take, until


@pytest.fixture
async def pbx() -> AsyncIterator[DemoPbx]:
    async with DemoPbx(secret="right", calls_per_minute=600, seed=4) as demo:
        yield demo


async def first(link: PbxLink, name: str) -> Event:
    """Take items until an event of that name comes."""
    async with asyncio.timeout(PATIENCE_S):  # others never end
        while True:
            item = await take(link)
            if isinstance(item, Batch):
                for event in item.events:
                    if event["Event"] == name:
                        return event


async def test_a_call_comes_at_once(pbx: DemoPbx) -> None:
    async with link_to(pbx.port) as link:
        snapshot = await in_sight(link)
        assert len(snapshot.queue_members) == 5
        first_event = await first(link, "Newchannel")
        assert first_event["Linkedid"]


async def test_a_call_runs_to_its_end(pbx: DemoPbx) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        hangup = await first(link, "Hangup")
        assert hangup["Linkedid"]


async def test_a_snapshot_in_the_middle_shows_the_calls_that_are_up(pbx: DemoPbx) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        await first(link, "Newchannel")
        async with link_to(pbx.port) as second:
            snapshot = await in_sight(second)
    assert isinstance(snapshot, Snapshot)
    caller = next(row for row in snapshot.channels if row["Uniqueid"] == row["Linkedid"])
    assert caller["Channel"].startswith("PJSIP/trunk-")


async def test_two_links_hear_the_same(pbx: DemoPbx) -> None:
    async with link_to(pbx.port) as one, link_to(pbx.port) as two:
        await asyncio.gather(in_sight(one), in_sight(two))
        hangup = await first(one, "Hangup")
        while (await first(two, "Hangup"))["Uniqueid"] != hangup["Uniqueid"]:
            pass


async def test_a_wrong_secret_is_refused(pbx: DemoPbx) -> None:
    async with link_to(pbx.port, secret="wrong") as link:
        await until(lambda: link.status.state == "refused")
        assert "Authentication failed" in (link.status.last_error or "")


async def test_nothing_is_told_before_the_login(pbx: DemoPbx) -> None:
    reader, writer = await asyncio.open_connection(pbx.host, pbx.port)
    assert await reader.readuntil(b"\r\n") == b"Asterisk Call Manager/11.0.0\r\n"
    writer.write(b"Action: CoreShowChannels\r\nActionID: 7\r\n\r\n")
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer == b"Response: Error\r\nActionID: 7\r\nMessage: Permission denied\r\n\r\n"
    writer.close()
    await writer.wait_closed()


async def test_only_the_classes_asked_for_are_told(pbx: DemoPbx) -> None:
    reader, writer = await asyncio.open_connection(pbx.host, pbx.port)
    login = "Action: Login\r\nUsername: callcenter\r\nSecret: right\r\nEvents: agent\r\n\r\n"
    writer.write(login.encode())
    await reader.readuntil(b"\r\n\r\n")
    told = [await reader.readuntil(b"\r\n\r\n") for _ in range(5)]
    assert all(b"Privilege: agent,all" in each for each in told)
    writer.close()
    await writer.wait_closed()


async def test_its_actions_are_answered_as_asterisk_does(pbx: DemoPbx) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        notes = await link.send({"Action": "DBGetTree", "Family": "callcenter"})
        assert (notes.ok, notes.events) == (True, ())
        with capture_logs() as complaints:
            await LedgerEraser("main").erase(link.send, ["1795467106.0"])
        assert complaints == []
        unknown = await link.send({"Action": "Originate", "Async": "true"})
        assert unknown.message == "Invalid/unknown command: Originate."
        assert not unknown.ok


async def test_who_takes_a_pause_is_shown_so(pbx: DemoPbx) -> None:
    pause = {"Action": "QueuePause", "Queue": "support", "Interface": "PJSIP/103"}
    async with link_to(pbx.port) as link:
        await in_sight(link)
        assert (await link.send({**pause, "Paused": "true", "Reason": "lunch"})).ok
        told = await first(link, "QueueMemberPause")
        async with link_to(pbx.port) as second:
            rows = (await in_sight(second)).queue_members
        assert (await link.send({**pause, "Paused": "false"})).ok
        ended = await first(link, "QueueMemberPause")
        nobody = await link.send({**pause, "Interface": "PJSIP/999", "Paused": "true"})
    assert (told["Interface"], told["Paused"], told["PausedReason"]) == ("PJSIP/103", "1", "lunch")
    assert {row["Location"]: row["PausedReason"] for row in rows if row["Paused"] == "1"} == {
        "PJSIP/103": "lunch"
    }
    assert (ended["Paused"], ended["PausedReason"]) == ("0", "")
    assert nobody.message == "Interface not found"


async def test_an_endless_action_ends_the_session(pbx: DemoPbx) -> None:
    reader, writer = await asyncio.open_connection(pbx.host, pbx.port)
    writer.write(b"x" * 200_000)
    with pytest.raises(ConnectionError):
        await reader.read(-1)
        raise ConnectionResetError  # closed without a reset: as good
    writer.close()


async def test_calls_overlap_and_never_share_a_telephone(pbx: DemoPbx) -> None:
    async with link_to(pbx.port, snapshot_every_s=0.5) as link, asyncio.timeout(60):
        overlap = 0
        while overlap < 2:
            item = await take(link)
            if isinstance(item, Snapshot):
                overlap = len({row["Linkedid"] for row in item.channels})
                names = [row["Channel"].rpartition("-")[0] for row in item.channels]
                phones = [name for name in names if name != "PJSIP/trunk"]
                assert len(phones) == len(set(phones))


async def test_leaving_ends_calls_and_sessions() -> None:
    async with DemoPbx(secret="right", seed=1) as pbx:
        reader, writer = await asyncio.open_connection(pbx.host, pbx.port)
        await reader.readuntil(b"\r\n")
    with pytest.raises(OSError):
        await asyncio.open_connection(pbx.host, pbx.port)
    writer.close()
    assert len(asyncio.all_tasks()) == 1
