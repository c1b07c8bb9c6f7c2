"""What a PBX has to be told so that it rings whom it should."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.core.facts import MemberChanged
from callcenter.core.floor import Member
from callcenter.core.steering import (
    MemberPause,
    Wanted,
    begins_own_pause,
    ends_own_pause,
    member_pauses,
    notes,
)

NADIAS, OMARS = ("support", "PJSIP/101"), ("support", "PJSIP/102")
HELD = frozenset({"PJSIP/101", "PJSIP/102"})
BLOCKED = Wanted(blocks={NADIAS}, held=HELD)
AT_LUNCH = Wanted(pauses={"PJSIP/101": "lunch"}, held=HELD)
BOTH = Wanted(blocks={NADIAS}, pauses={"PJSIP/101": "lunch"}, held=HELD)
NOTHING = Wanted(held=HELD)


def member(reason: str | None = None) -> Member:
    return Member("PJSIP/101", reason is not None, reason or "")


@pytest.mark.parametrize(
    ("wanted", "has", "asked"),
    [
        (NOTHING, None, []),
        (BLOCKED, None, ["ticket"]),
        (BLOCKED, "ticket", []),
        (BLOCKED, "lunch", ["ticket"]),  # the lunch is over, by a page
        (NOTHING, "ticket", [None]),
        (NOTHING, "lunch", [None]),
        (AT_LUNCH, None, ["lunch"]),
        (AT_LUNCH, "ticket", ["lunch"]),
        (AT_LUNCH, "lunch", []),
        (BOTH, None, ["lunch"]),
        (BOTH, "lunch", []),
        (Wanted(), "ticket", [None]),  # it was somebody's, who left
        (Wanted(), "lunch", []),  # nobody's: who paused it knows why
        (Wanted(blocks={NADIAS}), "lunch", []),
        (Wanted(blocks={NADIAS}), None, ["ticket"]),
        (Wanted(pauses={"PJSIP/101": ""}, held=HELD), None, [""]),
        (Wanted(pauses={"PJSIP/101": ""}, held=HELD), "", []),
    ],
)
def test_a_queues_member_is_told_what_differs(
    wanted: Wanted, has: str | None, asked: list[str | None]
) -> None:
    found = member_pauses(wanted, {NADIAS: member(has)})
    assert found == [MemberPause(NADIAS, "PJSIP/101", reason) for reason in asked]


def test_a_member_is_found_by_its_own_name() -> None:
    behind_local = Member("Local/101@agents/n", paused=False, reason="")
    (pause,) = member_pauses(BLOCKED, {NADIAS: behind_local})
    assert pause.member == "Local/101@agents/n"


def test_a_block_of_one_line_is_none_of_another() -> None:
    elsewhere = ("network", "PJSIP/101")
    assert member_pauses(BLOCKED, {elsewhere: member(), OMARS: member()}) == []


def test_a_dial_group_finds_a_note_of_whoever_is_left_out() -> None:
    groups = {"support": ["PJSIP/101", "PJSIP/102"], "network": ["PJSIP/101"]}
    assert notes(NOTHING, groups) == {}
    assert notes(BLOCKED, groups) == {NADIAS: "ticket"}
    assert notes(BOTH, groups) == {NADIAS: "pause", ("network", "PJSIP/101"): "pause"}


def said(reason: str | None, **more: Any) -> MemberChanged:
    return MemberChanged(
        *NADIAS,
        datetime(2026, 11, 23, 9, tzinfo=UTC),
        "PJSIP/101",
        paused=reason is not None,
        reason=reason or "",
        **{"seen": True} | more,
    )


def test_a_pause_at_the_pbx_is_the_agents_own_unless_we_asked_for_it() -> None:
    assert begins_own_pause(said("lunch"))
    assert begins_own_pause(said(""))
    assert begins_own_pause(said("lunch", seen=False))  # while nobody looked
    assert not begins_own_pause(said("lunch", ours=True))
    assert not begins_own_pause(said("ticket"))
    assert not begins_own_pause(said(None))


def test_one_that_was_ended_before_our_eyes_is_over() -> None:
    assert ends_own_pause(member("lunch"), said(None))
    assert ends_own_pause(member("ticket"), said(None))
    assert not ends_own_pause(member("lunch"), said(None, ours=True))
    assert not ends_own_pause(member("lunch"), said(None, seen=False))  # the PBX forgot it
    assert not ends_own_pause(member(), said(None))
    assert not ends_own_pause(None, said(None))
    assert not ends_own_pause(member("lunch"), said("meeting"))
