"""What is behind a desk on trial whose server is one of ours, in memory."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tests.desks.faults import Faults
from tests.desks.trial import Opens, Remote, Webhook


class Server(Protocol):
    """What somebody can do there, beside us."""

    faults: Faults

    def numbers(self, key: str) -> Sequence[str]:
        """Of the tickets with this key."""

    def change(self, number: str, **changed: Any) -> None:
        """Change fields of a ticket."""

    def delete(self, number: str) -> None:
        """Delete a ticket."""

    def webhook(self, number: str) -> Webhook:
        """What is sent when the ticket changed."""


def remote(
    server: Server,
    opens: Opens,
    *,
    denied: Mapping[str, Any],
    closed: Mapping[str, Any],
    opened: Mapping[str, Any],
) -> Remote:
    """``closed`` and ``opened`` are the fields of a ticket that is."""

    async def tickets(key: str) -> Sequence[str]:
        return server.numbers(key)

    async def close(number: str) -> None:
        server.change(number, **closed)

    async def reopen(number: str) -> None:
        server.change(number, **opened)

    async def delete(number: str) -> None:
        server.delete(number)

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
    )
