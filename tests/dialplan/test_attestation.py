"""What the trunk says of the number reaches the service, and what it sends breaks nothing."""

import pytest

from callcenter.core.attestation import attestation
from tests.rig import sites
from tests.rig.rig import Rig

PASSED = "P-Asserted-Identity: <sip:+33639981122;verstat=TN-Validation-Passed-B@192.0.2.1>"
EVIL = 'P-Asserted-Identity: "a,${SHELL(id)}\\"],x" <sip:1;verstat=TN-Validation-Failed@x>'


async def told(rig: Rig, *headers: str, to: str = sites.SUPPORT) -> list[dict[str, str]]:
    """The events that a call with these headers gives, until it has ended."""
    async with rig.watch() as ami:
        call = await rig.call(to=to, gives_up_after=0.5, hangup_after=0.5, headers=headers)
        await ami.event("DialState", DialStatus="RINGING")
        await call.over()
        events = ami.events("UserEvent")
    return [one for one in events if one["UserEvent"] == "CallcenterAttestation"]


async def test_the_word_of_the_trunk_is_told_before_it_rings(start_rig):
    rig = await start_rig()

    assert await told(rig) == []
    for headers, to, expected in [
        (["P-Attestation-Indicator: A"], sites.SUPPORT, "A"),
        (["Attestation-Info: C"], sites.NETWORK, "C"),
        ([PASSED], sites.SUPPORT, "B"),
        (["P-Attestation-Indicator: A", EVIL], sites.NETWORK, "failed"),
    ]:
        (event,) = await told(rig, *headers, to=to)
        assert attestation(event) == expected
        assert event["Uniqueid"] == event["Linkedid"]
    assert rig.warnings() == []


@pytest.mark.parametrize("value", ['${SHELL(id)}("a', "A,Level: B\\,Exten: 9"])
async def test_what_the_trunk_sends_adds_no_header_and_runs_nothing(start_rig, value):
    rig = await start_rig()

    (event,) = await told(rig, f"P-Attestation-Indicator: {value}", PASSED)
    assert event["Level"].isalpha()
    assert attestation(event) == "B"
    assert rig.warnings() == []
