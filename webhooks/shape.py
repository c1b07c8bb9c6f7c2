"""What every shape on the wire has in common."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer


def rfc3339(moment: datetime) -> str:
    """RFC 3339 with offset and milliseconds: ``2026-11-23T09:12:04.512+00:00``."""
    return moment.isoformat(timespec="milliseconds")


Moment = Annotated[AwareDatetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
"""A point in time; naive ones are refused, so that no reader has to guess the offset."""


class Shape(BaseModel):
    """Immutable, and closed: a field that is not of the contract is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
