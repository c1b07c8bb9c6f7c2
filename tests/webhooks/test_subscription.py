"""What others subscribe to: each type has a schema, and an example that it accepts."""

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.calls.facts import second
from webhooks.examples import example
from webhooks.subscription import SUBSCRIBABLE, WebhookType, body, envelope, schema


@pytest.mark.parametrize("kind", WebhookType)
def test_the_example_of_each_type_is_of_its_schema(kind: WebhookType) -> None:
    validator = Draft202012Validator(schema(kind), format_checker=FormatChecker())
    message = json.loads(example(kind))
    validator.validate(message)
    envelope(kind).model_validate_json(example(kind))
    assert (message["version"], message["type"]) == (1, kind)


@pytest.mark.parametrize("kind", WebhookType)
def test_a_message_of_one_type_is_none_of_another(kind: WebhookType) -> None:
    message = json.loads(example(kind)) | {"type": "call.invented"}
    assert not Draft202012Validator(schema(kind)).is_valid(message)


def test_a_test_cannot_be_subscribed() -> None:
    assert set(WebhookType) - set(SUBSCRIBABLE) == {WebhookType.TEST}


def test_the_data_is_sent_as_it_was_journalled() -> None:
    sent = body(WebhookType.AGENT_STATE, second(0), '{"of": "a later version"}')
    assert json.loads(sent)["data"] == {"of": "a later version"}
