"""A desk on trial, with what is behind it: what the conformance suite needs of each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from callcenter.desks.desk import Desk
from tests.desks.faults import Faults

Webhook = tuple[Mapping[str, str], bytes]
"""Headers and body."""


Filed = tuple[Any, Any]
"""A priority and a category, as a desk keeps them."""


class Opens(Protocol):
    """Another desk of the kind, on the same server; ``changed`` is what is not as it should be."""

    def __call__(self, **changed: Any) -> AbstractAsyncContextManager[Desk]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What is behind a desk that is asked over HTTP.

    ``faults`` are of the request that makes a ticket and of the one that looks for it. ``opens``
    takes ``url``, ``timeout_s`` and whatever ``denied`` has: a wrong key. ``close``, ``reopen`` and
    ``delete`` are done by somebody there, beside us; None where the desk has no such thing.
    ``webhook`` is what the desk sends once this ticket has changed. ``filed`` is what the ticket
    has there as its priority, and where it says what it is about.
    """

    opens: Opens
    faults: Faults
    tickets: Callable[[str], Awaitable[Sequence[str]]]  # numbers of a key's, as the server has them
    denied: Mapping[str, Any]
    close: Callable[[str], Awaitable[None]] | None = None
    reopen: Callable[[str], Awaitable[None]] | None = None
    delete: Callable[[str], Awaitable[None]] | None = None
    webhook: Callable[[str], Awaitable[Webhook]] | None = None
    filed: Callable[[str], Awaitable[Filed]] | None = None


TEXTS = ("Élise & <b>Fils</b> \N{CRAB}", "'\"\\", "x" * 150, "\u202etxet")
"""What a name may look like."""


class Can(StrEnum):
    """What not every desk is or can do."""

    REMOTE = "remote"  # it is asked over HTTP
    SEARCH = "search"
    UNIQUE = "unique"  # of two tickets with the same key it makes one itself
    RECOGNISE = "recognise"  # it may be asked again for the same ticket
    READ = "read"
    WRITE = "write"
    HEAR = "hear"
    CONTACTS = "contacts"
    DELETE = "delete"  # its people can delete a ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``unknown`` is a number that no ticket of it has; ``texts`` may all stand in a ticket.

    ``filed`` is what a desk that can be written to makes of a high priority, and of a ticket about
    "Hardware > Printer": its ``filing`` has labels for both.
    """

    desk: Desk
    unknown: str = "999999"
    remote: Remote | None = None
    texts: Sequence[str] = TEXTS
    filed: Filed = (None, None)


Opener = Callable[[Path, str], AbstractAsyncContextManager[Trial]]
"""Given a folder of its own, and the address of a migrated SQLite database."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of desk, and what it can."""

    open: Opener
    can: frozenset[Can]

    def __str__(self) -> str:
        return self.open.__name__
