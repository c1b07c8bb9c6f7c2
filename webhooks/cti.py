"""Zammad's generic CTI: how its caller log is told of a call that comes in.

As docs.zammad.org has it (Generic CTI). Its caller log takes a call once: a second ``newCall`` is
an error there, and so is what follows of a call that it was not told of. Nothing is signed: whoever
knows the token in the address is believed.
"""

import json
from collections.abc import Mapping
from typing import Any

from webhooks.call import Call, Leg, Outcome
from webhooks.subscription import WebhookType

PATH = "/api/v1/cti"

EVENTS: Mapping[WebhookType, str] = {
    WebhookType.CALL_RINGING: "newCall",
    WebhookType.CALL_ANSWERED: "answer",
    WebhookType.CALL_ENDED: "hangup",  # of missed calls too: they end as well
}
"""What of a call is told there, and as what."""

CAUSES: Mapping[Outcome, str] = {
    "answered": "normalClearing",
    "abandoned": "cancel",
    "short_abandon": "cancel",
    "overflow": "noAnswer",
    "closed": "notFound",
    "rejected": "busy",
}


def split(endpoint: str) -> tuple[str, str]:
    """The address that Zammad shows, without its token, and the token: empty where it has none."""
    address, path, token = endpoint.partition(PATH)
    return address + path, token.strip("/")


def address(url: str, token: str) -> str:
    """Where events are sent."""
    return f"{url}/{token}"


def body(kind: WebhookType, call: Call) -> str:
    """The event of this moment of a call, as JSON."""
    told = _told(EVENTS[kind], call.id, _number(call), call.line)
    if kind is WebhookType.CALL_ENDED and call.outcome:
        told["cause"] = CAUSES[call.outcome]
    if leg := _answered(call):
        told["user"] = leg.agent_name or leg.agent or leg.interface
        if leg.agent:
            told["answeringNumber"] = leg.agent
    return json.dumps(told)


def test_bodies(name: str, call_id: str) -> list[str]:
    """A call of nobody, which rings and ends at once."""
    ends = {**_told("hangup", call_id, "anonymous", name), "cause": "cancel"}
    return [json.dumps(_told("newCall", call_id, "anonymous", name)), json.dumps(ends)]


def _told(event: str, call_id: str, number: str, line: str) -> dict[str, Any]:
    """``to`` and ``queue`` are the line: by the latter Zammad chooses whom it shows the call."""
    told = {"event": event, "direction": "in", "callId": call_id}
    return {**told, "from": number, "to": line, "queue": line}


def _number(call: Call) -> str:
    caller = call.caller
    return caller.e164.removeprefix("+") if caller.e164 else caller.raw or "anonymous"


def _answered(call: Call) -> Leg | None:
    """Who talked, the last of them."""
    legs = [leg for leg in call.legs if leg.answered_at]
    return legs[-1] if legs else None
