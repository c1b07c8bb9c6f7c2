"""Field types that several tables of the configuration share."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError


def matching(pattern: str, mend: str) -> AfterValidator:
    """Accept text that the whole pattern fits, and say how to write it otherwise."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("form", "{mend}", {"mend": mend})
        return text

    return AfterValidator(check)


Name = Annotated[
    str,
    matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "must be 1 to 40 letters, digits, '-' and '_'"),
]
"""What an entry is called. It becomes part of Asterisk contexts and of variable names."""

Digits = Annotated[str, matching(r"[0-9]{1,20}", "must be digits, in quotes")]

INTERFACE = r"[A-Za-z0-9]+/[^\s\x00-\x1f\x7f,;&|]{1,79}"

Interface = Annotated[
    str,
    matching(INTERFACE, "must be a telephone as Asterisk calls it, such as 'PJSIP/101'"),
]
"""What is not of this form never rings, and never answers anything."""

Port = Annotated[int, Field(ge=1, le=65535)]

_ASTERISK_BREAKERS = re.compile(r"[\x00-\x1f\x7f;]")


def _one_line(text: str) -> str:
    """Refuse what would end a line, or begin a comment, in Asterisk's files or on AMI's wire."""
    if _ASTERISK_BREAKERS.search(text):
        raise PydanticCustomError("one_line", "has a control character or ';' in it: take it out")
    return text


Word = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
"""Text that goes into Asterisk's files or to AMI: one line, not empty."""


def _split(value: Any) -> Any:
    """Take a list as TOML has it, or as a variable has it: ``PJSIP/101, PJSIP/102``."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


Listed = BeforeValidator(_split)


class Table(BaseModel):
    """A table of the configuration: nothing unknown in it, nothing changed after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
