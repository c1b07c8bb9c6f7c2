"""Each agent's part in a call begins, holds and ends as it did, whatever else he does."""

from callcenter.core.call import Leg
from tests.core.recordings import latest
from tests.core.story import TRUNK, Story
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
