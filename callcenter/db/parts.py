"""Long lists of keys in parts: both databases bound the parameters of a statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

PART = 500
"""Keys in one query."""

T = TypeVar("T")


def parts(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """The list in parts of at most PART."""
    return (whole[start : start + PART] for start in range(0, len(whole), PART))
