"""What is behind a desk on trial whose server is one of ours, in memory."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from aiohttp import web

from callcenter.desks.desk import Desk
from tests.desks.faults import Faults, serving
from tests.desks.trial import Filed, Opens, Remote, Trial, Webhook


class Server(Protocol):
    """What somebody can do there, beside us."""

    faults: Faults

    def app(self) -> web.Application:
        """What answers."""

    def numbers(self, key: str) -> Sequence[str]:
        """Of the tickets with this key."""

    def change(self, number: str, **changed: Any) -> None:
        """Change fields of a ticket."""

    def delete(self, number: str) -> None:
        """Delete a ticket."""

    def filed(self, number: str) -> Filed:
        """What the ticket has as its priority, and of what it is about."""

    def webhook(self, number: str) -> Webhook:
        """What is sent when the ticket changed."""


@asynccontextmanager
async def on_trial(
    server: Server,
    opened_at: Callable[..., AbstractAsyncContextManager[Desk]],
    *,
    denied: Mapping[str, Any],
    closed: Mapping[str, Any],
    opened: Mapping[str, Any],
    filed: Filed,
) -> AsyncIterator[Trial]:
    """A desk that ``opened_at`` gives of the server's address. ``closed`` and ``opened`` are the
    fields of a ticket that is; ``filed`` as of a trial."""
    async with serving(server.app()) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[Desk]:
            async with opened_at(changed.pop("url", url), **changed) as desk:
                yield desk

        async with opens() as desk:
            behind = remote(server, opens, denied=denied, closed=closed, opened=opened)
            yield Trial(desk=desk, remote=behind, filed=filed)


def remote(
    server: Server,
    opens: Opens,
    *,
    denied: Mapping[str, Any],
    closed: Mapping[str, Any],
    opened: Mapping[str, Any],
) -> Remote:
    """What is behind it."""

    async def tickets(key: str) -> Sequence[str]:
        return server.numbers(key)

    async def close(number: str) -> None:
        server.change(number, **closed)

    async def reopen(number: str) -> None:
        server.change(number, **opened)

    async def delete(number: str) -> None:
        server.delete(number)

    async def filed(number: str) -> Filed:
        return server.filed(number)

    async def webhook(number: str) -> Webhook:
        return server.webhook(number)

    return Remote(
        opens=opens,
        faults=server.faults,
        tickets=tickets,
        denied=denied,
        close=close,
        reopen=reopen,
        delete=delete,
        webhook=webhook,
        filed=filed,
    )
