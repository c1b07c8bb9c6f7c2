"""What the telephones wrote down of holds, which no record of Asterisk's has.

A line is ``WHAT NUMBER DATE TIME EPOCH``, written by SIPp: ``held`` when the caller was put on
hold, or the code of a transfer was pressed, ``taken-back``, and ``over``. A file is a telephone's.
"""

from collections import defaultdict
from collections.abc import Iterable

Holds = dict[tuple[str, str], tuple[int, float]]
"""By telephone and the caller's number: how many holds, and their seconds."""


def read(telephone: str, lines: Iterable[str]) -> Holds:
    """The holds at one telephone. Raises ValueError for a line that is none."""
    since: dict[str, float] = {}
    found: defaultdict[tuple[str, str], tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for line in lines:
        try:
            what, number, _day, _time, epoch = line.split()
            at = float(epoch)
        except ValueError:
            raise ValueError(f"{telephone}: {line!r} tells of no hold") from None
        if what == "held":
            since[number] = at
        elif number in since:
            count, seconds = found[telephone, number]
            found[telephone, number] = (count + 1, seconds + at - since.pop(number))
    return dict(found)
