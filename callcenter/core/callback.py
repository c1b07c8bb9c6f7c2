"""Missed calls as a to-do: when one is closed, and who has it."""

from datetime import datetime, timedelta
from enum import StrEnum


class Closing(StrEnum):
    """Why nobody has to call back any more."""

    CALLED_AGAIN = "called_again"  # and was answered, on whatever line
    CALLED_BACK = "called_back"  # and answered
    # Said by an agent:
    NO_NEED = "no_need"
    REACHED = "reached"  # in another way
    UNREACHABLE = "unreachable"  # tried in vain, or nobody to call
    NUISANCE = "nuisance"


DISMISSALS = (Closing.NO_NEED, Closing.REACHED, Closing.UNREACHABLE, Closing.NUISANCE)
"""The reasons that an agent may give."""

TAKEN_FOR = timedelta(minutes=30)
"""So long is a to-do an agent's own; who forgot it keeps no customer waiting longer."""


def is_held(taken_at: datetime | None, now: datetime) -> bool:
    """Whether who took a to-do at that time still has it."""
    return taken_at is not None and now - taken_at < TAKEN_FOR
