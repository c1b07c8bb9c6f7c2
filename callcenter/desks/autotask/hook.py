"""Webhooks of Autotask: signed, and no more than a hint that a ticket changed."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from callcenter.core.hook import MalformedError, check_secret, digest_of, header, key_of
from callcenter.desks.desk import DeskEvent

SIGNATURE = "X-Hook-Signature"

TICKET_NUMBER = re.compile(r"T\d{8}\.\d{4,}(\.\d{3})?")
"""The last part is of a ticket that recurs."""


class _Event(BaseModel):
    """``Guid`` is the webhook's and ``SequenceNumber`` counts what it told: together, the event's.

    ``Fields`` has what was chosen for the webhook, by the labels that the fields have there.
    """

    Guid: Annotated[str, Field(min_length=1, max_length=40)]
    SequenceNumber: Annotated[int, Field(ge=0, lt=10**18)] | None = None
    EntityType: str = ""
    Fields: dict[str, Any] = {}


def parse(secret: str, headers: Mapping[str, str], body: bytes) -> list[DeskEvent]:
    """The ticket of which it speaks. Raises HookError.

    None where it has no ticket's number: it was not chosen for the webhook, whose changes the poll
    finds; or the webhook tells that it was deactivated, which changes nothing here.
    """
    # Of the bytes as they came: parsed and written anew they would be others.
    check_secret(header(headers, SIGNATURE), _signature(key_of(secret), body), SIGNATURE)
    try:
        event = _Event.model_validate_json(body)
    except ValidationError:
        raise MalformedError("it is signed, but not as Autotask writes its webhooks") from None
    count, number = event.SequenceNumber, _number(event)
    delivery_id = digest_of(body) if count is None else f"{event.Guid}:{count}"
    return [DeskEvent(delivery_id, number)] if number else []


def _signature(key: bytes, body: bytes) -> str:
    """Base64, where others of this kind have hexadecimal digits."""
    return f"sha1={base64.b64encode(hmac.digest(key, body, hashlib.sha1)).decode()}"


def _number(event: _Event) -> str | None:
    values = event.Fields.values() if event.EntityType == "Ticket" else ()
    texts = (value for value in values if isinstance(value, str))
    return next((text for text in texts if TICKET_NUMBER.fullmatch(text)), None)
