"""``[pauses]``: what agents may say when they take a pause."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from callcenter.config.names import Listed, Table, Word
from callcenter.core.enforcement import TICKET

REASON_MAX_BYTES = 79
"""What app_queue keeps of a reason (``reason_paused``)."""


def _keepable(reason: str) -> str:
    if len(reason.encode()) > REASON_MAX_BYTES or reason != reason.strip():
        raise PydanticCustomError(
            "reason",
            "must be at most {bytes} bytes, with no blank around it",
            {"bytes": REASON_MAX_BYTES},
        )
    if reason == TICKET:
        raise PydanticCustomError(
            "reason", "'{ticket}' is what enforcement says: choose another", {"ticket": TICKET}
        )
    return reason


class Pauses(Table):
    """The reasons from which an agent chooses. These four are shown in the reader's language,
    others as they are written.
    """

    reasons: Annotated[
        tuple[Annotated[Word, AfterValidator(_keepable)], ...], Listed, Field(min_length=1)
    ] = ("break", "lunch", "meeting", "training")
