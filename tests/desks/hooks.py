"""A desk that tells of its tickets, without one behind it: its webhooks are signed as RT's are."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from callcenter.db.desk_events import NewEvent
from callcenter.desks.client import Client
from callcenter.desks.rt import RtDesk

SECRET = "not-a-secret-but-long-enough"
NOW = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)


def hear(headers: Mapping[str, str], body: bytes) -> list[NewEvent]:
    """What a desk understands of it."""
    nobody: Any = None
    desk = RtDesk(
        name="rt",
        url="http://desk.test",
        token="t",
        queue="General",
        custom_field="CallID",
        client=Client(nobody, 1.0),
        now=lambda: NOW,
        webhook_secret=SECRET,
    )
    return [NewEvent(one.delivery_id, one.number) for one in desk.parse_webhook(headers, body)]


def webhook(
    ticket: str = "17", transaction: str = "1", sent_at: datetime = NOW, secret: str = SECRET
) -> tuple[dict[str, str], bytes]:
    """Headers and body, as our Scrip sends them."""
    said = {"transaction": transaction, "ticket": ticket, "sent_at": sent_at.isoformat()}
    return signed(json.dumps(said).encode(), secret)


def signed(body: bytes, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """Any body, signed."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-RT-Signature": f"sha256={digest}"}, body
