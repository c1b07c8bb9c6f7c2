"""What a filter finds: operators, groups and limits as in the developer help on REST queries."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.desks.autotask.entities import NUMBERS, Field

PAGE_MAX = 500
CONDITIONS_MAX = 500

Record = Mapping[str, Any]


class InvalidQueryError(Exception):
    """In Autotask's words."""


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: found == value,
    "noteq": lambda found, value: found != value,
    "gt": lambda found, value: found is not None and found > value,
    "gte": lambda found, value: found is not None and found >= value,
    "lt": lambda found, value: found is not None and found < value,
    "lte": lambda found, value: found is not None and found <= value,
    "beginsWith": lambda found, value: (found or "").startswith(value),
    "endsWith": lambda found, value: (found or "").endswith(value),
    "contains": lambda found, value: value in (found or ""),
    "exist": lambda found, _value: found is not None,
    "notExist": lambda found, _value: found is None,
    "in": lambda found, value: found in value,
    "notIn": lambda found, value: found not in value,
}


def matching(
    records: Sequence[Record], fields: Sequence[Field], asked: Mapping[str, Any]
) -> list[Record]:
    """The records that pass every condition. Raises InvalidQueryError."""
    conditions = asked.get("filter", asked.get("Filter"))
    if not conditions:
        raise InvalidQueryError("Invalid query: Filter is mandatory.")
    if _count(conditions) > CONDITIONS_MAX:
        raise InvalidQueryError(
            "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."
        )
    if _udfs(conditions) > 1:
        raise InvalidQueryError("Invalid query syntax. Only one UDF may be queried.")
    types = {field.name.lower(): field for field in fields}
    return [record for record in records if all(_passes(record, types, c) for c in conditions)]


def page(found: Sequence[Record], asked: Mapping[str, Any], after: int) -> tuple[list[Record], int]:
    """One page of ids over ``after``, and how many are on it at most."""
    size = min(int(asked.get("MaxRecords") or PAGE_MAX), PAGE_MAX)
    rest = sorted((one for one in found if one["id"] > after), key=lambda one: one["id"])
    return rest[:size], size


def _passes(record: Record, types: Mapping[str, Field], condition: Mapping[str, Any]) -> bool:
    operator = condition.get("op")
    if operator in ("and", "or"):
        parts = [_passes(record, types, one) for one in condition["items"]]
        return any(parts) if operator == "or" else all(parts)
    if operator not in COMPARED:
        raise InvalidQueryError(f"Invalid query: {operator} is not an operator.")
    name, value = condition["field"], condition.get("value")
    if condition.get("udf"):
        return COMPARED[operator](_udf(record, name), value)
    field = types.get(name.lower())
    if field is None:
        raise InvalidQueryError(f"Invalid query: Unable to find {name} in the entity.")
    return _compare(operator, field, record[field.name], value)


def _compare(operator: str, field: Field, found: Any, value: Any) -> bool:
    if operator in ("exist", "notExist"):
        return COMPARED[operator](found, value)
    values = value if isinstance(value, list) else [value]
    if field.type in NUMBERS and any(isinstance(one, str) for one in values):
        return False  # no error: nothing is found
    if field.type == "datetime":
        found, values = found and moment(found), [moment(one) for one in values]
    if field.type == "string":
        # Its database compares without case.
        found, values = found and found.lower(), [str(one).lower() for one in values]
    return COMPARED[operator](found, values if isinstance(value, list) else values[0])


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _udf(record: Record, name: str) -> Any:
    found = record.get("userDefinedFields") or ()
    return next((one["value"] for one in found if one["name"] == name), None)


def _count(conditions: Sequence[Mapping[str, Any]]) -> int:
    total = 0
    for one in conditions:
        if one.get("op") in ("and", "or"):
            total += _count(one["items"])
        else:
            total += len(one["value"]) if one.get("op") in ("in", "notIn") else 1
    return total


def _udfs(conditions: Sequence[Mapping[str, Any]]) -> int:
    return json.dumps(conditions).count('"udf": true')
