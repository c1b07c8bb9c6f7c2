"""Long lists of keys in parts: both databases bound the parameters of a statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

PART = 500
"""Keys in one query."""

T = TypeVar("T")


def parts(whole: Sequence[T], most: int = PART) -> Iterator[Sequence[T]]:
    """The list in parts of at most ``most``."""
    return (whole[start : start + most] for start in range(0, len(whole), most))
