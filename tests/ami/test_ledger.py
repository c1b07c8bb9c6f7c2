"""The ledger of answered calls over AMI: read with every snapshot, and erased row by row."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from callcenter.ami.action import Reply
from callcenter.ami.ledger import ROW, ROWS_TOGETHER, LedgerEraser, LedgerReader
from callcenter.core.noted import Noted
from dialplan import ledger
from tests.ami.links import QUICK, in_sight, link_to, take
from tests.ami.scripted import Answer, Headers, ScriptedAmi, listing, message, refused, silence

ANSWERED = datetime(2026, 11, 24, 1, 30, 0, 250_000, tzinfo=UTC)
EPOCH = f"{ANSWERED.timestamp():.6f}"


def tree(*values: str) -> Answer:
    """The answer to DBGetTree: notes of the calls 1.1, 1.2, ..."""
    rows = (
        {
            "Event": "DBGetTreeResponse",
            "Key": f"/callcenter/answered/1.{number}",
            "Val": value,
        }
        for number, value in enumerate(values, 1)
    )
    return listing("DBGetTreeComplete", *rows)


async def test_every_note_comes_with_the_snapshot(pbx: ScriptedAmi) -> None:
    whole = f"v2|{EPOCH}|support|PJSIP/101-1|0639981122|{EPOCH}|{EPOCH}|{EPOCH}"
    pbx.answers["DBGetTree"] = tree(f"v1|{EPOCH}|network|PJSIP/102-1|", whole)
    async with link_to(pbx.port) as link:
        snapshot = await in_sight(link)
    assert (await pbx.received("DBGetTree"))["Family"] == "callcenter"
    assert snapshot.answers == {
        "1.1": Noted("1.1", "network", ANSWERED, "PJSIP/102-1"),
        "1.2": Noted("1.2", "support", ANSWERED, "PJSIP/101-1", "0639981122", *[ANSWERED] * 3),
    }


async def test_a_very_long_ledger_leaves_others_their_turn() -> None:
    row = {"Event": ROW, "Key": "/callcenter/answered/1.1", "Val": f"v1|{EPOCH}|network|PJSIP/1-1|"}
    turns = 0

    async def ask(_action: object) -> Reply:
        return Reply({"Response": "Success"}, (row,) * ROWS_TOGETHER * 10)

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert await LedgerReader("main").read(ask) is not None
    counting.cancel()
    assert turns >= 10


async def test_an_empty_ledger_is_not_an_unread_one(pbx: ScriptedAmi) -> None:
    pbx.answers["DBGetTree"] = tree()
    async with link_to(pbx.port) as link:
        assert (await in_sight(link)).answers == {}


async def test_rows_that_are_no_notes_are_passed_over_and_told_of(pbx: ScriptedAmi) -> None:
    pbx.answers["DBGetTree"] = tree("somebody else's", f"v1|{EPOCH}|support|PJSIP/101-1|")
    with capture_logs() as logs:
        async with link_to(pbx.port) as link:
            assert set((await in_sight(link)).answers or ()) == {"1.2"}
    (warning,) = [log for log in logs if log["event"] == "ledger.unread"]
    assert "render the dialplan again" in warning["hint"]


@pytest.mark.parametrize(
    "answer",
    [
        refused,
        lambda action: message(
            Response="Error", ActionID=action["ActionID"], Message="Invalid/unknown command"
        ),
    ],
    ids=["not allowed", "too old"],
)
async def test_a_pbx_that_does_not_tell_is_in_sight_and_complained_of_once(
    pbx: ScriptedAmi, answer: Answer
) -> None:
    pbx.answers["DBGetTree"] = answer
    with capture_logs() as logs:
        async with link_to(pbx.port, snapshot_every_s=0.01) as link:
            assert (await in_sight(link)).answers is None
            await take(link)
            await take(link)
    (warning,) = [log for log in logs if log["event"] == "ledger.unread"]
    assert "write=reporting" in warning["hint"]


class Asked:
    """A PBX with these notes, that answers DBDel like this."""

    def __init__(self, *noted: str, deleted: Sequence[Headers] = ()) -> None:
        self.noted = set(map(ledger.database_key, noted))
        self.deleted = list(deleted)
        self.keys: list[str] = []  # that were to be deleted

    async def __call__(self, action: Headers) -> Reply:
        assert action["Family"] == ledger.FAMILY
        if action["Action"] == "DBGet":
            return Reply(OK if action["Key"] in self.noted else GONE)
        assert action["Action"] == "DBDel"
        self.keys.append(action["Key"])
        return Reply(self.deleted.pop(0) if self.deleted else OK)


OK = {"Response": "Success"}
GONE = {"Response": "Error", "Message": "Database entry not found"}
QUICKER = {"Response": "Error", "Message": "Database entry could not be deleted"}
DENIED = {"Response": "Error", "Message": "Permission denied"}


async def test_notes_are_erased_and_where_there_is_none_nothing_is() -> None:
    ask = Asked("1.1", "1.3", "1.4", deleted=[OK, QUICKER])
    with capture_logs() as logs:
        await LedgerEraser("main").erase(ask, ["1.1", "1.2", "1.3", "1.4"])
    assert ask.keys == ["answered/1.1", "answered/1.3", "answered/1.4"]
    assert logs == []


async def test_a_pbx_that_lets_nothing_be_erased_is_told_of_once_and_tried_again() -> None:
    ask, eraser = Asked("1.1", "1.2", deleted=[DENIED, DENIED]), LedgerEraser("main")
    with capture_logs() as logs:
        for _ in range(3):
            await eraser.erase(ask, ["1.1", "1.2"])
    assert ask.keys == ["answered/1.1", "answered/1.1", "answered/1.1", "answered/1.2"]
    (warning,) = logs
    assert "write=system" in warning["hint"]


async def test_a_ledger_too_slow_to_read_keeps_nobody_out_of_sight(pbx: ScriptedAmi) -> None:
    pbx.answers["DBGetTree"] = silence
    timing = replace(QUICK, action_timeout_s=0.2)
    async with link_to(pbx.port, timing=timing) as link:
        assert (await in_sight(link)).answers is None
