"""Our Autotask has the traps of the vendor's: what it says where others would say otherwise."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.desks.autotask.entities import COMPLETE, NEW
from tests.desks.autotask.server import CODE, SECRET, USER, Autotask
from tests.desks.autotask.tenant import ARDOISE, KARIM, NADIA

TICKET = {
    "companyID": 0,
    "title": "Printer",
    "status": NEW,
    "priority": 2,
    "dueDateTime": "2026-11-24T09:00:00Z",
}


@dataclass
class Asking:
    """Somebody with the right keys."""

    server: Autotask
    root: str
    session: ClientSession
    headers: dict[str, str] = field(
        default_factory=lambda: {"UserName": USER, "Secret": SECRET, "ApiIntegrationCode": CODE}
    )

    async def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = f"{self.root}/ATServicesRest/V1.0/{path}"
        async with self.session.request(method, url, json=body, headers=self.headers) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else None

    async def found(self, entity: str, *conditions: Mapping[str, Any]) -> list[Any]:
        status, answer = await self("POST", f"{entity}/query", {"filter": list(conditions)})
        assert status == 200
        items: list[Any] = answer["items"]
        return items


@pytest.fixture
async def ask() -> AsyncIterator[Asking]:
    server = Autotask()
    async with server.serving() as url, ClientSession() as session:
        yield Asking(server, url, session)


async def test_what_is_made_is_answered_by_its_id_alone(ask: Asking) -> None:
    status, answer = await ask("POST", "Tickets", TICKET)
    assert (status, list(answer)) == (200, ["itemId"])
    _, answer = await ask("GET", f"Tickets/{answer['itemId']}")
    assert (answer["item"]["companyID"], answer["item"]["title"]) == (0, "Printer")


async def test_what_is_not_there_is_200_too(ask: Asking) -> None:
    assert await ask("GET", "Tickets/1") == (200, {"item": None})


async def test_a_ticket_is_changed_at_the_address_of_all_and_not_at_its_own(ask: Asking) -> None:
    _, answer = await ask("POST", "Tickets", TICKET)
    wanted = {"id": answer["itemId"], "status": COMPLETE}
    assert (await ask("PATCH", f"Tickets/{answer['itemId']}", wanted))[0] == 405
    assert await ask("PATCH", "Tickets", wanted) == (200, answer)


async def test_a_note_is_made_under_its_ticket_only(ask: Asking) -> None:
    _, answer = await ask("POST", "Tickets", TICKET)
    note = {"title": "a", "description": "b", "noteType": 3, "publish": 1}
    assert (await ask("POST", "TicketNotes", note))[0] == 404
    assert (await ask("POST", f"Tickets/{answer['itemId']}/Notes", note))[0] == 200


async def test_a_string_finds_nothing_among_numbers_and_nobody_says_so(ask: Asking) -> None:
    await ask("POST", "Tickets", TICKET)
    number, text = ({"op": "eq", "field": "status", "value": value} for value in (1, "1"))
    assert len(await ask.found("Tickets", number)) == 1
    assert await ask.found("Tickets", text) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"title": None}, "Missing Required Field: title"),
        ({"status": "1"}, "is not an integer"),
        ({"status": 99}, "not a valid picklist value"),
        ({"assignedResourceID": NADIA}, "must assign both"),
        ({"assignedResourceID": NADIA, "assignedResourceRoleID": 29683437}, "any queue"),
        ({"contactID": 1}, "contactID of type: Contact does not exist or is invalid"),
        ({"issueType": 10, "subIssueType": 111}, "subIssueType is not a valid"),
        ({"externalID": "x" * 51}, "exceeds 50 characters"),
    ],
)
async def test_what_is_not_valid_is_500(ask: Asking, changed: dict[str, Any], says: str) -> None:
    status, answer = await ask("POST", "Tickets", TICKET | changed)
    assert status == 500
    assert any(says in error for error in answer["errors"])


async def test_a_search_in_anothers_name_is_refused(ask: Asking) -> None:
    ask.headers["ImpersonationResourceId"] = str(NADIA)
    condition = {"op": "eq", "field": "companyID", "value": ARDOISE}
    status, answer = await ask("POST", "Tickets/query", {"filter": [condition]})
    assert (status, "adequate permissions" in answer["errors"][0]) == (500, True)


async def test_an_operator_is_what_the_developer_help_says(ask: Asking) -> None:
    def field(op: str, value: Any = None) -> dict[str, Any]:
        return {"op": op, "field": "companyName", "value": value}

    found = {
        op: [one["id"] for one in await ask.found("Companies", field(op, value))]
        for op, value in (
            ("eq", "ardoise & fils"),
            ("noteq", "Ardoise & Fils"),
            ("beginsWith", "Ardoise"),
            ("endsWith", "SARL"),
            ("contains", "ou"),
            ("exist", None),
            ("notExist", None),
            ("in", ["Brume SARL"]),
            ("notIn", ["Brume SARL"]),
        )
    }
    assert found == {
        "eq": [174],
        "noteq": [0, 175],
        "beginsWith": [174],
        "endsWith": [175],
        "contains": [],
        "exist": [0, 174, 175],
        "notExist": [],
        "in": [175],
        "notIn": [0, 174],
    }


async def test_a_webhook_is_ready_once_a_field_is_subscribed(ask: Asking) -> None:
    hook = {
        "name": "callcenter",
        "isActive": True,
        "webhookUrl": "https://callcenter.test/hooks/autotask",
        "deactivationUrl": "https://callcenter.test/hooks/autotask",
        "secretKey": "0123456789abcdef",
        "isSubscribedToUpdateEvents": True,
    }
    _, answer = await ask("POST", "TicketWebhooks", hook)
    path = f"TicketWebhooks/{answer['itemId']}"
    assert (await ask("GET", path))[1]["item"]["isReady"] is False
    _, made = await ask("POST", "Tickets", TICKET)
    given = {"fieldID": 7, "isSubscribedField": True, "isDisplayAlwaysField": True}
    await ask("POST", f"{path}/Fields", given)
    assert (await ask("GET", path))[1]["item"]["isReady"] is True
    assert (await ask("POST", "TicketWebhooks", hook))[0] == 500  # the same address again
    ask.server.tenant.patch("Tickets", {"id": made["itemId"], "status": COMPLETE}, KARIM)
    assert len(ask.server.callouts.waiting) == 1


async def test_a_webhook_is_dropped_after_five_attempts_and_off_after_25(ask: Asking) -> None:
    posted: list[bytes] = []

    async def post(_url: str, _headers: Mapping[str, str], body: bytes) -> int:
        posted.append(body)
        return 503

    ask.server.callouts.subscribe("https://callcenter.test/hooks/autotask", "0123456789abcdef")
    _, made = await ask("POST", "Tickets", TICKET)
    for place in range(30):
        wanted = {"id": made["itemId"], "title": f"Printer {place}"}
        ask.server.tenant.patch("Tickets", wanted, KARIM)
    assert await ask.server.callouts.deliver(post) == 25
    assert len(posted) == 25 * 5 + 1
    assert b"Deactivated" in posted[-1]
    assert len(ask.server.tenant.records["WebhookEventErrorLogs"]) == 25
