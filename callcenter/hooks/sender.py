"""One request to a destination: its status, or why there is none.

No redirects, no proxy of the environment, no cookies; of the answer's body nothing is kept.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver

from callcenter.core.delivery import Answer, Failure
from callcenter.db.deliveries import Claimed
from callcenter.db.destinations import Destination, Kind
from callcenter.desks.client import retry_after_s
from callcenter.hooks.addresses import Allows, PrivateAddressError, guarded, is_public
from webhooks import cti
from webhooks.signature import sign

TIMEOUT_S = 15.0
"""For one request and its whole answer."""

CONNECT_MAX_S = 8.0

ANSWER_MAX_BYTES = 64 * 1024
"""Read of an answer, so that a destination is not cut off while it speaks; more is left unread."""

CONNECTIONS = 8
"""At once to one host: what is over them waits."""

USER_AGENT = "callcenter-webhooks/1"


@dataclass(frozen=True, slots=True)
class Sender:
    """``strict`` connects to public addresses alone; ``free`` is for hosts that were allowed by
    name to be in our own network."""

    strict: ClientSession
    free: ClientSession
    timeout_s: float

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        allows: Allows = is_public,
        resolver: AbstractResolver | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> "AsyncIterator[Sender]":
        """Until the end of the block. ``resolver`` None is the system's."""
        async with (
            _session(allows, resolver, timeout_s) as strict,
            _session(lambda _address: True, resolver, timeout_s) as free,
        ):
            yield cls(strict, free, timeout_s)

    async def send(self, to: Destination, message: Claimed, at: datetime) -> Answer:
        """Send it once, signed at that time. Whatever goes wrong is an answer too."""
        body, url = message.body.encode(), to.url
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        if to.kind is Kind.ZAMMAD_CTI:
            url = cti.address(to.url, to.secrets[0])
        else:
            headers |= sign(to.secrets, message.message_id, at, body)
        session = self.free if to.may_be_private else self.strict
        try:
            async with asyncio.timeout(self.timeout_s):
                return await _post(session, url, headers, body, at)
        except (InvalidURL, ValueError):
            return Answer(None, Failure.BAD_ADDRESS)
        except ClientConnectorError as error:
            is_private = isinstance(error.os_error, PrivateAddressError)
            return Answer(None, Failure.PRIVATE_ADDRESS if is_private else Failure.NOT_REACHED)
        except ConnectionTimeoutError:
            return Answer(None, Failure.NOT_REACHED)
        except TimeoutError:
            return Answer(None, Failure.TIMED_OUT)
        except (ClientError, OSError):
            return Answer(None, Failure.BROKEN_OFF)


async def _post(
    session: ClientSession, url: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> Answer:
    async with session.post(url, headers=headers, data=body, allow_redirects=False) as response:
        await _read(response)
        after_s = retry_after_s(response.headers, at)
        return Answer(response.status, retry_after_s=after_s)


async def _read(response: ClientResponse) -> None:
    left = ANSWER_MAX_BYTES
    while left > 0 and (chunk := await response.content.read(left)):
        left -= len(chunk)


def _session(allows: Allows, resolver: AbstractResolver | None, timeout_s: float) -> ClientSession:
    connector = TCPConnector(
        ssl=ssl.create_default_context(),
        limit=0,  # one destination that is slow holds up no other
        limit_per_host=CONNECTIONS,
        force_close=True,  # a kept one may be closed by the other side while it is being used
        use_dns_cache=False,
        resolver=resolver,
        socket_factory=guarded(allows),
    )
    return ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=None, connect=min(CONNECT_MAX_S, timeout_s)),
        cookie_jar=DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )
