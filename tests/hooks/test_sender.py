"""What comes of a request to a destination, whatever the destination does."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
import standardwebhooks
from aiohttp.abc import AbstractResolver, ResolveResult

from callcenter.core.delivery import Answer, Failure
from callcenter.db.deliveries import Claimed
from callcenter.db.destinations import Destination
from callcenter.desks.client import retry_after_s
from callcenter.hooks.sender import ANSWER_MAX_BYTES, Sender
from tests.calls.facts import second
from tests.desks.remote import NEWER, OLDER, real_now
from tests.hooks.receiver import Receiver, receiver
from webhooks import SUBSCRIBABLE, WebhookType
from webhooks.examples import example

MESSAGE = Claimed(1, 1, "msg_1", WebhookType.CALL_RINGING, example(WebhookType.CALL_RINGING), 0)


class Answers(AbstractResolver):
    """Gives each question the next of its addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses: Iterator[str] = iter(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = next(self._addresses)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


def destination(
    url: str, *, host: str | None = "127.0.0.1", secrets: Sequence[str] = (OLDER,)
) -> Destination:
    return Destination(
        id=1,
        name="Monitoring",
        url=url,
        types=SUBSCRIBABLE,
        lines=None,
        secrets=tuple(secrets),
        allowed_host=host,
        journal_seq=0,
        failing_since=None,
        accepted_at=None,
        held_until=None,
        disabled_at=None,
        disabled_because=None,
    )


@asynccontextmanager
async def both() -> AsyncIterator[tuple[Receiver, Sender]]:
    async with receiver() as there, Sender.open() as sender:
        yield there, sender


async def test_the_published_library_accepts_what_is_sent_in_a_rotation_too() -> None:
    async with both() as (there, sender):
        to = destination(there.url, secrets=(NEWER, OLDER))
        assert await sender.send(to, MESSAGE, real_now()) == Answer(204)
    (one,) = there.received
    assert one.message_id == MESSAGE.message_id
    assert one.headers["content-type"] == "application/json"
    for secret in (NEWER, OLDER):
        verified = standardwebhooks.Webhook(secret).verify(one.body, one.headers)
        assert verified["type"] == "call.ringing"


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with both() as (there, sender):
        there.status, there.headers = 307, {"Location": there.url}
        answer = await sender.send(destination(there.url), MESSAGE, real_now())
    assert answer == Answer(307)
    assert len(there.received) == 1


async def test_it_says_how_long_it_wants_to_be_left_alone() -> None:
    async with both() as (there, sender):
        there.status, there.headers = 429, {"Retry-After": "120"}
        answer = await sender.send(destination(there.url), MESSAGE, real_now())
    assert answer == Answer(429, retry_after_s=120.0)
    date = {"Retry-After": "Mon, 23 Nov 2026 09:02:00 GMT"}
    assert retry_after_s(date, second(0)) == 120.0
    assert retry_after_s({"Retry-After": "soon"}, second(0)) is None


async def test_of_a_huge_answer_the_status_is_what_counts() -> None:
    async with both() as (there, sender):
        there.status, there.answer = 200, b"x" * (ANSWER_MAX_BYTES * 50)
        assert await sender.send(destination(there.url), MESSAGE, real_now()) == Answer(200)


async def test_who_says_nothing_is_given_up() -> None:
    async with receiver() as there, Sender.open(timeout_s=0.2) as sender:
        there.status = None
        answer = await sender.send(destination(there.url), MESSAGE, real_now())
    assert answer == Answer(None, Failure.TIMED_OUT)


async def test_where_nobody_listens_nobody_is_reached() -> None:
    async with both() as (there, _):
        gone = there.url
    async with Sender.open() as sender:
        answer = await sender.send(destination(gone), MESSAGE, real_now())
    assert answer == Answer(None, Failure.NOT_REACHED)


async def test_who_hangs_up_has_not_answered() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server, Sender.open() as sender:
        port = server.sockets[0].getsockname()[1]
        to = destination(f"http://127.0.0.1:{port}/")
        answer = await sender.send(to, MESSAGE, real_now())
    assert answer == Answer(None, Failure.BROKEN_OFF)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"])
async def test_a_private_address_is_refused_unless_its_host_was_allowed_by_name(host: str) -> None:
    async with both() as (there, sender):
        url = there.url.replace("127.0.0.1", host)
        for allowed in (None, "another.example"):
            answer = await sender.send(destination(url, host=allowed), MESSAGE, real_now())
            assert answer == Answer(None, Failure.PRIVATE_ADDRESS)
    assert there.received == []


async def test_a_name_that_means_another_address_a_moment_later_is_asked_each_time() -> None:
    """Rebinding: the address that was checked is the one that is connected to."""
    async with receiver() as there:
        url = there.url.replace("127.0.0.1", "hooks.example")
        resolver = Answers("127.0.0.1", "127.0.0.2")
        allows = {"127.0.0.1"}.__contains__  # as if that one were public
        async with Sender.open(allows=allows, resolver=resolver) as sender:
            to = destination(url, host=None)
            assert await sender.send(to, MESSAGE, real_now()) == Answer(204)
            refused = await sender.send(to, MESSAGE, real_now())
    assert refused == Answer(None, Failure.PRIVATE_ADDRESS)
    assert len(there.received) == 1


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with both() as (there, sender):
        assert await sender.send(destination(there.url), MESSAGE, real_now()) == Answer(204)
