"""What may be said of an agent, a telephone or a token on the command line."""

import re
from typing import Any

import click

from callcenter.config.names import INTERFACE


class Fitting(click.ParamType):  # type: ignore[type-arg]  # only newer clicks let it have one
    """Text that prints and that the whole pattern fits; ``mend`` says how to write it otherwise."""

    name = "text"

    def __init__(self, pattern: str, mend: str) -> None:
        self._pattern = re.compile(pattern)
        self._mend = mend

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the text as it is; what does not fit is wrong use."""
        text = str(value)
        if not text.isprintable() or not self._pattern.fullmatch(text):
            self.fail(self._mend, param, ctx)
        return text


LOGIN = Fitting(r"\S{1,64}", "must be 1 to 64 characters without a blank")
"""The sign-in form takes no other."""

NAME = Fitting(r"\S(.{0,62}\S)?", "must be 1 to 64 characters that print")

TELEPHONE = Fitting(INTERFACE, "must be as Asterisk calls it, such as PJSIP/101")
