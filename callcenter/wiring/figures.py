"""Figures: by which rules each line's calls are counted."""

from collections.abc import Callable
from datetime import datetime

from callcenter.calls.counting import Counting
from callcenter.config import Line, Settings
from callcenter.db.figures import Rules


def counting(settings: Settings, now: Callable[[], datetime]) -> Counting:
    """The job, as it is configured."""
    threshold_s: float = Line.model_fields["service_level_s"].default
    return Counting(
        rules={line.name: Rules(line.timezone, line.service_level_s) for line in settings.lines},
        otherwise=Rules(settings.site.timezone, threshold_s),
        now=now,
    )
