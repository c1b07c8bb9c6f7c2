"""The description and the application say the same."""

import json
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import webhooks
from callcenter.web.api import calls, coverage, parameters, tickets
from callcenter.web.context import WebContext
from tests.web.api.conftest import build
from tests.web.api.description import check, description, resolve
from webhooks.call import ObligationState, Outcome
from webhooks.event import EventType, PbxSight, RingGroup
from webhooks.examples import example
from webhooks.subscription import WebhookType
from webhooks.ticket import TicketStatus

MODELS: dict[str, type[BaseModel]] = {
    **{
        name: getattr(webhooks, name)
        for name in (
            "Call",
            "Callback",
            "Caller",
            "Company",
            "Contact",
            "Leg",
            "OutgoingCall",
            "CallTicket",
            "Ticket",
            "Note",
            "Telephone",
            "QueueMember",
            "AgentState",
            "OverdueObligation",
            "Seat",
            "Supervision",
        )
    },
    "PbxSight": PbxSight,
    "RingGroup": RingGroup,
    "CallList": calls.CallList,
    "TicketList": tickets.TicketList,
    "Coverage": coverage.CoverageReport,
    "OpenCall": coverage.OpenCall,
    "OutOfSight": coverage.OutOfSight,
}


def operations() -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, item in description()["paths"].items()
        for method, operation in item.items()
    ]


async def test_every_route_is_described_and_every_description_is_a_route(
    context: WebContext,
) -> None:
    routed = {
        (route.resource.canonical, route.method.lower())
        for route in build(context).router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    assert routed == {(path, method) for path, method, _ in operations()}


def facts(schema: Any, definitions: Any) -> tuple[set[str], set[str]]:
    """Types and allowed words of a property, whichever way they are written."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return facts(definitions[name], definitions)
    types, words = set(), set(schema.get("enum", ()))
    if "const" in schema:
        words.add(schema["const"])
    for each in schema.get("anyOf", ()):
        more_types, more_words = facts(each, definitions)
        types |= more_types
        words |= more_words
    declared = schema.get("type", [])
    types |= {declared} if isinstance(declared, str) else set(declared)
    if words and not types - {"null"}:
        types.add("string")
    return types, words


@pytest.mark.parametrize("name", MODELS)
def test_a_component_has_the_fields_of_its_model(name: str) -> None:
    model = MODELS[name].model_json_schema(mode="serialization", by_alias=True)
    described = description()["components"]["schemas"][name]
    assert described["properties"].keys() == model["properties"].keys()
    assert set(described["required"]) == described["properties"].keys()
    for field, schema in model["properties"].items():
        said = facts(described["properties"][field], description()["components"]["schemas"])
        expected = facts(schema, model.get("$defs", {}))
        assert said[0] == expected[0], field
        assert said[1] == expected[1] or field == "formula", field


def test_words_are_those_of_the_models() -> None:
    schemas = description()["components"]["schemas"]
    assert schemas["Outcome"]["enum"] == list(get_args(Outcome))
    assert schemas["ObligationState"]["enum"] == list(get_args(ObligationState))
    assert schemas["TicketStatus"]["enum"] == list(get_args(TicketStatus))
    assert schemas["EventType"]["enum"] == [each.value for each in EventType]


def test_the_webhooks_are_those_that_are_sent_with_the_same_examples() -> None:
    assert list(description()["webhooks"]) == [kind.value for kind in WebhookType]
    for kind, item in description()["webhooks"].items():
        body = item["post"]["requestBody"]["content"]["application/json"]
        assert body["example"] == json.loads(example(WebhookType(kind)))
        check(body["schema"], body["example"])


def test_limits_are_those_of_the_code() -> None:
    limit = description()["components"]["parameters"]["limit"]["schema"]
    assert limit["maximum"] == parameters.LIMIT_MAX
    assert limit["default"] == parameters.LIMIT_DEFAULT


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_every_answer_has_an_example_that_fits(path: str, method: str, operation: Any) -> None:
    for answer in operation["responses"].values():
        for kind, content in resolve(answer)["content"].items():
            if kind == "application/json":
                check(content["schema"], content["example"])


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_what_needs_a_token_says_so(path: str, method: str, operation: Any) -> None:
    needs_one = path.startswith("/api/") and not path.endswith("openapi.yaml")
    assert ("401" in operation["responses"]) is needs_one
    assert (operation.get("security") == []) is not needs_one
