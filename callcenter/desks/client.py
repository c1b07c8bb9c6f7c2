"""One request to a desk over HTTP: its answer, or what is certain when none came."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from pydantic import BaseModel, ValidationError

from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    GoneError,
    NotSentError,
    RateLimitedError,
    RejectedError,
)

Shape = TypeVar("Shape", bound=BaseModel)

ANSWER_MAX_BYTES = 1024 * 1024
"""Read of an answer. A hundred tickets, as some desks give them, take half of it."""

CONNECTIONS = 8
"""At once to one desk: what is over them waits."""

CONNECT_SHARE = 0.5
"""Part of the time-out in which the connection has to be there: until then nothing was sent."""

WORDS_MAX = 300
"""Characters of a desk's own words. They are shown to people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is at most one byte longer than was to be read: then there was more.

    Names of ``headers`` are compared without case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


Measure: TypeAlias = Callable[[str, float], None]
"""Is given what came of each request (``2xx``, ``timed_out``), and the seconds that it took."""


def _unmeasured(_result: str, _seconds: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Client:
    """Asks once: no redirects, no proxy of the environment, no cookies, nothing unpacked."""

    session: ClientSession
    timeout_s: float
    measure: Measure = _unmeasured

    @classmethod
    @asynccontextmanager
    async def open(
        cls, timeout_s: float, ca_file: Path | None = None, measure: Measure = _unmeasured
    ) -> "AsyncIterator[Client]":
        """``timeout_s`` is for a request and its whole answer.

        ``ca_file`` (PEM) has the authority to trust in place of the system's.
        """
        connector = TCPConnector(
            ssl=ssl.create_default_context(cafile=ca_file),
            limit=CONNECTIONS,
            # One that idles may be closed by the desk just when a ticket is sent over it: nobody
            # would know what became of that.
            force_close=True,
        )
        async with ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=None, connect=timeout_s * CONNECT_SHARE),
            cookie_jar=DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        ) as session:
            yield cls(session, timeout_s, measure)

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        answer_max_bytes: int = ANSWER_MAX_BYTES,
    ) -> Answer:
        """Send exactly one request. Raises NotSentError, or DeskError when nobody knows."""
        began, result = time.monotonic(), "cancelled"
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                self.session.request(
                    method, url, headers=headers, data=body, allow_redirects=False
                ) as response,
            ):
                answer = await _read(response, answer_max_bytes)
                result = f"{response.status // 100}xx"
                return Answer(response.status, response.headers, answer)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            result = "not_reached"
            raise NotSentError(f"the desk was not reached: {_said(error)}") from error
        except TimeoutError as error:
            result = "timed_out"
            raise DeskError(f"no answer from the desk within {self.timeout_s:g} s") from error
        except (ClientError, OSError) as error:
            result = "broken_off"
            raise DeskError(f"the desk's answer broke off: {_said(error)}") from error
        finally:
            self.measure(result, time.monotonic() - began)


def refusal(answer: Answer, words: str, now: datetime) -> DeskError:
    """What an answer that has no ticket means for the debt; ``words`` are the desk's own."""
    status, told = answer.status, f"the desk answered {answer.status}"
    told = f"{told}: {words}" if words else told
    if status == 429 or (status == 503 and "Retry-After" in answer.headers):
        return RateLimitedError(told, retry_after_s(answer.headers, now))
    if status in (401, 403):
        return DeniedError(told)
    if status in (404, 410):
        return GoneError(told)
    if 400 <= status < 500 and status != 408:  # 408: it waited for a request that was under way
        return RejectedError(told)
    if 300 <= status < 400:
        # Some answer a POST that they carried out like this: it proves nothing.
        return DeskError(f"{told}; redirects are not followed: write the address it has now")
    return DeskError(told)


def read(shape: type[Shape], answer: Answer, product: str) -> Shape:
    """The answer, as the product has it. Raises DeskError where something else stands there."""
    try:
        return shape.model_validate_json(answer.body)
    except ValidationError as error:
        raise DeskError(
            f"the desk answered {answer.status}, but not as {product} does: "
            "is url the address of its pages?"
        ) from error


def plain(text: str) -> str:
    """A desk's words as they may be shown and stored: one line of printable text, cut."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= WORDS_MAX else f"{line[: WORDS_MAX - 3]}..."


def answered_at(answer: Answer) -> datetime | None:
    """The desk's clock, as its answer has it."""
    return _http_date(answer.headers.get("Date", ""))


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds, or a date; None where it is neither (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    at = _http_date(text)
    return max((at - now).total_seconds(), 0.0) if at else None


async def _read(response: ClientResponse, at_most: int) -> bytes:
    body = bytearray()
    while len(body) <= at_most:
        chunk = await response.content.read(at_most + 1 - len(body))
        if not chunk:
            break
        body += chunk
    return bytes(body)


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _said(error: Exception) -> str:
    return plain(str(error)) or type(error).__name__
