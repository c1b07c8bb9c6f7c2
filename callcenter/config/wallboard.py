"""``[wallboard]`` and ``[line.wallboard]``: from where on a line's state is an alarm."""

from typing import Annotated

from pydantic import Field

from callcenter.config.names import Table

Seconds = Annotated[int, Field(ge=0, le=86_400)]


class Wallboard(Table):
    """A line has those of ``[wallboard]``, but for the keys that its own table has.

    An alarm is when ``waiting`` calls wait, or one of them for ``longest_wait_s``; when no call
    could ring for anybody (``nobody_available``); when today's service level is below
    ``service_level`` percent, once it is of ``service_level_calls`` calls; and when an answered
    call has no ticket, or one that nobody has written, for ``oldest_obligation_s``. 0 is never.
    """

    waiting: Annotated[int, Field(ge=0, le=1000)] = 3
    longest_wait_s: Seconds = 60
    nobody_available: bool = True
    service_level: Annotated[int, Field(ge=0, le=100)] = 80
    service_level_calls: Annotated[int, Field(ge=1, le=100_000)] = 10
    oldest_obligation_s: Seconds = 1800
