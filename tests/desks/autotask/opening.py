"""A desk on our Autotask, configured as a company would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from callcenter.config import AutotaskDesk as Table
from callcenter.desks.autotask import AutotaskDesk
from callcenter.wiring.remote_desks import remote_desk
from tests.desks.autotask.server import CODE, SECRET, USER
from tests.desks.remote import PATIENT_S, real_now

WEBHOOK_SECRET = "0123456789abcdef & \u00fc"


def table(url: str, **changed: Any) -> dict[str, Any]:
    """Its ``[[desk]]``; ``changed`` are keys of it."""
    given = {
        "name": "builtin",
        "kind": "autotask",
        "url": url,
        "username": USER,
        "secret": SECRET,
        "integration_code": CODE,
        "queue": "Support",
        "priorities": {"high": "High"},
        "categories": {"Hardware>Printer": "Computer > Printer", "Telephones": "Telephony"},
        "users": {"nadia": "nmartin", "karim": "karim@example.com"},
        "webhook_secret": WEBHOOK_SECRET,
        "timeout_s": PATIENT_S,
    }
    return given | changed


@asynccontextmanager
async def desk_on(url: str, **changed: Any) -> AsyncIterator[AutotaskDesk]:
    """The desk of such a table."""
    configured = Table.model_validate(table(url, **changed))
    async with remote_desk(configured, real_now) as desk:
        assert isinstance(desk, AutotaskDesk)
        yield desk
