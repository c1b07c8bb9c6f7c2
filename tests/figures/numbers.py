"""Callers' numbers: each is one call's alone, and tells the telephones what they do with it.

All are from the French ranges for fiction.

============  ====================================================================================
063998 abcd   answered, as is 053649: ``a`` says what the agent does, ``b`` after how long it is
              answered, ``c`` how long they talk, ``d`` by which telephone first
019900 abcd   nobody answers, nor is there anybody to
============  ====================================================================================

What is written here as a pattern is a POSIX extended regular expression, for SIPp.
"""

from collections.abc import Iterator
from itertools import product
from random import Random

TALKS = ("063998", "053649")
IGNORED = "019900"
ANSWERED = f"^({'|'.join(TALKS)})"

DOES = {
    "0": "hangs up",
    "1": "stays",
    "2": "holds",
    "3": "transfers by #1",
    "4": "transfers by key",
    "5": "transfers by *2",
    "6": "sends on to the other line",
}
"""By the digit ``a``."""

RING_S = {"0123": 0.4, "456": 1.1, "78": 2.3, "9": 4.8}
"""By the digit ``b``: the last are longer than the service level promises."""

TALK_S = {"012": 0.8, "3456": 1.5, "789": 2.4}
"""By the digit ``c``."""


def rings_for(digits: str) -> str:
    """The numbers whose digit ``b`` is one of these."""
    return f"^0.{{6}}[{digits}]"


def does(digit: str, talks: str) -> str:
    """The numbers whose digit ``a`` is this one, and ``c`` one of these."""
    return f"^0.{{5}}{digit}.[{talks}]"


def talked_s(number: str) -> float:
    """How long the two of them talk, where the caller ends it."""
    return next(seconds for digits, seconds in TALK_S.items() if number[8] in digits)


class Numbers:
    """Numbers in a random order, none twice."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._left: dict[tuple[str, str], Iterator[str]] = {}

    def answered(self, does: str, rings: str = "012345678") -> str:
        """One whose agent does this (a word of DOES), after one of these rings."""
        (digit,) = (digit for digit, word in DOES.items() if word == does)
        return self._next(TALKS, digit, rings)

    def ignored(self) -> str:
        """One that nobody answers."""
        return self._next((IGNORED,), "0123456789", "0123456789")

    def _next(self, prefixes: tuple[str, ...], first: str, second: str) -> str:
        key = (first, second)
        if key not in self._left:
            every = [
                "".join(parts)
                for parts in product(prefixes, first, second, "0123456789", "0123456789")
            ]
            self._dice.shuffle(every)
            self._left[key] = iter(every)
        return next(self._left[key])
