"""What Autotask's refusals mean: most of them are 500, and only their words tell them apart."""

import re
from datetime import datetime

from pydantic import BaseModel, ValidationError

from callcenter.desks.client import Answer, plain, refusal
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    GoneError,
    RateLimitedError,
    RejectedError,
)

BUSY_PAUSE_S = 2.0
"""After too many requests at once: another of this integration ends within this time."""

BUSY = re.compile("itgenatr005|threshold", re.IGNORECASE)
DENIED = re.compile("adequate permissions", re.IGNORECASE)
GONE = re.compile("no matching records found", re.IGNORECASE)
INVALID = re.compile(
    "data violation|missing required field|does not exist or is invalid|is required|picklist"
    "|invalid query|unable to find",
    re.IGNORECASE,
)


class _Said(BaseModel):
    message: str


class _Errors(BaseModel):
    errors: list[str | _Said] = []


def error_of(answer: Answer, now: datetime) -> DeskError:
    """The error that an answer is. What is not known by its words may have been carried out."""
    words = words_of(answer)
    told = f"the desk answered {answer.status}: {words}"
    if answer.status != 500:
        return refusal(answer, words, now)
    if BUSY.search(words):
        return RateLimitedError(told, BUSY_PAUSE_S)
    if DENIED.search(words):
        return DeniedError(f"{told}: give it to the security level of our API user")
    if GONE.search(words):
        return GoneError(told)
    if INVALID.search(words):
        return RejectedError(told)
    return refusal(answer, words, now)


def words_of(answer: Answer) -> str:
    """What it says is wrong; nothing where the answer is not of Autotask's form."""
    try:
        errors = _Errors.model_validate_json(answer.body).errors
    except ValidationError:
        return ""
    return plain("; ".join(one if isinstance(one, str) else one.message for one in errors))
