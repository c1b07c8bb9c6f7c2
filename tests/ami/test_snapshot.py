"""How the questions of a snapshot are put."""

from tests.ami.links import link_to
from tests.ami.scripted import ScriptedAmi, listing, silence


async def test_the_ledger_is_asked_for_all_callers_at_once(pbx: ScriptedAmi) -> None:
    """Live events wait behind the snapshot: a hundred calls must not cost a hundred turns."""
    rows = [
        {"Event": "CoreShowChannel", "Uniqueid": number, "Linkedid": number, "BridgeId": "b"}
        for number in ("1.1", "1.2", "1.3")
    ]
    pbx.answers["CoreShowChannels"] = listing("CoreShowChannelsComplete", *rows)
    pbx.answers["DBGet"] = silence
    async with link_to(pbx.port):
        await pbx.received("DBGet", times=3)


async def test_a_channel_that_was_cut_short_is_passed_over(pbx: ScriptedAmi) -> None:
    row = {"Event": "CoreShowChannel", "Channel": "c", "BridgeId": "b"}
    pbx.answers["CoreShowChannels"] = listing("CoreShowChannelsComplete", row)
    async with link_to(pbx.port) as link:
        await pbx.received("QueueStatus")
        await link.take()
    assert pbx.count("DBGet") == 0
