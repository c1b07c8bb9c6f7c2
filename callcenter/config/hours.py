"""When a line is open: ``mon-fri 08:30-12:00``."""

import re
from typing import Any

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from callcenter.config.names import Table

_DAY = "mon|tue|wed|thu|fri|sat|sun"
_OPENS = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(rf"((?:{_DAY})(?:-(?:{_DAY}))?)\s+({_OPENS})-({_OPENS}|24:00)")


class Hours(Table):
    """Open on ``days`` (``mon-fri``, ``sat``, or over the week's end ``fri-mon``).

    ``opens`` is inside and ``closes`` (to ``24:00``) is not; a span that closes before it opens
    goes past midnight.
    """

    days: str
    opens: str
    closes: str

    @model_validator(mode="before")
    @classmethod
    def _read(cls, text: Any) -> Any:
        match = _HOURS.fullmatch(text.strip().lower()) if isinstance(text, str) else None
        if match is None or match[2] == match[3]:
            raise PydanticCustomError("hours", "must be days and times: 'mon-fri 08:30-18:00'")
        return {"days": match[1], "opens": match[2], "closes": match[3]}
