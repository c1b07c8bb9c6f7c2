"""A call on a real Asterisk becomes a ticket in Autotask, and is closed with it."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.desks.autotask.entities import COMPLETE
from tests.desks.autotask.server import CODE, SECRET, USER, Autotask
from tests.desks.autotask.tenant import ARDOISE, DESK_ROLE, KARIM, NADIA, Record
from tests.e2e.api import Json
from tests.e2e.closing import answered, qualified
from tests.e2e.conftest import Prepared
from tests.e2e.house import opened
from tests.rig.fixtures import available

HOOK_SECRET = "not-a-secret-but-long-enough"
DESK = f"""\
[[desk]]
name = "builtin"
kind = "autotask"
url = "{{url}}"
username = "{USER}"
secret = "{SECRET}"
integration_code = "{CODE}"
queue = "Support"
company_id = {ARDOISE}
users = {{{{ zoe = "nmartin", ali = "nmartin" }}}}
webhook_secret = "{HOOK_SECRET}"
poll_s = 3600
"""


@pytest.fixture(scope="module")
def version() -> int:
    """One will do: what Asterisk says has become a call long before."""
    return available(22)


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened_session:
        yield opened_session


async def test_a_ticket_has_its_agent_and_closes_the_debt_once_it_is_completed(
    version: int,
    folder: Path,
    sqlite_url: str,
    prepared_sqlite: Prepared,
    session: ClientSession,
) -> None:
    server = Autotask()

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        async with session.post(url, headers=headers, data=body) as answer:
            return answer.status

    async def drop(_url: str, _headers: Mapping[str, str], _body: bytes) -> int:
        return 503

    async with server.serving() as url:
        desk = DESK.format(url=url)
        async with opened(version, folder, sqlite_url, prepared_sqlite.token, desk=desk) as house:
            assert "FAILED" not in await house.service.command("check")
            server.callouts.subscribe(f"{house.service.url}/hooks/builtin", HOOK_SECRET)
            told = await answered(house)
            assert_made_of(told, complete(server, told))
            assert await server.callouts.deliver(post) == 0
            await qualified(house, told)

            untold = await answered(house)
            complete(server, untold)
            assert await server.callouts.deliver(drop) == 1
            # It asks what it was not told once an hour, and when it starts.
            await house.stop_service()
            await house.service.start()
            await qualified(house, untold)
            house.assert_nobody_complained()


def assert_made_of(call: Json, ticket: Record) -> None:
    assert ticket["externalID"] == call["id"]
    assert (ticket["assignedResourceID"], ticket["assignedResourceRoleID"]) == (NADIA, DESK_ROLE)
    assert ticket["companyID"] == ARDOISE
    assert call["caller"]["e164"] in ticket["description"]
    assert call["ticket"]["url"].endswith(f"TicketID={ticket['id']}")


def complete(server: Autotask, call: Json) -> Record:
    """Somebody at Autotask does it."""
    ticket = server.tenant.ticket(call["ticket"]["number"])
    server.tenant.patch("Tickets", {"id": ticket["id"], "status": COMPLETE}, KARIM)
    return ticket
