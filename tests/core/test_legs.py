"""Each agent's part in a call begins, holds and ends as it did, whatever else he does."""

from callcenter.core.call import Leg
from tests.core.recordings import latest
from tests.core.story import BRIDGE, TRUNK, Story, channel, row
from tests.rig import sites

INTERNAL = {"Channel": "PJSIP/101-00000002", "Uniqueid": "1795467000.9", "Linkedid": "1795467000.9"}
"""Another line of 101's telephone."""


def legs(story: Story) -> dict[str, Leg]:
    """The legs of the customer's call, by telephone."""
    return {leg.interface: leg for leg in latest(story.facts)[TRUNK].legs}


def test_a_telephone_that_went_over_to_another_call_is_that_calls_until_it_hangs_up() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    story.event("Newchannel", **INTERNAL, Exten=sites.NETWORK)  # 101 asks the other line
    story.event("BridgeEnter", **INTERNAL, BridgeUniqueid="b-2").enters("102", "b-2")
    story.leaves("102", "b-2").enters("102").leaves("101")  # and hands the customer to 102
    story.hangs_up("101").event("Hangup", **INTERNAL)
    assert legs(story)["PJSIP/102"].ended_at is None
    story.leaves("102").hangs_up("102")
    assert legs(story)["PJSIP/102"].ended_at is not None


def test_a_hold_is_counted_while_it_lasts() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    story.event("Hold", **channel("101")).event("Hold", **channel("101"))
    story.event("Unhold", **channel("101")).event("Unhold", **channel("101"))
    assert legs(story)["PJSIP/101"].hold_s == 2.0


def test_a_channel_that_asterisk_swaps_has_held_nobody() -> None:
    half = {"Channel": "Local/101@internal-0;2", "Uniqueid": "1795467000.9", "Linkedid": TRUNK}
    story = Story().arrives().joins().rings("101").meets("101")
    story.event("BridgeEnter", **half, BridgeUniqueid=BRIDGE).leaves()
    story.now -= 0.999
    assert legs(story.enters())["PJSIP/101"].hold_s == 0.0
    assert legs(story.leaves().enters())["PJSIP/101"].hold_s == 1.0


def test_a_hold_ends_with_the_call() -> None:
    story = Story().arrives().joins().rings("101").meets("101").event("Hold", **channel("101"))
    assert legs(story.hangs_up())["PJSIP/101"].hold_s == 1.0


def test_what_is_out_of_sight_is_not_counted_as_hold() -> None:
    story = Story().arrives().joins().rings("101").meets("101").event("Hold", **channel("101"))
    story.is_lost().is_seen(row(bridge=BRIDGE), row("101", bridge=BRIDGE)).hangs_up()
    assert legs(story)["PJSIP/101"].hold_s == 1.0  # the end of it was perhaps missed


def test_a_dial_that_ends_late_takes_no_agent_out_of_the_conversation() -> None:
    story = Story().arrives().joins().rings("101").meets("101").dial_ends("101", "CANCEL")
    assert legs(story)["PJSIP/101"].ended_at is None


def test_ringing_again_is_the_same_offer() -> None:
    story = Story().arrives().joins().rings("101").dial_ends("101", "NOANSWER")
    story.hangs_up("101").rings("101")
    (leg,) = story.call.legs
    assert leg.ended_at is None


def test_a_transfer_back_to_the_first_agent_is_a_part_of_its_own() -> None:
    story = Story().arrives().joins().rings("101").meets("101").leaves("101").hangs_up("101")
    story.rings("101").meets("101").hangs_up()
    assert [leg.agent for leg in story.call.legs] == ["ana", "ana"]


def test_the_leg_is_his_who_has_the_telephone_when_it_rings() -> None:
    story = Story().arrives().joins()
    story.tracker.roster = {}
    story.rings("101")
    story.tracker.roster = {"PJSIP/101": "ana"}
    story.event("Newstate").meets("101")
    (leg,) = story.call.legs
    assert leg.agent is None


def test_a_telephone_given_to_an_agent_over_a_restart_rings_in_the_same_leg() -> None:
    story = Story().arrives().joins()
    story.tracker.roster = {}
    story.rings("101")
    following = Story()
    following.tracker.restore([story.call])
    following.is_seen(row(), row("101", state="Ringing"), waiting=True).meets("101")
    (leg,) = following.call.legs
    assert leg.answered_at is not None


def test_nobody_talks_in_a_bridge_for_waiting() -> None:
    story = Story().arrives().joins().rings("101")
    story.enters("101", technology="holding_bridge").enters(technology="holding_bridge")
    assert story.call.answered_at is None


def test_two_customers_who_are_connected_are_no_agents_of_each_other() -> None:
    other = {"Channel": "PJSIP/trunk-00000009", "Uniqueid": "1795467000.8"}
    other["Linkedid"] = other["Uniqueid"]
    story = Story().arrives().joins().enters()
    story.event("Newchannel", **other, Exten=sites.NETWORK)
    story.event("BridgeEnter", **other, BridgeUniqueid=BRIDGE)
    assert all(call.answered_at is None for call in latest(story.facts).values())


def test_an_agent_who_was_hanging_up_when_the_caller_came_did_not_answer() -> None:
    story = Story().arrives().joins().rings("101").wants_to_hang_up("101").meets("101")
    assert story.call.answered_at is None
