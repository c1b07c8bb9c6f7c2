"""``[audit]``: when calls, tickets and the PBX's records are held against each other."""

from typing import Annotated

from pydantic import Field

from callcenter.config.names import Table


class Audit(Table):
    """The last day is compared every ``every_minutes``, and the last seven at ``night_hour``
    o'clock of the site's time.
    """

    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    night_hour: Annotated[int, Field(ge=0, le=23)] = 3
