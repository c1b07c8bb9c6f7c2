"""``callcenter desk subscribe`` has a desk send its webhooks to this service."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from callcenter.cli.desk import NotSubscribedError, subscribe_to
from callcenter.config import Settings
from callcenter.desks.desk import RejectedError
from tests.desks.autotask.opening import table
from tests.desks.autotask.server import Autotask
from tests.desks.autotask.tenant import KARIM, OURS
from tests.desks.remote import OLDER

ADDRESS = "https://callcenter.example.com"


@pytest.fixture
def server() -> Autotask:
    return Autotask()


@pytest.fixture
async def url(server: Autotask) -> AsyncIterator[str]:
    async with server.serving() as address:
        yield address


def settings(url: str, public_url: str = ADDRESS, **changed: Any) -> Settings:
    generic = {"name": "other", "kind": "generic", "url": "https://example.com", "secret": OLDER}
    return Settings.model_validate(
        {"http": {"public_url": public_url}, "desk": [table(url, **changed), generic]}
    )


async def test_a_webhook_is_made_ready_and_leaves_us_out(server: Autotask, url: str) -> None:
    for _ in range(2):
        told = await subscribe_to(settings(url), "builtin")
        assert told.endswith(f"tells {ADDRESS}/hooks/builtin of each change of a ticket's status")
    records = server.tenant.records
    (hook,) = records["TicketWebhooks"].values()
    assert hook["isReady"]
    assert len(records["TicketWebhookFields"]) == 2
    (excluded,) = records["TicketWebhookExcludedResources"].values()
    assert excluded["resourceID"] == OURS
    ticket = server.tenant.put("Tickets", {"ticketNumber": "T20261123.0001", "status": 1})
    for by in (OURS, KARIM):
        server.tenant.tell("Update", ticket, by)
    (callout,) = server.callouts.waiting
    assert callout.url == f"{ADDRESS}/hooks/builtin"
    assert b"T20261123.0001" in callout.body


async def test_what_somebody_changed_there_is_mended(server: Autotask, url: str) -> None:
    await subscribe_to(settings(url), "builtin")
    (hook,) = server.tenant.records["TicketWebhooks"].values()
    hook |= {"isActive": False, "secretKey": "another"}
    server.tenant.records["TicketWebhookFields"].popitem()
    await subscribe_to(settings(url, webhook_secret="fedcba9876543210"), "builtin")
    assert (hook["isActive"], hook["secretKey"]) == (True, "fedcba9876543210")
    assert len(server.tenant.records["TicketWebhookFields"]) == 2


async def test_an_api_user_that_is_not_found_there_is_to_be_left_out_by_hand(
    server: Autotask, url: str
) -> None:
    server.tenant.records["Resources"][OURS]["userName"] = "another"
    assert "exclude it from the webhook there" in await subscribe_to(settings(url), "builtin")
    assert not server.tenant.records["TicketWebhookExcludedResources"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"public_url": "http://callcenter.example.com"}, "public_url"),
        ({"webhook_secret": None}, "write a webhook_secret"),
    ],
)
async def test_what_is_missing_here_is_said(url: str, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(RejectedError, match=says):
        await subscribe_to(settings(url, **changed), "builtin")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("other", "is not told by us where to send webhooks"),
        ("nowhere", "no desk over a network is called 'nowhere': there is 'builtin', 'other'"),
    ],
)
async def test_a_desk_that_cannot_is_said_so(url: str, name: str, says: str) -> None:
    with pytest.raises(NotSubscribedError, match=says):
        await subscribe_to(settings(url), name)
