"""Who may read, and what others are told."""

from typing import Any

import pytest
import structlog
from aiohttp.test_utils import TestClient

from callcenter.web.context import WebContext
from tests.web.api.description import validate
from tests.web.api.seed import CALLER

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Client = TestClient[Any, Any]

PATHS = ("calls", "calls/one", "tickets", "tickets/one", "coverage", "events")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "presented", [None, "Bearer", "Bearer cct_guessed", "Basic bmFkaWE6", "Bearer \u00e9"]
)
async def test_without_a_known_token_nothing_is_told(
    client: Client, path: str, presented: str | None
) -> None:
    headers = {"Authorization": presented} if presented else {}
    response = await client.get(f"/api/v1/{path}", headers=headers)
    assert response.status == 401
    challenge = response.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="callcenter"')
    assert ("invalid_token" in challenge) is (presented is not None)
    validate(f"/api/v1/{path}", "get", 401, await response.json())


async def test_the_scheme_is_compared_without_regard_to_case(client: Client, token: str) -> None:
    response = await client.get("/api/v1/calls", headers={"Authorization": f"bearer {token}"})
    assert response.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v2/calls", 404, "not_found"),
        ("POST", "/api/v1/calls", 405, "method_not_allowed"),
        ("HEAD", "/api/v1/events", 405, None),
    ],
)
async def test_errors_have_one_shape(
    client: Client, method: str, path: str, status: int, code: str | None
) -> None:
    response = await client.request(method, path)
    assert response.status == status
    assert response.content_type == "application/json"
    if code is not None:
        assert (await response.json())["error"]["code"] == code
    if status == 405:
        assert "GET" in response.headers["Allow"]


async def test_a_fault_of_ours_is_told_under_its_request(
    client: Client, token: str, context: WebContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("callcenter.db.calls.page", broken)
    with structlog.testing.capture_logs() as logs:
        response = await client.get("/api/v1/calls", headers={"Authorization": f"Bearer {token}"})
    body = await response.json()
    assert (response.status, body["error"]["code"]) == (500, "internal")
    (failed,) = [entry for entry in logs if entry["event"] == "api.failed"]
    assert failed["exc_info"]
    (request,) = [entry for entry in logs if entry["event"] == "http.request"]
    assert request["request_id"] in body["error"]["message"]


async def test_a_number_asked_for_is_not_in_the_log(client: Client, token: str) -> None:
    with structlog.testing.capture_logs() as logs:
        headers = {"Authorization": f"Bearer {token}"}
        await client.get("/api/v1/calls", params={"caller": CALLER}, headers=headers)
    assert logs
    assert CALLER.removeprefix("+") not in str(logs)


async def test_the_description_is_for_everybody(client: Client) -> None:
    response = await client.get("/api/v1/openapi.yaml")
    assert response.status == 200
    assert (await response.text()).startswith("openapi: 3.1.0")
