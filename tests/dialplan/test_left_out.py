"""A ``Dial`` ring group on a real Asterisk: who is left out, and that somebody is always rung."""

from collections.abc import Mapping

import pytest

from dialplan import left_out
from dialplan.left_out import LeftOut
from tests.dialplan import freepbx
from tests.rig import sites
from tests.rig.rig import Rig

AWAY = "105"


async def rung(rig: Rig, to: str = sites.NETWORK) -> set[str]:
    """The telephones that a call rings."""
    async with rig.watch() as ami:
        await (await rig.call(to=to, gives_up_after=0.5)).over()
        await ami.event("Hangup", Exten=to)
        return {event["DestChannel"].partition("-")[0] for event in ami.events("DialBegin")}


async def note(rig: Rig, **reasons: str) -> None:
    """Note why telephones are left out, as the service does; empty: no more."""
    async with rig.service() as ami:
        for name, reason in reasons.items():
            key = left_out.key("network", f"PJSIP/{name.removeprefix('t')}")
            row = {"Family": left_out.FAMILY, "Key": key}
            action = (
                {"Action": "DBPut", **row, "Val": reason} if reason else {"Action": "DBDel", **row}
            )
            (answer,) = await ami.action(action)
            assert answer["Response"] == "Success"


ALL = {"PJSIP/101", "PJSIP/102", "PJSIP/103"}


async def test_who_is_left_out_does_not_ring_and_somebody_always_does(start_rig):
    rig = await start_rig()
    assert await rung(rig) == ALL
    steps: list[tuple[Mapping[str, str], set[str]]] = [
        ({"t101": "ticket"}, {"PJSIP/102", "PJSIP/103"}),
        ({"t102": "pause"}, {"PJSIP/103"}),
        ({"t103": "pause"}, {"PJSIP/101"}),  # a ticket to write, rather than nobody
        ({"t101": "pause"}, ALL),  # all of them take a pause
        ({"t101": "", "t102": "", "t103": ""}, ALL),
        ({"t101": "rubbish"}, ALL),
    ]
    for reasons, expected in steps:
        await note(rig, **reasons)
        assert await rung(rig) == expected
    assert rig.warnings() == []


async def test_the_notes_are_read_back_and_hold_over_a_restart(start_rig):
    rig = await start_rig()
    await note(rig, t101="ticket")
    await rig.asterisk.restart()
    async with rig.service() as ami:
        rows = await ami.action({"Action": "DBGetTree", "Family": left_out.FAMILY})
    found = [left_out.parse(row["Key"], row["Val"]) for row in rows if "Val" in row]
    assert found == [LeftOut("network", "PJSIP/101", "ticket")]
    assert await rung(rig) == {"PJSIP/102", "PJSIP/103"}


async def test_a_telephone_that_cannot_be_reached_is_nobody_to_be_rung(start_rig):
    """Its colleague has a ticket to write, and is rung all the same."""
    away = sites.network(ring=("PJSIP/101", f"PJSIP/{AWAY}", "PJSIP/none"))
    rig = await start_rig(sites.with_unregistered(sites.site(away), AWAY))
    assert await rung(rig) == {"PJSIP/101"}
    await note(rig, t101="ticket")
    assert await rung(rig) == {"PJSIP/101"}


async def test_freepbx_leaves_them_out_alike(start_rig):
    rig = await start_rig(freepbx.site(), files=freepbx.files)
    await note(rig, t101="ticket")
    assert await rung(rig) == {"PJSIP/102"}
    await note(rig, t102="ticket")
    assert await rung(rig) == {"PJSIP/101", "PJSIP/102"}
    assert rig.warnings() == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("/callcenter-left-out/support/Local/101@a/n", ("support", "Local/101@a/n")),
        ("/callcenter/answered/1795421524.1", None),
        ("/callcenter-left-out/support", None),
        ("", None),
    ],
)
def test_a_note_is_told_from_what_is_none(key: str, expected: tuple[str, str] | None) -> None:
    assert left_out.parse(key, "ticket") == (expected and LeftOut(*expected, "ticket"))
