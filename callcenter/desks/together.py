"""A desk that is asked for one key at a time, and what it answers for many."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

AT_ONCE = 4
"""Keys asked for together, which leaves the ticket job connections of its own."""

T = TypeVar("T")


async def together(ask: Callable[[str], Awaitable[T]], keys: Collection[str]) -> dict[str, T]:
    """What is answered for each key. Raises what was raised for the first that failed."""
    found: dict[str, T] = {}
    wanted = sorted(keys)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        answers = await asyncio.gather(*map(ask, some), return_exceptions=True)
        for key, answer in zip(some, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            found[key] = answer
    return found
