"""A call whose ticket is in a desk beside the service, and what it owes until that is closed."""

from tests.e2e.api import Json
from tests.e2e.house import House
from tests.rig import scenarios


async def answered(house: House) -> Json:
    """A call that somebody answered, once it has its ticket."""
    (call,) = await house.calls(await house.play(scenarios.answered, "support"))
    assert call["ticket"]["state"] == "ticketed"
    return call


async def qualified(house: House, call: Json) -> Json:
    """The call, once what it owes is closed."""
    return await house.call(call["linkedid"], lambda found: found["ticket"]["state"] == "qualified")
