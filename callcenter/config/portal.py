"""``[portal]``: pages on which customers read their company's tickets, and open new ones."""

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from callcenter.config.names import Name, Table


class Portal(Table):
    """Off unless it is ``enabled``. What customers open is in the queue of ``line``, under a day
    of its time zone.
    """

    enabled: bool = False
    line: Name | None = None

    @model_validator(mode="after")
    def _has_line(self) -> Self:
        if self.enabled and self.line is None:
            raise PydanticCustomError("line", 'needs a line, for its tickets: line = "..."')
        return self
