"""A login of its own, for a few questions: not the link, which stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callcenter.ami.endpoint import Endpoint
from callcenter.ami.manager import AmiManager
from callcenter.ami.protocol import Traffic
from callcenter.ami.timing import DEFAULT_TIMING


@asynccontextmanager
async def logged_in(endpoint: Endpoint) -> AsyncIterator[AmiManager]:
    """A manager to ask, until the end of the block; events are not listened to. Raises AmiError."""
    manager = AmiManager(endpoint, DEFAULT_TIMING, frozenset(), Traffic(), lambda _events: None)
    try:
        await manager.open()
        yield manager
    finally:
        await manager.shut()
