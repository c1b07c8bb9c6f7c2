"""What the PBX is told of a call, and what becomes of one that it does not take."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from callcenter.ami.action import Reply
from callcenter.ami.errors import AmiActionError, AmiError, AmiLostError, AmiTimeoutError
from callcenter.calls.dialler import Dialler, WayOut
from callcenter.core.line import Line
from callcenter.core.outgoing import ASKED_MAX, Purpose
from callcenter.core.pbx import Snapshot
from callcenter.core.tracker import Tracker
from callcenter.db import outgoing
from callcenter.db.engine import Database
from callcenter.db.outgoing import Wanted
from callcenter.directory.importer import import_csv
from tests.calls.database import add_agent
from tests.calls.facts import START
from webhooks import OutgoingCall

ID = "899d15c1-f190-4072-8a36-6a8657901b1c"
DENIED = {"Response": "Error", "Message": "Permission denied"}


class Pbx:
    """Keeps what it is told, and answers as a test says."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, str]] = []
        self.answer: Mapping[str, str] | AmiError = {"Response": "Success"}

    async def send(self, action: Mapping[str, str]) -> Reply:
        self.told.append(action)
        if isinstance(self.answer, AmiError):
            raise self.answer
        return Reply(self.answer)


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


@pytest.fixture
def dialler(pbx: Pbx, sqlite_database: Database) -> Dialler:
    """One whose PBX is in sight."""
    tracker = Tracker("main", [Line("support", frozenset({"0465711010"}), queue="support")])
    tracker.apply(Snapshot(START, (), (), (), ()))
    return Dialler(
        tracker=tracker,
        send=pbx.send,
        database=sqlite_database,
        ways_out={"support": WayOut("FR")},
        now=lambda: START,
        base_url="http://callcenter.test",
    )


async def ask(dialler: Dialler, number: str = "+33639981122") -> int:
    """Zoé wants a call; gives her id."""
    zoe = await add_agent(dialler.database, "zoe", "PJSIP/101")
    wanted = Wanted(
        pbx="main", interface="PJSIP/101", number=number, line="support", purpose=Purpose.CALL
    )
    async with dialler.database.transaction() as connection:
        await outgoing.ask(connection, ID, wanted, agent_id=zoe, now=START)
    return zoe


async def call(dialler: Dialler) -> OutgoingCall:
    async with dialler.database.reading() as connection:
        return (await outgoing.last_of(connection, 1, 1))[0]


async def test_the_agents_telephone_is_called_and_shown_whom_it_is_about(
    dialler: Dialler, pbx: Pbx
) -> None:
    await import_csv(
        dialler.database,
        'company,contact,phone\nArdoise,"Élise ""E"" Vannier",0639981122\n',
        country="FR",
    )
    await ask(dialler)
    await dialler.turn()
    await dialler.turn()
    (told,) = pbx.told
    assert told == {
        "Action": "Originate",
        "Async": "true",
        "ChannelId": ID,
        "Channel": "PJSIP/101",
        "Context": "outgoing-callcenter-support",
        "Exten": "+33639981122",
        "Priority": "1",
        "Timeout": "30000",
        "CallerID": '"Élise E Vannier - Ardoise" <0639981122>',
        "Variable": "CALLCENTER_LINE=support",
    }
    assert (await call(dialler)).state == "sent"


@pytest.mark.parametrize(
    ("way", "number", "dialled"),
    [
        (WayOut("FR"), "+33639981122", "+33639981122"),
        (WayOut("FR", prefix="9"), "+33639981122", "9+33639981122"),
        (WayOut("FR", national=True), "+33639981122", "0639981122"),
        (WayOut("FR", national=True, prefix="0"), "+33639981122", "00639981122"),
        (WayOut("FR", national=True), "+442079460018", "00442079460018"),
    ],
)
def test_numbers_leave_as_the_pbx_wants_them(way: WayOut, number: str, dialled: str) -> None:
    assert way.dialled(number) == dialled


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (DENIED, "right"),
        ({"Response": "Error", "Message": "Channel not specified"}, "pbx"),
        (AmiActionError("a header is too long"), "pbx"),
    ],
)
async def test_what_the_pbx_refuses_has_failed_and_says_why(
    dialler: Dialler, pbx: Pbx, answer: Mapping[str, str] | AmiError, trouble: str
) -> None:
    pbx.answer = answer
    await ask(dialler)
    await dialler.turn()
    found = await call(dialler)
    assert (found.state, found.result, found.trouble) == ("ended", "failed", trouble)
    assert not dialler.tracker.dialling.calls


@pytest.mark.parametrize("error", [AmiLostError("cut"), AmiTimeoutError("silent")])
async def test_what_may_be_under_way_is_not_begun_again(
    dialler: Dialler, pbx: Pbx, error: AmiError
) -> None:
    pbx.answer = error
    await ask(dialler)
    await dialler.turn()
    await dialler.turn()
    assert len(pbx.told) == 1
    assert (await call(dialler)).state == "sent"
    assert ID in dialler.tracker.dialling.calls


async def test_out_of_sight_nothing_is_begun_and_what_is_old_is_given_up(
    dialler: Dialler, pbx: Pbx
) -> None:
    await ask(dialler)
    dialler.tracker = Tracker("main", [])
    await dialler.turn()
    assert (await call(dialler)).state == "asked"
    dialler.now = lambda: START + ASKED_MAX + timedelta(seconds=1)
    await dialler.turn()
    assert pbx.told == []
    assert (await call(dialler)).result == "expired"


async def test_a_call_that_its_agent_wants_no_more_is_hung_up_until_it_ends(
    dialler: Dialler, pbx: Pbx
) -> None:
    zoe = await ask(dialler)
    await dialler.turn()
    async with dialler.database.transaction() as connection:
        await outgoing.cancel(connection, ID, agent_id=zoe, now=START)
    pbx.answer = {"Response": "Error", "Message": "No such channel"}
    await dialler.turn()
    pbx.answer = {"Response": "Success"}
    await dialler.turn()
    assert pbx.told[1:] == [{"Action": "Hangup", "Channel": ID}] * 2
    assert dialler.tracker.dialling.calls[ID].is_cancelled
