"""A call on a real Asterisk becomes a ticket in a real Request Tracker."""

from pathlib import Path

import pytest

from tests.desks.request_tracker import running
from tests.e2e.conftest import Prepared
from tests.e2e.house import opened
from tests.rig import scenarios
from tests.rig.fixtures import available

DESK = """\
[[desk]]
name = "builtin"
kind = "rt"
url = "{url}"
token = "{token}"
queue = "General"
users = {{ zoe = "nadia", ali = "nadia" }}
"""


@pytest.fixture(scope="module")
def version() -> int:
    """One will do: what Asterisk says has become a call long before."""
    return available(22)


async def test_its_agent_is_the_owner_and_its_caller_the_requestor(
    version: int, folder: Path, sqlite_url: str, prepared_sqlite: Prepared
) -> None:
    async with running(folder) as rt:
        desk = DESK.format(url=rt.url, token=rt.token)
        async with opened(version, folder, sqlite_url, prepared_sqlite.token, desk=desk) as house:
            (call,) = await house.calls(await house.play(scenarios.answered, "support"))
            assert "FAILED" not in await house.service.command("check")
        number = call["ticket"]["number"]
        assert call["ticket"]["url"] == f"{rt.url}/Ticket/Display.html?id={number}"
        ticket = await rt.ask("GET", f"ticket/{number}")
    assert ticket["Owner"]["id"] == "nadia"
    assert [user["id"] for user in ticket["Requestor"]] == [call["caller"]["e164"]]
    assert [field["values"] for field in ticket["CustomFields"]] == [[call["id"]]]
