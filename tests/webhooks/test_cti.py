"""What Zammad's caller log is told of a call, as its documentation has it."""

import json
from typing import Any, get_args

import pytest

from webhooks import Call, WebhookType, cti
from webhooks.call import Outcome
from webhooks.examples import CALL_ID, example

ENDPOINT = "https://zammad.example.com/api/v1/cti/PhXp3ZG63QyJ"


def call(kind: WebhookType, **changed: Any) -> Call:
    """Of the example of this type."""
    data = json.loads(example(kind))["data"]
    return Call.model_validate(data | changed)


def told(kind: WebhookType, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cti.body(kind, call(kind, **changed)))
    return found


def test_a_call_that_rings_is_a_new_one() -> None:
    assert told(WebhookType.CALL_RINGING) == {
        "event": "newCall",
        "direction": "in",
        "callId": CALL_ID,
        "from": "33639981122",
        "to": "support",
        "queue": "support",
    }


def test_who_answered_is_named_by_name_and_by_login() -> None:
    answered = told(WebhookType.CALL_ANSWERED)
    assert answered["event"] == "answer"
    assert (answered["user"], answered["answeringNumber"]) == ("Hugo Lemaire", "hugo")


def test_a_telephone_of_nobody_answers_under_its_own_name() -> None:
    legs = [leg.model_dump() for leg in call(WebhookType.CALL_ANSWERED).legs]
    answered = told(WebhookType.CALL_ANSWERED, legs=[legs[0] | {"agent": None, "agent_name": None}])
    assert answered["user"] == "PJSIP/101"
    assert "answeringNumber" not in answered


@pytest.mark.parametrize(
    ("caller", "number"),
    [
        ({"raw": "0639981122", "e164": None, "name": None}, "0639981122"),
        ({"raw": "", "e164": None, "name": None}, "anonymous"),
    ],
)
def test_a_number_that_is_none_is_told_as_it_came(caller: dict[str, Any], number: str) -> None:
    assert told(WebhookType.CALL_RINGING, caller=caller)["from"] == number


@pytest.mark.parametrize(
    ("kind", "cause"),
    [(WebhookType.CALL_ENDED, "normalClearing"), (WebhookType.CALL_MISSED, "cancel")],
)
def test_a_call_that_is_over_says_why(kind: WebhookType, cause: str) -> None:
    ended = json.loads(cti.body(WebhookType.CALL_ENDED, call(kind)))
    assert (ended["event"], ended["cause"]) == ("hangup", cause)


def test_each_outcome_has_a_cause() -> None:
    assert set(cti.CAUSES) == set(get_args(Outcome))


def test_the_token_is_no_part_of_the_address() -> None:
    url, token = cti.split(ENDPOINT)
    assert (url, token) == ("https://zammad.example.com/api/v1/cti", "PhXp3ZG63QyJ")
    assert cti.address(url, token) == ENDPOINT
    assert cti.split("https://zammad.example.com/api/v1/cti/") == (url, "")
    assert cti.split("https://zammad.example.com/") == ("https://zammad.example.com/", "")


def test_a_test_is_a_call_that_rings_and_ends() -> None:
    rings, ends = map(json.loads, cti.test_bodies("Zammad", "msg_1"))
    assert (rings["event"], ends["event"]) == ("newCall", "hangup")
    assert rings["callId"] == ends["callId"] == "msg_1"
