"""The desk over HTTP as tests have it, with the secrets of both sides."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callcenter.desks.client import Client
from callcenter.desks.generic import GenericDesk
from callcenter.desks.generic_followed import FollowedGenericDesk
from callcenter.desks.generic_written import WrittenGenericDesk

OLDER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEWER = "whsec_TmV3ZXIgdGhhbiB0aGUgb3RoZXIsIGFuZCBsb25n"

PATIENT_S, HASTY_S = 8.0, 0.3


def real_now() -> datetime:
    """The other side's library reads the clock itself."""
    return datetime.now(UTC)


@asynccontextmanager
async def desk_at(
    url: str,
    *,
    secrets: Sequence[str] = (OLDER,),
    timeout_s: float = PATIENT_S,
    ca_file: Path | None = None,
    **named: Any,
) -> AsyncIterator[GenericDesk]:
    """A desk called ``builtin``, as a test's lines expect theirs to be."""
    given = {"name": "builtin", "now": real_now} | named
    kind = FollowedGenericDesk if given.pop("follows", False) else GenericDesk
    kind = WrittenGenericDesk if given.pop("writes", False) else kind
    async with Client.open(timeout_s, ca_file) as client:
        yield kind(url=url, client=client, secrets=secrets, **given)
