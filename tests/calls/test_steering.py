"""Steering a PBX: each difference is one action, and what is done at the PBX is taken over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from structlog.typing import EventDict

from callcenter.ami.action import Reply
from callcenter.ami.errors import AmiLostError
from callcenter.calls.recorder import Recorder
from callcenter.calls.steering import Steering
from callcenter.core.enforcement import Block
from callcenter.core.facts import MemberChanged
from callcenter.core.floor import Member
from callcenter.core.line import Line, Lines
from callcenter.db import blocks, pauses
from callcenter.db.engine import Database
from tests.calls.database import FlakyDatabase, add_agent
from tests.calls.facts import second

HERE = ("support", "PJSIP/101")
PLACE = Block("support", "PJSIP/101", None, second(0))
NOTE = Block("network", "PJSIP/101", None, second(0))
LINES = Lines(
    [
        Line("support", frozenset({"0465711010"}), queue="queue-1"),
        Line("network", frozenset({"0465711020"}), ring=("PJSIP/101", "PJSIP/102")),
    ]
)
FREE = Member("PJSIP/101", paused=False, reason="")
TICKET = Member("PJSIP/101", paused=True, reason="ticket")
LUNCH = Member("PJSIP/101", paused=True, reason="lunch")


@dataclass
class Pbx:
    """Notes what it is asked, and refuses what it was told to."""

    asked: list[Mapping[str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    refuses: str = ""
    is_gone: bool = False

    async def send(self, action: Mapping[str, str]) -> Reply:
        if action["Action"] == "DBGetTree":
            rows = [
                {"Event": "DBGetTreeResponse", "Key": key, "Val": reason}
                for key, reason in self.notes.items()
            ]
            return Reply({"Response": "Success"}, tuple(rows))
        self.asked.append(action)
        if self.is_gone:
            raise AmiLostError("main is not connected")
        if action["Action"] == self.refuses:
            return Reply({"Response": "Error", "Message": "Permission denied"})
        return Reply({"Response": "Success"})

    def take_asked(self) -> list[str]:
        """What it was asked since, in short."""
        asked, self.asked = self.asked, []
        return [" ".join([*action.values()]) for action in asked]


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


@pytest.fixture
def steering(flaky: FlakyDatabase, pbx: Pbx) -> Steering:
    """Of a PBX in sight, that rings everybody."""
    steering = Steering(pbx="main", lines=LINES, send=pbx.send, database=flaky)
    steering.see({HERE: FREE}, in_sight=True, anew=True)
    return steering


async def block(database: Database, *wanted: Block) -> None:
    async with database.transaction() as connection:
        await blocks.write(connection, wanted, await blocks.everyone(connection))


def member_said(member: Member, at: float = 1, *, seen: bool = True) -> MemberChanged:
    return MemberChanged(*HERE, second(at), member.name, member.paused, member.reason, seen=seen)


PAUSE_TICKET = "QueuePause queue-1 PJSIP/101 true ticket"
PAUSE_LUNCH = "QueuePause queue-1 PJSIP/101 true lunch"
UNPAUSE = "QueuePause queue-1 PJSIP/101 false"


async def test_a_block_pauses_the_member_once_and_its_end_ends_that(
    flaky: FlakyDatabase, steering: Steering, pbx: Pbx
) -> None:
    await block(flaky, PLACE)
    for _ in range(3):  # the PBX has said nothing of it yet
        await steering.steer()
    assert pbx.take_asked() == [PAUSE_TICKET]
    steering.see({HERE: TICKET}, in_sight=True, anew=False)
    await steering.steer()
    assert pbx.take_asked() == []
    await block(flaky)
    await steering.steer()
    assert pbx.take_asked() == [UNPAUSE]


async def test_what_somebody_undid_is_done_again_and_after_a_restart_as_well(
    flaky: FlakyDatabase, steering: Steering, pbx: Pbx
) -> None:
    await block(flaky, PLACE)
    await steering.steer()
    steering.see({HERE: TICKET}, in_sight=True, anew=False)
    steering.see({HERE: FREE}, in_sight=True, anew=False)  # queue unpause
    await steering.steer()
    steering.see({HERE: FREE}, in_sight=True, anew=True)  # the PBX forgot
    await steering.steer()
    assert pbx.take_asked() == [PAUSE_TICKET] * 3


async def test_a_pbx_out_of_sight_is_asked_nothing(
    flaky: FlakyDatabase, steering: Steering, pbx: Pbx
) -> None:
    await block(flaky, PLACE, NOTE)
    steering.see({HERE: FREE}, in_sight=False, anew=False)
    await steering.steer()
    assert pbx.take_asked() == []


async def test_the_dialplans_notes_are_put_and_erased(
    flaky: FlakyDatabase, steering: Steering, pbx: Pbx
) -> None:
    pbx.notes = {"/callcenter-left-out/network/PJSIP/102": "ticket"}  # of an earlier time
    await block(flaky, NOTE)
    for _ in range(2):
        await steering.steer()
    assert pbx.take_asked() == [
        "DBDel callcenter-left-out network/PJSIP/102",
        "DBPut callcenter-left-out network/PJSIP/101 ticket",
    ]
    await block(flaky)
    await steering.steer()
    assert pbx.take_asked() == ["DBDel callcenter-left-out network/PJSIP/101"]


async def test_a_refusal_is_told_once_and_asked_again_with_the_next_snapshot(
    flaky: FlakyDatabase, steering: Steering, pbx: Pbx, logged: list[EventDict]
) -> None:
    pbx.refuses = "QueuePause"
    await block(flaky, PLACE, NOTE)
    for _ in range(2):
        await steering.steer()
        steering.see({HERE: FREE}, in_sight=True, anew=False)
    steering.see({HERE: FREE}, in_sight=True, anew=True)
    await steering.steer()
    assert [asked for asked in pbx.take_asked() if "QueuePause" in asked] == [PAUSE_TICKET] * 2
    (told,) = [event for event in logged if event["event"] == "steering.refused"]
    assert (told["action"], told["error"]) == ("QueuePause", "Permission denied")
    assert "write=reporting,system,agent" in told["hint"]


async def test_what_was_lost_on_its_way_is_asked_again(
    flaky: FlakyDatabase, steering: Steering, pbx: Pbx
) -> None:
    """The connection broke before the answer: whether it was done, the next snapshot tells."""
    await block(flaky, PLACE)
    pbx.is_gone = True
    with pytest.raises(AmiLostError):
        await steering.steer()
    pbx.is_gone = False
    steering.see({HERE: FREE}, in_sight=True, anew=True)
    await steering.steer()
    assert pbx.take_asked() == [PAUSE_TICKET] * 2


# -- pauses of the agents' own ---------------------------------------------------------------------


async def pause_of(database: Database, agent_id: int) -> tuple[str, str] | None:
    async with database.reading() as connection:
        pause = await pauses.get(connection, agent_id)
    return (pause.reason, pause.source) if pause else None


async def begin(database: Database, agent_id: int) -> None:
    async with database.transaction() as connection:
        await pauses.begin(connection, agent_id, "lunch", source="page", now=second(1))


async def end(database: Database, agent_id: int) -> None:
    async with database.transaction() as connection:
        await pauses.end(connection, agent_id, now=second(2))


async def test_a_pause_from_the_page_is_made_at_the_pbx_and_ended_there(
    flaky: FlakyDatabase, steering: Steering, recorder: Recorder, pbx: Pbx
) -> None:
    """What the PBX says of it is no decision of anybody, however late it comes."""
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    await begin(flaky, nadia)
    await steering.steer()
    assert pbx.take_asked()[0] == PAUSE_LUNCH
    await end(flaky, nadia)
    await recorder.record(steering.marked([member_said(LUNCH)]), {})
    steering.see({HERE: LUNCH}, in_sight=True, anew=False)
    assert await pause_of(flaky, nadia) is None
    await steering.steer()
    assert pbx.take_asked()[0] == UNPAUSE
    await begin(flaky, nadia)  # and again before the PBX said so
    await recorder.record(steering.marked([member_said(FREE)]), {})
    assert await pause_of(flaky, nadia) == ("lunch", "page")


async def test_a_pause_at_the_pbx_is_the_agents_own_and_ended_there_too(
    flaky: FlakyDatabase, steering: Steering, recorder: Recorder, pbx: Pbx
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    await recorder.record(steering.marked([member_said(LUNCH)]), {})
    steering.see({HERE: LUNCH}, in_sight=True, anew=False)
    assert await pause_of(flaky, nadia) == ("lunch", "pbx")
    await steering.steer()
    assert pbx.take_asked() == ["DBPut callcenter-left-out network/PJSIP/101 pause"]
    await recorder.record(steering.marked([member_said(FREE, 2)]), {})
    assert await pause_of(flaky, nadia) is None


async def test_a_pause_that_the_pbx_forgot_goes_on(
    flaky: FlakyDatabase, steering: Steering, recorder: Recorder, pbx: Pbx
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    await recorder.record(steering.marked([member_said(LUNCH)]), {})
    await recorder.record(steering.marked([member_said(FREE, 2, seen=False)]), {})
    steering.see({HERE: FREE}, in_sight=True, anew=True)
    assert await pause_of(flaky, nadia) == ("lunch", "pbx")
    await steering.steer()
    assert pbx.take_asked()[0] == PAUSE_LUNCH


async def test_a_pause_without_a_reason_keeps_the_one_that_was_chosen(
    flaky: FlakyDatabase, steering: Steering, recorder: Recorder
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    await begin(flaky, nadia)
    nameless = Member("PJSIP/101", paused=True, reason="")
    await recorder.record(steering.marked([member_said(nameless)]), {})
    assert await pause_of(flaky, nadia) == ("lunch", "page")


async def test_a_pause_of_ours_for_a_ticket_is_nobodys_own(
    flaky: FlakyDatabase, steering: Steering, recorder: Recorder
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    await recorder.record(steering.marked([member_said(TICKET)]), {})
    assert await pause_of(flaky, nadia) is None
