"""pydantic's complaints, told to whoever wrote the file."""

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from callcenter.config.document import Place
from callcenter.config.settings import Settings
from callcenter.config.shape import resolved, written

MENDS = {
    "missing": "is missing: add it",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be text in quotes",
    "tuple_type": 'must be a list: ["...", "..."]',
    "string_too_short": "must not be empty",
    "literal_error": "must be {expected}",
    "union_tag_not_found": "is missing: add it",
    "union_tag_invalid": "must be one of {expected_tags}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}
"""What to do about each of pydantic's error types that this configuration can meet."""


def complaints(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """Each complaint as its place and the mend. Values are not repeated: some are secret."""
    for detail in error.errors(include_url=False, include_input=False):
        place, _ = resolved(detail["loc"], Settings)
        if detail["type"].startswith("union_tag"):
            place = (*place, "kind")
        yield place, _mend(detail, place)


def _mend(detail: ErrorDetails, place: Place) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown(detail["loc"])
    if detail["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"must be a table: [{'.'.join(str(part) for part in place if part != 0)}]"
    context: dict[str, Any] = detail.get("ctx", {})
    return MENDS.get(detail["type"], detail["msg"]).format_map(context)


def _unknown(place: Place) -> str:
    _, model = resolved(place[:-1], Settings)
    known = written(model) if model else ()
    near = difflib.get_close_matches(str(place[-1]).lower(), known, 1)
    return (
        f"is not a key here: did you mean {near[0]}?"
        if near
        else (f"is not a key here: there are {', '.join(known)}")
    )
