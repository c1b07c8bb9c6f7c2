"""A table of figures: once, for the page, for CSV and for XLSX."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from callcenter.core.counts import Counts
from callcenter.core.metrics import Metric, Unit, figure
from callcenter.web.names import Agreed


class CellUnit(StrEnum):
    """What a cell has: whole calls, a share from 0 to 1, or seconds."""

    CALLS = "calls"
    SHARE = "share"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``code`` is what its heading is looked up by."""

    code: str
    unit: CellUnit
    value: Callable[[Counts], float | None]


def _calls(name: str) -> Column:
    return Column(name, CellUnit.CALLS, lambda counts: getattr(counts, name))


def _metric(metric: Metric) -> Column:
    is_time = figure(metric, Counts()).unit is Unit.SECONDS
    unit = CellUnit.SECONDS if is_time else CellUnit.SHARE
    return Column(metric.value, unit, lambda counts: figure(metric, counts).value)


LINES: Final = (
    _calls("offered"),
    _calls("answered"),
    _calls("abandoned"),
    _calls("overflowed"),
    _calls("closed"),
    _metric(Metric.SERVICE_LEVEL),
    _metric(Metric.ASA),
    _metric(Metric.ABANDONMENT_RATE),
    _metric(Metric.AHT),
    _metric(Metric.TICKET_COVERAGE),
)
"""Of lines, whose agents are there for others too."""

TIME: Final = (*LINES, _metric(Metric.OCCUPANCY))
"""Of hours, days and weeks."""

CALLERS: Final = (
    _calls("offered"),
    _calls("answered"),
    _calls("missed"),
    _calls("new_problems"),
    _calls("solved_first"),
    _metric(Metric.FIRST_CALL_RESOLUTION),
    _calls("repeated"),
    _metric(Metric.AHT),
)
"""Of callers, companies, and whoever looks after them."""

ANSWERED: Final = (
    _calls("answered"),
    _metric(Metric.TALK),
    _metric(Metric.HOLD),
    _metric(Metric.ACW),
    _metric(Metric.AHT),
    _metric(Metric.TRANSFER_RATE),
    _calls("new_problems"),
    _calls("solved_first"),
    _metric(Metric.FIRST_CALL_RESOLUTION),
    _metric(Metric.TICKET_COVERAGE),
)
"""Of what calls were about: answered calls alone."""

AGENTS: Final = (*ANSWERED, _metric(Metric.OCCUPANCY))
"""Of those who answered them."""


Label: TypeAlias = str | Agreed | date | int | None
"""What the first cell of a row says: a name, a word of tickets, what was agreed, a day, the number
of a part of the time (``db/reports.py``, Grain), or None: nobody, or none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table. ``calls`` is where the calls are listed that make it, None: nowhere."""

    label: Label
    counts: Counts
    calls: str | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)  # the same by a column's code

    def cells(self, columns: Sequence[Column]) -> list[float | None]:
        """Its figures, a column each."""
        return [column.value(self.counts) for column in columns]


@dataclass(frozen=True, slots=True)
class Table:
    """``others`` says how many more there are, whose calls are ``rest``; ``total`` is all."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    total: Counts
    others: int = 0
    rest: Counts | None = None
