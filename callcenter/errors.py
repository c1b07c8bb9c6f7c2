"""The errors callcenter raises on purpose.

    CallcenterError             anything below; ``code`` is stable, the message says what to do next
    └── ConfigError             the configuration has mistakes: all of them, each with its place

An edge adds its own below ``CallcenterError``, in its own package.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class CallcenterError(Exception):
    """An error whose message tells the reader what to do next.

    ``code`` is what programs go by: it is part of the API and outlives the wording.
    """

    code: ClassVar[str] = "error"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in the configuration.

    ``place`` is where the reader finds it (``callcenter.toml, line 14, line.support.pbx``, or the
    name of a variable); ``mend`` says what is wrong and how to put it right.
    """

    place: str
    mend: str

    def __str__(self) -> str:
        return f"{self.place}: {self.mend}"


class ConfigError(CallcenterError):
    """The configuration cannot be used: ``mistakes`` has every one, in the order of the file."""

    code = "config"

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        heading = f"{count} mistake{'s' if count > 1 else ''} in the configuration:"
        super().__init__("\n".join([heading, *(f"  {mistake}" for mistake in self.mistakes)]))
