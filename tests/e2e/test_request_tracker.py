"""A call on a real Asterisk becomes a ticket in a real Request Tracker."""

from pathlib import Path

import pytest

from tests.desks.request_tracker import RequestTracker, running
from tests.e2e.api import Json
from tests.e2e.closing import answered, qualified
from tests.e2e.conftest import Prepared
from tests.e2e.house import House, opened
from tests.rig.fixtures import available

DESK = """\
[[desk]]
name = "builtin"
kind = "rt"
url = "{url}"
token = "{token}"
queue = "General"
users = {{ zoe = "nadia", ali = "nadia" }}
webhook_secret = "not-a-secret-but-long-enough"
poll_s = 3600
"""

DEAF = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
my $scrips = RT::Scrips->new(RT->SystemUser);
$scrips->Limit(FIELD => 'Description', VALUE => 'callcenter');
while (my $scrip = $scrips->Next) { $scrip->Delete }
"""
"""RT tells of nothing any more."""


@pytest.fixture(scope="module")
def version() -> int:
    """One will do: what Asterisk says has become a call long before."""
    return available(22)


async def test_a_ticket_has_its_agent_and_its_caller_and_closes_the_debt_once_it_is_resolved(
    version: int, folder: Path, sqlite_url: str, prepared_sqlite: Prepared
) -> None:
    async with running(folder) as rt:
        desk = DESK.format(url=rt.url, token=rt.token)
        async with opened(version, folder, sqlite_url, prepared_sqlite.token, desk=desk) as house:
            assert "FAILED" not in await house.service.command("check")
            told = await told_of(house, rt)
            untold = await answered(house)
            await rt.perl(DEAF)
            await rt.ask("PUT", f"ticket/{untold['ticket']['number']}", {"Status": "resolved"})
            # It asks what it was not told once an hour, and when it starts.
            await house.stop_service()
            await house.service.start()
            assert (await qualified(house, untold))["id"] != told["id"]
            house.assert_nobody_complained()


async def told_of(house: House, rt: RequestTracker) -> Json:
    """A call whose ticket is as it should be, and which RT tells of when it is resolved."""
    assert "tells" in await rt.perl(await house.service.command("desk", "scrip", "builtin"))
    call = await answered(house)
    number = call["ticket"]["number"]
    assert call["ticket"]["url"] == f"{rt.url}/Ticket/Display.html?id={number}"
    ticket = await rt.ask("GET", f"ticket/{number}")
    assert ticket["Owner"]["id"] == "nadia"
    assert [user["id"] for user in ticket["Requestor"]] == [call["caller"]["e164"]]
    assert [field["values"] for field in ticket["CustomFields"]] == [[call["id"]]]
    await rt.ask("PUT", f"ticket/{number}", {"Status": "resolved"})
    return await qualified(house, call)
