"""What the operator's word for a number comes to."""

import pytest

from callcenter.core.attestation import attestation
from callcenter.core.facts import Change
from callcenter.core.tracked import TrackedCall
from callcenter.core.tracker import Tracker
from tests.core import recordings
from tests.core.recordings import of_calls
from tests.core.story import Story, channel


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, None),
        ({"Level": "A"}, "A"),
        ({"Level": " b"}, "B"),
        ({"Level": "D"}, None),
        ({"Level": "failed"}, None),
        ({"Asserted": "sipchezFR;verstat=TN-Validation-Passed;user=phone"}, "A"),
        ({"Asserted": "sip;verstat=TN-Validation-Passed-C"}, "C"),
        ({"Asserted": "sip;VERSTAT=tn-validation-passed-b;x"}, "B"),
        ({"Asserted": "sip;verstat=TN-Validation-Passed", "Level": "B"}, "B"),
        ({"Asserted": "sip;verstat=TN-Validation-Failed", "Level": "A"}, "failed"),
        ({"Asserted": "sip;verstat=No-TN-Validation", "Level": "A"}, None),
        ({"Asserted": "sip;verstat=TN-Validation-Passed-D"}, None),
        ({"Asserted": "sip;verstat=TN-Validation-Passed-A-B", "Level": "C"}, "C"),
        ({"Asserted": "sip;verstat=rubbish", "Level": "A"}, "A"),
        ({"Signed": "A", "Verified": "success"}, "A"),
        ({"Signed": "B", "Verified": "Verification passed", "Level": "A"}, "B"),
        ({"Signed": "A", "Verified": "signature_validation"}, "failed"),
        ({"Signed": "A", "Verified": "cid_orig_tn_mismatch", "Level": "A"}, "failed"),
        ({"Signed": "", "Verified": "Verification not present", "Level": "C"}, "C"),
    ],
)
def test_the_strictest_word_counts(said: dict[str, str], expected: str | None) -> None:
    assert attestation(said) == expected


def says(story: Story, level: str) -> Story:
    return story.event(
        "UserEvent", **channel(), UserEvent="CallcenterAttestation", Level=level, Asserted=""
    )


def test_it_is_on_the_call_before_it_rings() -> None:
    story = says(Story().arrives(), "A")
    assert story.call.attestation == "A"
    assert [fact.change for fact in of_calls(story.facts)] == [Change.STARTED, Change.UPDATED]
    assert story.joins().rings("101").call.attestation == "A"


def test_it_is_said_once_for_each_word_and_rubbish_is_none() -> None:
    story = says(says(says(Story().arrives(), "A"), "A"), "rubbish")
    assert story.call.attestation == "A"
    assert len(of_calls(story.facts)) == 2


def test_a_restart_in_between_does_not_lose_it() -> None:
    before = says(Story().arrives(), "B").call
    again: Tracker = recordings.tracker()
    again.restore([before])
    story = Story(again).joins()
    assert story.call.attestation == "B"
    assert TrackedCall.of(before, again.lines.by_name[before.line]).record() == before
