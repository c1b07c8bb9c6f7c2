"""What the lists answer is what is up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.demo.board import Board
from callcenter.demo.people import AGENTS
from callcenter.demo.scripts import load
from tests.demo.plays import STARTED_AT, cast, play

SCRIPTS = load()


def board_after(events: list[dict[str, str]]) -> Board:
    board = Board("hotline", AGENTS)
    for event in events:
        board.note(event)
    return board


@given(st.sampled_from(sorted(SCRIPTS)), st.integers(0, 200))
def test_channels_are_up_from_their_first_event_to_their_hang_up(name: str, length: int) -> None:
    events = play(SCRIPTS[name], cast(SCRIPTS[name]))[:length]
    up = {event["Uniqueid"] for event in events if event["Event"] == "Newchannel"}
    up -= {event["Uniqueid"] for event in events if event["Event"] == "Hangup"}
    rows = list(board_after(events).channels(STARTED_AT))
    assert {row["Uniqueid"] for row in rows} == up


@given(st.sampled_from(sorted(SCRIPTS)), st.integers(0, 200))
def test_bridges_hold_the_channels_that_entered(name: str, length: int) -> None:
    events = play(SCRIPTS[name], cast(SCRIPTS[name]))[:length]
    inside = {event["Uniqueid"] for event in events if event["Event"] == "BridgeEnter"}
    board = board_after(events)
    bridges = {row["BridgeUniqueid"] for row in board.bridges()}
    for row in board.channels(STARTED_AT):
        if row["BridgeId"]:
            assert row["Uniqueid"] in inside
            assert row["BridgeId"] in bridges


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_is_up_after_a_call(name: str) -> None:
    board = board_after(play(SCRIPTS[name], cast(SCRIPTS[name])))
    assert list(board.channels(STARTED_AT)) == []
    assert list(board.bridges()) == []
    assert board.idle == list(AGENTS)
    assert {row["Event"] for row in board.queue(STARTED_AT)} == {"QueueParams", "QueueMember"}
    assert not any((board._channels, board._since, board._bridge_of, board._waiting))


def test_a_waiting_caller_and_ringing_members_are_in_the_queue() -> None:
    events = play(SCRIPTS["abandoned"], cast(SCRIPTS["abandoned"]))
    ringing = [event["Event"] for event in events].index("HangupRequest")
    rows = list(board_after(events[:ringing]).queue(STARTED_AT + 12))
    assert [row["Status"] for row in rows if row["Event"] == "QueueMember"] == ["6"] * 5
    entry = next(row for row in rows if row["Event"] == "QueueEntry")
    assert (entry["Position"], entry["Wait"]) == ("1", "12")
