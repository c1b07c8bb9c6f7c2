"""What others can subscribe to: the types of outgoing webhooks, and the envelope of each.

A type is the promise of a moment, told once; the stream of ``Event`` beside it tells every change.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import create_model

from webhooks.call import Call
from webhooks.event import PbxSight
from webhooks.floor import AgentState, OverdueObligation
from webhooks.shape import Moment, Shape, rfc3339
from webhooks.ticket import Ticket

VERSION = 1
"""Grows when a field changes its meaning; a new field or a new type may appear at any time."""


class WebhookType(StrEnum):
    """What is told. ``webhook.test`` cannot be subscribed: a button sends it."""

    CALL_RINGING = "call.ringing"
    CALL_ANSWERED = "call.answered"
    CALL_ENDED = "call.ended"
    CALL_MISSED = "call.missed"
    CALL_TRANSFERRED = "call.transferred"
    TICKET_CREATED = "ticket.created"
    TICKET_QUALIFIED = "ticket.qualified"
    TICKET_COMPLETED = "ticket.completed"
    OBLIGATION_OVERDUE = "obligation.overdue"
    AGENT_STATE = "agent.state"
    PBX_OUT_OF_SIGHT = "pbx.out_of_sight"
    TEST = "webhook.test"


SUBSCRIBABLE = tuple(kind for kind in WebhookType if kind is not WebhookType.TEST)


class Test(Shape):
    """The data of ``webhook.test``: which destination the button was pressed for."""

    destination: str


DATA: Mapping[WebhookType, type[Shape]] = {
    WebhookType.CALL_RINGING: Call,
    WebhookType.CALL_ANSWERED: Call,
    WebhookType.CALL_ENDED: Call,
    WebhookType.CALL_MISSED: Call,
    WebhookType.CALL_TRANSFERRED: Call,
    WebhookType.TICKET_CREATED: Ticket,
    WebhookType.TICKET_QUALIFIED: Call,  # its ticket may be in another backend than the built-in
    WebhookType.TICKET_COMPLETED: Ticket,
    WebhookType.OBLIGATION_OVERDUE: OverdueObligation,
    WebhookType.AGENT_STATE: AgentState,
    WebhookType.PBX_OUT_OF_SIGHT: PbxSight,
    WebhookType.TEST: Test,
}
"""The shape of each type's ``data``."""


def body(kind: WebhookType, at: datetime, data: str) -> str:
    """The message about something that happened then; ``data`` is the JSON of its shape."""
    head = json.dumps({"version": VERSION, "type": kind.value, "timestamp": rfc3339(at)})
    return f'{head.removesuffix("}")}, "data": {data}}}'


def envelope(kind: WebhookType) -> type[Shape]:
    """The model of one type's messages."""
    fields: dict[str, Any] = {
        "version": (Literal[1], ...),
        "type": (Literal[kind.value], ...),
        "timestamp": (Moment, ...),
        "data": (DATA[kind], ...),
    }
    return create_model(f"{DATA[kind].__name__}Message", __base__=Shape, **fields)


def schema(kind: WebhookType) -> dict[str, Any]:
    """The JSON schema (2020-12) of one type's messages."""
    return envelope(kind).model_json_schema(mode="serialization")
