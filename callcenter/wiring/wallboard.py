"""The wallboard: by what a line's day is counted, and what is an alarm, as it is configured."""

from zoneinfo import ZoneInfo

from callcenter.config import Line
from callcenter.core.wallboard import Limits, LineRules

PERCENT = 100


def line_rules(line: Line) -> LineRules:
    """Of one line."""
    said = line.wallboard
    return LineRules(
        service_level_s=line.service_level_s,
        timezone=ZoneInfo(line.timezone),
        limits=Limits(
            waiting=said.waiting,
            longest_wait_s=said.longest_wait_s,
            nobody_available=said.nobody_available,
            service_level=said.service_level / PERCENT,
            service_level_calls=said.service_level_calls,
            oldest_obligation_s=said.oldest_obligation_s,
        ),
    )
