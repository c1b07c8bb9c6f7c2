"""Each trap between a PBX and us, and that the link does not fall into it."""

import asyncio
import gc
import weakref
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from callcenter.ami.errors import AmiActionError, AmiLostError, AmiTimeoutError
from callcenter.ami.framing import MAX_MESSAGE_BYTES
from callcenter.ami.timing import DEFAULT_TIMING
from callcenter.core.pbx import Batch, OutOfSight, Snapshot
from tests.ami.links import QUICK, in_sight, link_to, take, take_events, until
from tests.ami.scripted import ScriptedAmi, done, listing, message, refused, silence

BOOTED = message(Event="FullyBooted", Privilege="system,all")


def hangup(uniqueid: str, **more: str) -> bytes:
    return message(Event="Hangup", Privilege="call,all", Uniqueid=uniqueid, **more)


# Login


async def test_a_wrong_secret_is_said_loudly_and_tried_again(pbx: ScriptedAmi) -> None:
    with capture_logs() as logs:
        async with link_to(pbx.port, secret="wrong") as link:
            await pbx.received("Login", times=3)
            await until(lambda: link.status.counters.refusals >= 2)
            status = link.status
    assert status.state == "refused"
    assert "Authentication failed" in (status.last_error or "")
    assert {"log_level": "error", "code": "ami-login"}.items() <= logs[0].items()
    assert "wrong" not in str(logs)


async def test_a_login_without_an_answer_is_given_up(pbx: ScriptedAmi) -> None:
    pbx.answers["Login"] = silence
    async with link_to(pbx.port, timing=replace(QUICK, action_timeout_s=0.05)) as link:
        await pbx.received("Login", times=2)
        assert "did not answer Login" in (link.status.last_error or "")


async def test_a_pbx_that_is_not_there_is_tried_again_until_it_is() -> None:
    async with ScriptedAmi() as gone:
        port = gone.port
    async with link_to(port) as link:
        await until(lambda: link.status.last_error is not None)
        assert link.status.state == "connecting"
        async with ScriptedAmi(port=port):
            await in_sight(link)
            assert link.status.state == "in sight"


async def test_a_connection_lost_during_the_login_is_made_again(pbx: ScriptedAmi) -> None:
    pbx.answers["Login"] = lambda action: pbx.cut()
    async with link_to(pbx.port) as link:
        await pbx.received("Login")
        pbx.answers["Login"] = done
        await in_sight(link)


async def test_a_peer_that_is_no_asterisk_is_named_as_such() -> None:
    async with (
        ScriptedAmi(greeting=b"SSH-2.0-OpenSSH_9.2\r\n") as other,
        link_to(other.port) as link,
    ):
        await until(lambda: link.status.last_error is not None)
        assert "does not greet" in (link.status.last_error or "")


async def test_the_classes_we_do_not_need_are_not_asked_for(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port):
        assert (await pbx.received("Login"))["Events"] == "system,call,agent,user"


# Snapshots


async def test_every_login_is_followed_by_a_snapshot(pbx: ScriptedAmi) -> None:
    channel = {"Event": "CoreShowChannel", "Channel": "PJSIP/101-1", "Uniqueid": "1.1"}
    bridge = {"Event": "BridgeListItem", "BridgeUniqueid": "b"}
    device = {"Event": "DeviceStateChange", "Device": "PJSIP/101", "State": "INUSE"}
    queue = {"Event": "QueueParams", "Queue": "support"}
    caller = {"Event": "QueueEntry", "Queue": "support", "Uniqueid": "1.1"}
    member = {"Event": "QueueMember", "Queue": "support", "Location": "PJSIP/101"}
    pbx.answers["CoreShowChannels"] = listing("CoreShowChannelsComplete", channel)
    pbx.answers["BridgeList"] = listing("BridgeListComplete", bridge)
    pbx.answers["QueueStatus"] = listing("QueueStatusComplete", queue, member, caller)
    pbx.answers["DeviceStateList"] = listing("DeviceStateListComplete", device)
    async with link_to(pbx.port) as link:
        snapshot = await in_sight(link)
    assert device.items() <= snapshot.devices[0].items()
    assert channel.items() <= snapshot.channels[0].items()
    assert bridge.items() <= snapshot.bridges[0].items()
    assert caller.items() <= snapshot.queue_entries[0].items()
    assert member.items() <= snapshot.queue_members[0].items()
    assert list(map(len, [snapshot.channels, snapshot.queue_entries, snapshot.queue_members])) == [
        1,
        1,
        1,
    ]


async def test_a_pbx_that_finishes_booting_during_a_snapshot_is_asked_again(
    pbx: ScriptedAmi,
) -> None:
    rows, booted = listing("QueueStatusComplete"), [BOOTED]
    pbx.answers["QueueStatus"] = lambda action: (
        (rows(action) or b"") + b"".join(booted.pop() for _ in booted[:1])
    )
    async with link_to(pbx.port) as link:
        await in_sight(link)
        await pbx.received("QueueStatus", times=2)


async def test_events_during_a_snapshot_follow_it_in_order(pbx: ScriptedAmi) -> None:
    pbx.answers["Login"] = lambda action: done(action) + BOOTED
    rows = listing("BridgeListComplete")
    pbx.answers["BridgeList"] = lambda action: hangup("1") + (rows(action) or b"") + hangup("2")
    async with link_to(pbx.port) as link:
        await in_sight(link)
        assert [event["Event"] for event in await take_events(link, 3)] == [
            "FullyBooted",
            "Hangup",
            "Hangup",
        ]


async def test_a_snapshot_is_taken_now_and_then(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port, snapshot_every_s=0.05) as link:
        for _ in range(3):
            await in_sight(link)
    assert pbx.connections == 1


async def test_a_pbx_that_boots_after_the_login_is_asked_again(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.say(BOOTED)
        await take_events(link, 1)
        await in_sight(link)


async def test_a_pbx_without_queues_is_no_error(pbx: ScriptedAmi) -> None:
    text = "Invalid/unknown command: QueueStatus. Use Action: ListCommands to show available."
    pbx.answers["QueueStatus"] = lambda action: message(
        Response="Error", ActionID=action["ActionID"], Message=text
    )
    async with link_to(pbx.port) as link:
        assert (await in_sight(link)).queue_members == ()


async def test_an_account_with_too_few_rights_is_told_what_it_needs(pbx: ScriptedAmi) -> None:
    pbx.answers["CoreShowChannels"] = refused
    async with link_to(pbx.port) as link:
        await until(lambda: link.status.state == "refused")
        assert "write=reporting" in (link.status.last_error or "")


# Actions


async def test_an_action_gets_its_own_reply(pbx: ScriptedAmi) -> None:
    row = {"Event": "DBGetTreeResponse", "Key": "/callcenter/a", "Val": "1"}
    pbx.answers["DBGetTree"] = listing("DBGetTreeComplete", row)
    async with link_to(pbx.port) as link:
        await in_sight(link)
        tree, ping = await asyncio.gather(
            link.send({"Action": "DBGetTree", "Family": "callcenter"}),
            link.send({"Action": "Ping"}),
        )
    assert row.items() <= tree.events[0].items()
    assert ping.headers["Ping"] == "Pong"


async def test_an_error_is_a_reply(pbx: ScriptedAmi) -> None:
    pbx.answers["DBDel"] = refused
    async with link_to(pbx.port) as link:
        await in_sight(link)
        reply = await link.send({"Action": "DBDel", "Family": "callcenter", "Key": "a"})
    assert not reply.ok
    assert reply.message == "Permission denied"


async def test_an_action_without_an_answer_times_out_and_leaves_nothing(pbx: ScriptedAmi) -> None:
    pbx.answers["QueuePause"] = silence
    async with link_to(pbx.port, timing=replace(QUICK, ping_every_s=60)) as link:
        await in_sight(link)
        with pytest.raises(AmiTimeoutError, match="QueuePause"):
            await link.send({"Action": "QueuePause"}, timeout_s=0.05)
        assert link._manager is not None
        assert link._manager.protocol is not None
        assert link._manager.protocol.responses == {}
        late = (await pbx.received("QueuePause"))["ActionID"]
        pbx.say(message(Response="Success", ActionID=late) + hangup("1"))
        await take_events(link, 1)
        assert link.status.counters.stray_replies == 1


async def test_a_cancelled_action_leaves_nothing(pbx: ScriptedAmi) -> None:
    pbx.answers["QueuePause"] = silence
    async with link_to(pbx.port, timing=replace(QUICK, ping_every_s=60)) as link:
        await in_sight(link)
        task = asyncio.create_task(link.send({"Action": "QueuePause"}))
        await pbx.received("QueuePause")
        task.cancel()
        await asyncio.wait([task])
        assert link._manager is not None
        assert link._manager.protocol is not None
        assert link._manager.protocol.responses == {}


async def test_nothing_is_sent_again_after_a_reconnection(pbx: ScriptedAmi) -> None:
    pbx.answers["Originate"] = silence
    async with link_to(pbx.port) as link:
        await in_sight(link)
        call = asyncio.create_task(link.send({"Action": "Originate", "Async": "true"}))
        await pbx.received("Originate")
        pbx.cut()
        with pytest.raises(AmiLostError):
            await call
        assert isinstance(await take(link), OutOfSight)
        await in_sight(link)
        pbx.say(BOOTED)
        await pbx.received("Ping", times=pbx.count("Ping") + 2)
    assert pbx.count("Originate") == 1


async def test_an_action_without_a_connection_fails_at_once() -> None:
    async with ScriptedAmi() as gone:
        port = gone.port
    async with link_to(port) as link:
        with pytest.raises(AmiLostError):
            await link.send({"Action": "Ping"})


async def test_an_injected_action_never_reaches_the_wire(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        with pytest.raises(AmiActionError):
            await link.send({"Action": "Setvar", "Value": "x\r\n\r\nAction: Originate"})
        await link.send({"Action": "Ping"})
    assert b"Setvar" not in pbx.raw
    assert b"Originate" not in pbx.raw


async def test_an_originate_that_is_queued_does_not_end_the_connection(pbx: ScriptedAmi) -> None:
    pbx.answers["Originate"] = lambda action: (
        message(
            Response="Success",
            ActionID=action["ActionID"],
            Message="Originate successfully queued",
        )
        + message(Event="OriginateResponse", ActionID=action["ActionID"], Response="Failure")
    )
    async with link_to(pbx.port) as link:
        await in_sight(link)
        assert (await link.send({"Action": "Originate", "Async": "true"})).ok
        events = await take_events(link, 1)
        assert events[0]["Event"] == "OriginateResponse"
    assert pbx.connections == 1


async def test_queue_add_is_answered(pbx: ScriptedAmi) -> None:
    pbx.answers["QueueAdd"] = lambda action: message(
        Response="Success", ActionID=action["ActionID"], Message="Added interface to queue"
    )
    async with link_to(pbx.port) as link:
        await in_sight(link)
        assert (await link.send({"Action": "QueueAdd", "Queue": "support"})).ok


async def test_an_event_that_echoes_an_action_id_still_arrives(pbx: ScriptedAmi) -> None:
    pbx.answers["UserEvent"] = lambda action: (
        message(Event="UserEvent", ActionID=action["ActionID"]) + done(action)
    )
    async with link_to(pbx.port) as link:
        await in_sight(link)
        assert (await link.send({"Action": "UserEvent", "UserEvent": "note"})).events == ()
        assert (await take_events(link, 1))[0]["Event"] == "UserEvent"


# The stream


async def test_only_wanted_events_are_given_in_order(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        for number in range(50):
            pbx.say(hangup(str(number)) + message(Event="HangupRequest", Uniqueid="x"))
        events = await take_events(link, 50)
    assert [event["Uniqueid"] for event in events] == [str(number) for number in range(50)]


async def test_an_event_of_one_line_is_given(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.say(b"Event: Hangup\r\n\r\n")
        assert await take_events(link, 1) == [{"Event": "Hangup"}]


async def test_an_event_after_one_cr_lf_too_many_is_given(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.say(message(Event="TestEvent", State="RINGING") + b"\r\n" + hangup("1"))
        assert (await take_events(link, 1))[0]["Uniqueid"] == "1"


async def test_a_forged_second_event_header_does_not_end_the_connection(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.say(b"Event: UserEvent\r\nUserEvent: a\r\nEvent: Hangup\r\n\r\n" + hangup("1"))
        events = await take_events(link, 2)
        assert [event["Event"] for event in events] == ["UserEvent", "Hangup"]
    assert pbx.connections == 1


async def test_a_character_cut_by_a_read_survives(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        for byte in hangup("1", CallerIDName="José Núñez"):
            pbx.say(bytes([byte]))
            await asyncio.sleep(0)
        assert (await take_events(link, 1))[0]["CallerIDName"] == "José Núñez"


async def test_endless_data_ends_the_connection_loudly(pbx: ScriptedAmi) -> None:
    with capture_logs() as logs:
        async with link_to(pbx.port) as link:
            await in_sight(link)
            pbx.say(b"Event: Hangup\r\nX: " + b"x" * (MAX_MESSAGE_BYTES * 2))
            gone = await take(link)
            assert isinstance(gone, OutOfSight)
            assert "without the end" in gone.reason
            await in_sight(link)
    assert [entry["code"] for entry in logs if entry["event"] == "pbx out of reach"] == [
        "ami-protocol"
    ]


# Loss


async def test_a_cut_is_followed_by_one_out_of_sight_and_a_snapshot(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.say(hangup("1"))
        await take_events(link, 1)
        pbx.cut()
        gone, snapshot = await take(link), await take(link)
        assert isinstance(gone, OutOfSight)
        assert isinstance(snapshot, Snapshot)
        assert gone.since <= snapshot.taken_at
        assert link.status.counters.losses == 1


async def test_a_refusal_after_a_loss_tells_out_of_sight_once(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.answers["Login"] = refused
        pbx.cut()
        await until(lambda: link.status.counters.refusals >= 2)
        pbx.answers["Login"] = done
        assert isinstance(await take(link), OutOfSight)
        await in_sight(link)


async def test_events_of_a_connection_that_broke_before_its_snapshot_are_given(
    pbx: ScriptedAmi,
) -> None:
    whole = pbx.answers["BridgeList"]
    pbx.answers["BridgeList"] = lambda action: hangup("1")
    async with link_to(pbx.port) as link:
        await until(lambda: link.status.waiting_events == 1)
        pbx.answers["BridgeList"] = whole
        pbx.cut()
        assert isinstance(await take(link), Batch)
        await in_sight(link)


async def test_a_dead_peer_is_noticed_by_its_unanswered_ping(pbx: ScriptedAmi) -> None:
    timing = replace(QUICK, ping_timeout_s=0.1)
    async with link_to(pbx.port, timing=timing) as link:
        await in_sight(link)
        pbx.answers["Ping"] = silence
        gone = await take(link)
        assert isinstance(gone, OutOfSight)
        assert "silent" in gone.reason
        pbx.answers["Ping"] = done
        await in_sight(link)


def test_a_dead_peer_is_noticed_within_fifteen_seconds() -> None:
    assert DEFAULT_TIMING.ping_every_s + DEFAULT_TIMING.ping_timeout_s < 15


async def test_a_stopped_link_does_not_come_back(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        pbx.cut()
        await until(lambda: link.status.state == "out of sight")
    connections = pbx.connections
    await asyncio.sleep(0.2)
    assert pbx.connections == connections


async def test_a_connection_leaves_nothing_behind(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port) as link:
        await in_sight(link)
        manager = weakref.ref(link._manager)
        pbx.cut()
        await take(link)
        await in_sight(link)
        gc.collect()
        assert manager() is None


# A slow consumer


async def test_a_slow_consumer_pauses_reading_and_loses_nothing(pbx: ScriptedAmi) -> None:
    count = 60_000
    with capture_logs() as logs:
        async with link_to(pbx.port, high_water=1_000, low_water=100) as link:
            await in_sight(link)
            saying = asyncio.create_task(say_hangups(pbx, count))
            await until(lambda: link.status.full)
            await asyncio.sleep(0.2)  # pings are due meanwhile: their silence is our own
            assert not saying.done()
            assert link.status.waiting_events < 20_000
            events = await take_events(link, count)
            await saying
            assert link.status.counters.pauses >= 1
    assert [event["Uniqueid"] for event in events] == [str(number) for number in range(count)]
    assert pbx.connections == 1
    assert "ami reading paused" in [entry["event"] for entry in logs]


async def test_a_consumer_that_asks_while_the_inbox_is_full_is_answered(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port, high_water=1_000, low_water=100) as link:
        await in_sight(link)
        pbx.say(b"".join(hangup(str(number)) for number in range(1_200)))
        await until(lambda: link.status.full)
        assert (await link.send({"Action": "DBDel"})).ok


async def test_a_pbx_that_cuts_a_slow_reader_loses_nothing_that_was_sent(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port, high_water=100, low_water=10) as link:
        await in_sight(link)
        pbx.say(b"".join(hangup(str(number)) for number in range(1_000)))
        await pbx.finish()
        events = []
        while not isinstance(item := await take(link), OutOfSight):
            assert isinstance(item, Batch)
            events += item.events
        assert len(events) == 1_000
        await in_sight(link)


async def say_hangups(pbx: ScriptedAmi, count: int) -> None:
    for start in range(0, count, 500):
        pbx.say(b"".join(hangup(str(number), X="x" * 400) for number in range(start, start + 500)))
        await pbx.said()
