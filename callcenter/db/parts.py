"""Long lists of keys in parts: both databases bound the parameters of a statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

PART = 500
"""Keys in one query."""

T = TypeVar("T")


def parts(whole: Sequence[T], most: int | None = None) -> Iterator[Sequence[T]]:
    """The list in parts of at most ``most``, or of PART."""
    size = most or PART
    return (whole[start : start + size] for start in range(0, len(whole), size))
