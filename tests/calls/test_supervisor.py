"""What the PBX is told so that a supervisor hears a call, and what it does not take."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import insert

from callcenter.ami.errors import AmiActionError, AmiError, AmiLostError
from callcenter.calls.supervisor import Supervisor
from callcenter.core.line import Line
from callcenter.core.outgoing import ASKED_MAX
from callcenter.core.pbx import Batch, Event, Snapshot
from callcenter.core.supervision import Mode
from callcenter.core.tracker import Tracker
from callcenter.db import agents, supervisions
from callcenter.db.engine import Database
from callcenter.db.schema import calls
from callcenter.db.supervisions import Talk, Wanted
from tests.calls.database import add_agent
from tests.calls.facts import START
from tests.calls.test_dialler import DENIED, Pbx
from webhooks import Supervision

ID = "3f1c7a52-8a0e-4c0b-9a53-7d0d6f1b2a11"
CALL = "1" * 36
CALLER = {"Uniqueid": "1.1", "Linkedid": "1.1", "Channel": "PJSIP/trunk-00000001"}
AGENT = {"Uniqueid": "1.2", "Linkedid": "1.1", "Channel": "PJSIP/102-00000002"}
OURS = {"Uniqueid": ID, "Linkedid": ID, "Channel": "PJSIP/109-00000003"}
TALKING: tuple[Event, ...] = (
    {"Event": "Newchannel", **CALLER, "Exten": "0465711010"},
    {"Event": "QueueCallerJoin", **CALLER, "Queue": "support"},
    {"Event": "BridgeEnter", **CALLER, "BridgeUniqueid": "b"},
    {"Event": "BridgeEnter", **AGENT, "BridgeUniqueid": "b"},
)


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


@pytest.fixture
async def supervisor(pbx: Pbx, sqlite_database: Database) -> Supervisor:
    """One whose PBX is in sight, with a call that goes on."""
    tracker = Tracker("main", [Line("support", frozenset({"0465711010"}), queue="support")])
    tracker.apply(Snapshot(START, (), (), (), ()))
    tracker.apply(Batch(START, TALKING))
    row = {"id": CALL, "pbx": "main", "linkedid": "1.1", "channel": "1.1", "line": "support"}
    row |= {"caller_raw": "", "state": "talking"}
    async with sqlite_database.transaction() as connection:
        await connection.execute(insert(calls).values(row | {"started_at": START}))
    return Supervisor(tracker=tracker, send=pbx.send, database=sqlite_database, now=lambda: START)


async def ask(supervisor: Supervisor, mode: Mode = Mode.LISTEN, id_: str = ID) -> None:
    """Nour wants to hear what Zoé says."""
    if id_ == ID:
        await add_agent(supervisor.database, "zoe", "PJSIP/102")
        await add_agent(supervisor.database, "nour", "PJSIP/109")
    async with supervisor.database.transaction() as connection:
        zoe = await agents.by_login(connection, "zoe")
        nour = await agents.by_login(connection, "nour")
        assert zoe
        assert nour
        talk = Talk(CALL, "main", "support", zoe.id, "PJSIP/102", START)
        wanted = Wanted(talk=talk, interface="PJSIP/109", mode=mode, is_announced=True)
        await supervisions.ask(connection, id_, wanted, by=nour, now=START)


async def found(supervisor: Supervisor) -> Supervision:
    async with supervisor.database.reading() as connection:
        nour = await agents.by_login(connection, "nour")
        assert nour
        last = await supervisions.last_of(connection, nour.id)
    assert last
    return last


@pytest.mark.parametrize(
    ("mode", "options"), [(Mode.LISTEN, "quES"), (Mode.WHISPER, "quESw"), (Mode.BARGE, "quESB")]
)
async def test_their_telephone_is_rung_and_hears_the_agents_channel_alone(
    supervisor: Supervisor, pbx: Pbx, mode: Mode, options: str
) -> None:
    await ask(supervisor, mode)
    for _ in range(2):
        await supervisor.turn()
    assert pbx.told == [
        {
            "Action": "Originate",
            "Async": "true",
            "ChannelId": ID,
            "Channel": "PJSIP/109",
            "Application": "ChanSpy",
            "Data": f"1.2,{options}",
            "Timeout": "30000",
            "CallerID": '"Zoe" <102>',
        }
    ]
    assert (await found(supervisor)).state == "sent"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (DENIED, "right"),
        ({"Response": "Error", "Message": "Channel not specified"}, "pbx"),
        (AmiActionError("a header is too long"), "pbx"),
    ],
)
async def test_what_the_pbx_refuses_has_ended_and_says_why(
    supervisor: Supervisor, pbx: Pbx, answer: Mapping[str, str] | AmiError, result: str
) -> None:
    pbx.answer = answer
    await ask(supervisor)
    await supervisor.turn()
    over = await found(supervisor)
    assert (over.state, over.result) == ("ended", result)
    assert not supervisor.tracker.supervising.going_on


async def test_what_may_be_under_way_is_not_begun_again(supervisor: Supervisor, pbx: Pbx) -> None:
    pbx.answer = AmiLostError("cut")
    await ask(supervisor)
    for _ in range(2):
        await supervisor.turn()
    assert len(pbx.told) == 1
    assert ID in supervisor.tracker.supervising.going_on


async def test_an_agent_who_has_hung_up_is_not_listened_to(
    supervisor: Supervisor, pbx: Pbx
) -> None:
    await ask(supervisor)
    supervisor.tracker.apply(Batch(START, ({"Event": "Hangup", **AGENT},)))
    await supervisor.turn()
    assert pbx.told == []
    assert (await found(supervisor)).result == "call_over"


async def test_out_of_sight_nobody_is_rung_and_what_is_old_is_given_up(
    supervisor: Supervisor, pbx: Pbx
) -> None:
    await ask(supervisor)
    supervisor.tracker = Tracker("main", [])
    await supervisor.turn()
    assert (await found(supervisor)).state == "asked"
    supervisor.now = lambda: START + ASKED_MAX + timedelta(seconds=1)
    await supervisor.turn()
    assert pbx.told == []
    assert (await found(supervisor)).result == "expired"


async def test_another_mode_hangs_up_first(supervisor: Supervisor, pbx: Pbx) -> None:
    await ask(supervisor)
    await supervisor.turn()
    await ask(supervisor, Mode.BARGE, "2" * 36)
    await supervisor.turn()
    assert pbx.told[1:] == [{"Action": "Hangup", "Channel": ID}]
    assert supervisor.tracker.supervising.going_on[ID].is_cancelled


async def test_who_listens_longer_than_the_call_is_hung_up(
    supervisor: Supervisor, pbx: Pbx
) -> None:
    await ask(supervisor)
    await supervisor.turn()
    rings: Event = {"Event": "Newchannel", **OURS, "Exten": "s"}
    supervisor.tracker.apply(Batch(START, (rings, {"Event": "Hangup", **CALLER})))
    await supervisor.turn()
    assert pbx.told[1:] == [{"Action": "Hangup", "Channel": ID}]
