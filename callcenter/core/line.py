"""A line as call tracking needs it: how its calls are recognised among everything a PBX does."""

from collections.abc import Iterable
from dataclasses import dataclass

SHORT_ABANDON_S = 6.0
"""An abandoned call with a shorter wait says nothing about the team (``product.md``, Bs)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A support number on one PBX.

    A call is the line's when it arrives at one of ``extensions``, runs in one of ``contexts``, or
    joins ``queue``. ``ring`` are the interfaces of a Dial ring group; a line has one or the other.
    """

    name: str
    extensions: frozenset[str]
    queue: str | None = None
    ring: tuple[str, ...] = ()
    contexts: frozenset[str] = frozenset()
    short_abandon_s: float = SHORT_ABANDON_S


class Lines:
    """The lines of one PBX, found by what its events say."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.every = tuple(lines)
        self.by_name = {line.name: line for line in self.every}
        self.by_queue = {line.queue: line for line in self.every if line.queue}
        self.by_extension = {one: line for line in self.every for one in line.extensions}
        self.by_context = {one: line for line in self.every for one in line.contexts}
