"""A desk on our Autotask, configured as a company would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from callcenter.config import AutotaskDesk as Table
from callcenter.desks.autotask import AutotaskDesk
from callcenter.wiring.desks import remote_desk
from tests.desks.autotask.server import CODE, SECRET, USER
from tests.desks.remote import PATIENT_S, real_now

WEBHOOK_SECRET = "0123456789abcdef & \u00fc"


@asynccontextmanager
async def desk_on(url: str, **changed: Any) -> AsyncIterator[AutotaskDesk]:
    """``changed`` are keys of its table."""
    given = {
        "name": "builtin",
        "kind": "autotask",
        "url": url,
        "username": USER,
        "secret": SECRET,
        "integration_code": CODE,
        "queue": "Support",
        "users": {"nadia": "nmartin", "karim": "karim@example.com"},
        "webhook_secret": WEBHOOK_SECRET,
        "timeout_s": PATIENT_S,
    }
    async with remote_desk(Table.model_validate(given | changed), real_now) as desk:
        assert isinstance(desk, AutotaskDesk)
        yield desk
