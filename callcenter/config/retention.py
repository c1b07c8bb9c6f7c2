"""``[retention]``: how long callers are known, and heard."""

from typing import Annotated, Final

from pydantic import Field

from callcenter.config.names import Table

LEAST_DAYS: Final = 30
"""For so long a caller's next call says that the last one solved nothing, changes are heard of and
webhooks sent again: what is younger than that is in use."""

MOST_DAYS: Final = 3650


class Retention(Table):
    """Calls that began more than ``callers_days`` ago lose their caller: number, name and contact.
    Their company and every figure stay. Recordings of calls that began more than
    ``recordings_days`` ago are removed from their folders. Without these nothing is removed.
    """

    callers_days: Annotated[int, Field(ge=LEAST_DAYS, le=MOST_DAYS)] | None = None
    recordings_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
