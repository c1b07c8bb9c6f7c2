"""Calls by weekday and hour: the more of them, the darker the cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.db.reports import DAYS_A_WEEK, HOURS
from callcenter.web.tables import Line


@dataclass(frozen=True, slots=True)
class Heat:
    """Calls by hour and weekday, Monday first, None where there are none; ``most`` is the greatest
    number of them, at least 1."""

    hours: Sequence[tuple[int, Sequence[Line | None]]]
    most: int

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Heat":
        """From the first hour that has calls to the last; the labels are Grain.HOUR_OF_WEEK."""
        found = {line.label: line for line in lines if line.counts.offered}
        hours = [key % HOURS for key in found if isinstance(key, int)]
        return cls(
            [
                (hour, [found.get(day * HOURS + hour) for day in range(DAYS_A_WEEK)])
                for hour in range(min(hours, default=0), max(hours, default=-1) + 1)
            ],
            max((line.counts.offered for line in lines), default=1) or 1,
        )
