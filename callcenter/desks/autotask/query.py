"""Conditions of a query. Ids and picklist values are numbers: Autotask finds nothing by a string,
and says nothing of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Condition = Mapping[str, Any]


def where(field: str, value: object, op: str = "eq", *, udf: bool = False) -> Condition:
    """``udf``: a field that the company defined itself; a query may have one of them."""
    condition = {"op": op, "field": field, "value": value}
    return condition | {"udf": True} if udf else condition


def either(*conditions: Condition) -> Condition:
    """At most 500 of them, each value of an ``in`` counted."""
    return {"op": "or", "items": conditions}


def both(*conditions: Condition) -> Condition:
    """All of them, as one."""
    return {"op": "and", "items": conditions}


def marked(field: str, marker: str) -> Condition:
    """Text in which a marker may be: its brackets could be taken for a pattern, and are left out.

    What is found is to be looked at once more, for the whole of it.
    """
    return where(field, marker.strip("[]"), "contains")


def query(conditions: Sequence[Condition], fields: Sequence[str] | None) -> dict[str, Any]:
    """The body of the request; None asks for whole records."""
    body: dict[str, Any] = {"filter": list(conditions)}
    return body | {"IncludeFields": list(fields)} if fields else body


def written(at: datetime) -> str:
    """A time as Autotask reads it: UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
