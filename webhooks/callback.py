"""A missed call that somebody is to call back about."""

from typing import Literal

from webhooks.call import Caller
from webhooks.shape import Moment, Shape

Closing = Literal["called_again", "called_back", "no_need", "reached", "unreachable", "nuisance"]


class Callback(Shape):
    """One caller of one line whom nobody answered, until they are reached or somebody says why not.

    A caller who withheld the number has one for each call: nobody can tell them apart.
    """

    id: int
    line: str
    caller: Caller
    company: str | None
    call: str | None  # id of the last call that was missed; None once it is removed
    first_missed_at: Moment
    last_missed_at: Moment
    times: int
    longest_wait_s: float
    taken_by: str | None  # login of who calls back
    taken_at: Moment | None
    closed_at: Moment | None
    closed_because: Closing | None
    closed_by: str | None  # a login; None: by itself
