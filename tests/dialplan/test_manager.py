"""The manager account on a real Asterisk: what it is told, and what it may do."""

from collections import Counter

import pytest
from structlog.testing import capture_logs

from callcenter.ami.ledger import LedgerEraser, LedgerReader
from callcenter.ami.timing import Timing
from dialplan import ledger
from tests.ami.links import in_sight, link_to
from tests.rig import sites
from tests.rig.rig import Rig
from tests.rig.steps import Hold, Press, Talk

MANY = 100
NOISE = {"VarSet", "Newexten", "Newstate", "DialState"}


async def play(rig: Rig) -> None:
    """A call with a hold and a blind transfer out of the queue, and one that is given up."""
    rig.phone("101").answers(after=0.3, doing=[Talk(0.3), Hold(0.3), Press("#1104"), Talk()])
    rig.phone("104").answers(after=0.3, talk=0.5)
    await (await rig.call(to=sites.SUPPORT)).over()
    rig.phone("101").rings()
    await (await rig.call(to=sites.NETWORK, gives_up_after=0.5)).over()


async def test_the_wanted_events_arrive_and_no_others(start_rig):
    rig = await start_rig()
    async with rig.service() as service, rig.watch() as watcher:
        await play(rig)
        for ami in (service, watcher):  # the second call's end is the last thing that happens
            await ami.event("Hangup", Exten=sites.NETWORK, Cause="127")
        told = Counter(event["Event"] for event in service.events())
        happened = Counter(event["Event"] for event in watcher.events())

    assert {"Hold", "BlindTransfer", "AgentConnect", "HangupRequest"} <= told.keys()
    assert happened.keys() >= NOISE
    assert told == Counter({name: happened[name] for name in happened if name in sites.EVENTS})


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "CoreShowChannels"},
        {"Action": "BridgeList"},
        {"Action": "QueueStatus"},
        {"Action": "DeviceStateList"},
        {"Action": "DBGetTree", "Family": ledger.FAMILY},
        {"Action": "Ping"},
    ],
    ids=lambda action: action["Action"],
)
async def test_the_account_may_look(start_rig, action):
    rig = await start_rig()
    async with rig.service() as ami:
        assert (await ami.action(action))[0]["Response"] == "Success"


async def test_the_account_may_pause_members_of_queues(start_rig):
    rig = await start_rig()
    async with rig.service() as ami:
        pause = {"Action": "QueuePause", "Queue": "support", "Interface": "PJSIP/101"}
        answer = await ami.action({**pause, "Paused": "true", "Reason": "ticket"})

    assert answer[0]["Response"] == "Success"
    assert "paused:ticket" in await rig.cli("queue show support")


async def test_there_is_nothing_to_originate_that_runs_programs(start_rig):
    """Who may originate, and write in the database, may start any application there is."""
    rig = await start_rig()
    for name in ("System", "TrySystem", "AGI", "EAGI", "DeadAGI", "ExternalIVR", "MixMonitor"):
        assert "not registered" in await rig.cli(f"core show application {name}"), name
    assert "No function" in await rig.cli("core show function SHELL")


@pytest.mark.parametrize(
    "action",
    [
        {"Action": "Command", "Command": "core show channels"},
        {
            "Action": "Redirect",
            "Channel": "PJSIP/101-0",
            "Context": "x",
            "Exten": "1",
            "Priority": "1",
        },
        {"Action": "UpdateConfig", "SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    ],
    ids=lambda action: action["Action"],
)
async def test_the_account_may_do_nothing_else(start_rig, action):
    rig = await start_rig()
    async with rig.service() as ami:
        answer = (await ami.action(action))[0]

    assert (answer["Response"], answer["Message"]) == ("Error", "Permission denied")


async def test_a_note_is_read_and_erased(start_rig):
    rig = await start_rig()
    rig.phone("101").answers(after=0.3)
    async with rig.service() as ami:
        await (await rig.call("anonymous", hangup_after=1.5)).over()
        tree = {"Action": "DBGetTree", "Family": ledger.FAMILY}
        connect = await ami.event("AgentConnect")
        row = (await ami.action(tree))[1]
        note = ledger.parse(row["Key"], row["Val"])
        key = ledger.database_key(note.linkedid)
        erased = await ami.action({"Action": "DBDel", "Family": ledger.FAMILY, "Key": key})
        left = await ami.action(tree)

    assert note.linkedid == connect["Linkedid"]
    assert note.channel == connect["DestChannel"]
    assert note.caller == "anonymous"
    assert abs(note.answered_at.timestamp() - float(connect["Timestamp"])) < 1
    assert erased[0]["Response"] == "Success"
    assert [each for each in left if each.get("Event") == "DBGetTreeResponse"] == []


async def test_notes_survive_a_restart_of_asterisk(start_rig):
    rig = await start_rig()
    rig.phone("101").answers(after=0.3)
    await (await rig.call(hangup_after=1.5)).over()
    await rig.asterisk.restart()

    async with rig.service() as ami:
        rows = await ami.action({"Action": "DBGetTree", "Family": ledger.FAMILY})

    assert ledger.parse(rows[1]["Key"], rows[1]["Val"]).line == "support"


async def test_the_ledger_is_read_empty_and_full_and_erased_through_our_own_edge(start_rig):
    rig = await start_rig()
    reader, eraser = LedgerReader("main"), LedgerEraser("main")
    async with link_to(
        rig.site.pbx.port, host=rig.site.pbx.address, secret=rig.site.pbx.secret, timing=Timing()
    ) as link:
        assert (await in_sight(link)).answers == {}
        async with rig.watch() as ami:
            for number in range(MANY):
                note = f"v2|1795467000.25|support|PJSIP/101-{number}||1795467000.25|1795467000.5"
                put = {"Action": "DBPut", "Family": ledger.FAMILY, "Val": note}
                await ami.action({**put, "Key": ledger.database_key(f"1795467000.{number}")})
        notes = await reader.read(link.send)
        assert len(notes) == MANY
        with capture_logs() as complaints:
            await eraser.erase(link.send, [*notes, "1795467000.none"])
            assert await reader.read(link.send) == {}
        assert complaints == rig.warnings() == []
