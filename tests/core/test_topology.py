"""Who hears whom, whatever the order in which it was said."""

from itertools import permutations

import pytest

from callcenter.core.topology import Topology


def up(*names: str) -> Topology:
    """A PBX with these channels; each one's id is its name."""
    topology = Topology()
    for name in names:
        topology.add(name, name, "1.0")
    return topology


def enter(topology: Topology, name: str, bridge: str, *, holding: bool = False) -> None:
    topology.enter(topology.channels[name], bridge, holding=holding)


def test_channels_in_one_bridge_hear_each_other_in_the_order_of_coming() -> None:
    topology = up("SIP/a-1", "SIP/b-1", "SIP/c-1")
    for name in ("SIP/c-1", "SIP/a-1", "SIP/b-1"):
        enter(topology, name, "x")
    assert list(topology.connected("SIP/c-1")) == ["SIP/c-1", "SIP/a-1", "SIP/b-1"]
    assert set(topology.connected("SIP/b-1")) == {"SIP/a-1", "SIP/b-1", "SIP/c-1"}


def test_a_channel_by_itself_hears_itself_and_one_that_is_not_up_nobody() -> None:
    assert list(up("SIP/a-1").connected("SIP/a-1")) == ["SIP/a-1"]
    assert up().connected("SIP/a-1") == {}


def test_nobody_hears_another_in_a_bridge_for_waiting() -> None:
    topology = up("SIP/a-1", "SIP/b-1")
    enter(topology, "SIP/a-1", "parking", holding=True)
    enter(topology, "SIP/b-1", "parking", holding=True)
    assert list(topology.connected("SIP/a-1")) == ["SIP/a-1"]
    assert not topology.talks("SIP/a-1")


STEPS = (
    lambda topology: enter(topology, "SIP/a-1", "x"),
    lambda topology: enter(topology, "Local/9@c-1;1", "x"),
    lambda topology: enter(topology, "Local/9@c-1;2", "y"),
    lambda topology: enter(topology, "SIP/b-1", "y"),
)


@pytest.mark.parametrize("order", list(permutations(STEPS)))
def test_a_local_pair_passes_sound_on_between_bridges(order: tuple[object, ...]) -> None:
    topology = up("SIP/a-1", "SIP/b-1", "Local/9@c-1;1", "Local/9@c-1;2")
    for step in order:
        step(topology)
    assert "SIP/b-1" in topology.connected("SIP/a-1")
    topology.remove("Local/9@c-1;2")
    assert "SIP/b-1" not in topology.connected("SIP/a-1")


def test_entering_another_bridge_is_leaving_the_first() -> None:
    topology = up("SIP/a-1", "SIP/b-1", "SIP/c-1")
    enter(topology, "SIP/a-1", "x")
    enter(topology, "SIP/b-1", "x")
    enter(topology, "SIP/b-1", "y")
    enter(topology, "SIP/c-1", "y")
    assert list(topology.connected("SIP/a-1")) == ["SIP/a-1"]
    topology.leave(topology.channels["SIP/b-1"], "x")  # said late
    assert set(topology.connected("SIP/c-1")) == {"SIP/b-1", "SIP/c-1"}


def test_a_bridge_that_is_gone_holds_nobody() -> None:
    topology = up("SIP/a-1", "SIP/b-1")
    enter(topology, "SIP/a-1", "x")
    enter(topology, "SIP/b-1", "x")
    topology.destroy("x")
    topology.destroy("x")
    assert topology.bridges == {}
    assert list(topology.connected("SIP/a-1")) == ["SIP/a-1"]


def test_a_channel_that_is_gone_is_in_no_bridge() -> None:
    topology = up("SIP/a-1", "SIP/b-1")
    enter(topology, "SIP/a-1", "x")
    enter(topology, "SIP/b-1", "x")
    topology.remove("SIP/a-1")
    topology.remove("SIP/a-1")
    assert list(topology.connected("SIP/b-1")) == ["SIP/b-1"]
    topology.remove("SIP/b-1")
    assert (topology.channels, topology.bridges) == ({}, {})


def test_channels_that_change_names_are_who_they_are() -> None:
    """As Asterisk swaps two names: each is said by itself, so for a while both have the same."""
    topology = up("Local/9@c-1;1", "Local/9@c-1;2", "Local/9@c-2;1", "Local/9@c-2;2")
    topology.add("Local/9@c-1;1", "Local/9@c-2;1", "1.0")
    topology.add("Local/9@c-2;1", "Local/9@c-1;1", "1.0")
    for one, other in (("c-1;1", "c-2;2"), ("c-2;1", "c-1;2")):
        pair = {f"Local/9@{one}", f"Local/9@{other}"}
        assert [set(topology.connected(half)) for half in pair] == [pair, pair]


def test_the_member_behind_a_local_channel_is_that_of_either_half() -> None:
    topology = up("Local/9@c-1;1", "Local/9@c-1;2", "SIP/a-1")
    topology.channels["Local/9@c-1;1"].member = "Local/9@c/n"
    for name in ("Local/9@c-1;1", "Local/9@c-1;2"):
        assert topology.member_behind(topology.channels[name]) == "Local/9@c/n"
    alone = up("Local/9@c-1;2")
    assert alone.member_behind(alone.channels["Local/9@c-1;2"]) is None


@pytest.mark.parametrize(
    ("name", "interface"),
    [
        ("PJSIP/101-0000000f", "PJSIP/101"),
        ("PJSIP/site-b-101-0000000f", "PJSIP/site-b-101"),
        ("PJSIP/101", "PJSIP/101"),
        ("", ""),
    ],
)
def test_a_telephone_is_its_channels_name_without_the_end(name: str, interface: str) -> None:
    assert up(name).channels[name].interface == interface


def test_local_channels_are_told_by_their_name() -> None:
    topology = up("Local/9@c-1;1", "PJSIP/Local-1")
    assert [channel.is_local for channel in topology.channels.values()] == [True, False]
