"""What a filter finds: operators, groups and limits as in the developer help on REST queries."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.desks.autotask.entities import NUMBERS, Field

PAGE_MAX = 500
CONDITIONS_MAX = 500

Record = Mapping[str, Any]
Test = Callable[[Record], bool]


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
    found = list(records)
    for condition in conditions:
        found = list(filter(_test(types, condition), found))
    return found


def page(found: Sequence[Record], asked: Mapping[str, Any], after: int) -> tuple[list[Record], int]:
    """One page of ids over ``after``, and how many are on it at most."""
    size = min(int(asked.get("MaxRecords") or PAGE_MAX), PAGE_MAX)
    rest = sorted((one for one in found if one["id"] > after), key=lambda one: one["id"])
    return rest[:size], size


def _test(types: Mapping[str, Field], condition: Mapping[str, Any]) -> Test:
    operator = condition.get("op")
    if operator in ("and", "or"):
        tests, combine = [_test(types, one) for one in condition["items"]], COMBINED[operator]
        return lambda record: combine(test(record) for test in tests)
    if operator not in COMPARED:
        raise InvalidQueryError(f"Invalid query: {operator} is not an operator.")
    name, value = condition["field"], condition.get("value")
    if condition.get("udf"):
        return lambda record: COMPARED[operator](_udf(record, name), value)
    if name.lower() not in types:
        raise InvalidQueryError(f"Invalid query: Unable to find {name} in the entity.")
    return _test_of(types[name.lower()], operator, value)


def _test_of(field: Field, operator: str, value: Any) -> Test:
    compare = COMPARED[operator]
    if operator in ("exist", "notExist"):
        return lambda record: compare(record[field.name], None)
    values = value if isinstance(value, list) else [value]
    if field.type in NUMBERS and any(isinstance(one, str) for one in values):
        return lambda _record: False  # no error: nothing is found
    read = READ.get(field.type, lambda found: found)
    values = [read(one) for one in values]
    wanted = values if isinstance(value, list) else values[0]
    return lambda record: compare(_read(read, record[field.name]), wanted)


def _read(read: Callable[[Any], Any], found: Any) -> Any:
    return None if found is None else read(found)


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


READ: Mapping[str, Callable[[Any], Any]] = {
    "datetime": moment,
    "string": lambda text: str(text).lower(),
}
"""How values are compared: text without case, as its database does."""

COMBINED: Mapping[str, Callable[[Iterable[bool]], bool]] = {"and": all, "or": any}


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
