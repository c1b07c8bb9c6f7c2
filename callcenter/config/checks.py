"""What one table of the configuration demands of another.

These look at the values as they were written, so that they speak up together with the mistakes
inside single tables: whoever mends the file sees everything at once.
"""

from collections.abc import Iterator
from typing import Any

from callcenter.config.document import Place

Found = tuple[Place, str]
"""A mistake: where it is, and the mend."""

Entry = tuple[int, dict[str, Any]]


def check(values: dict[str, Any]) -> Iterator[Found]:
    """Every mistake between the tables."""
    for section in ("pbx", "line", "desk", "alerts"):
        yield from _unique(values, section, ("name",))
    yield from _unique(values, "telephone", ("pbx", "name"))
    yield from _unique(values, "line", ("number",))
    yield from _unique(values, "line", ("pbx", "extension"))
    yield from _unique(values, "line", ("pbx", "queue"))
    yield from _named(values, "line", "pbx", "PBX")
    yield from _named(values, "telephone", "pbx", "PBX")
    yield from _named(values, "line", "desk", "desk")
    yield from _portal(values)
    for index, alerts in _entries(values, "alerts"):
        yield from _alerts(values, alerts, ("alerts", index))
    for index, line in _entries(values, "line"):
        yield from _rings(line, ("line", index))
        yield from _graced(line.get("enforcement"), ("line", index, "enforcement"))
    for index, pbx in _entries(values, "pbx"):
        yield from _recorded_once(pbx.get("records"), ("pbx", index, "records"))
    for index, telephone in _entries(values, "telephone"):
        yield from _reached(telephone, ("telephone", index))


def _entries(values: dict[str, Any], section: str) -> Iterator[Entry]:
    entries = values.get(section)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield index, entry


def _unique(values: dict[str, Any], section: str, keys: tuple[str, ...]) -> Iterator[Found]:
    """Say of each entry that one before it is called, or dialled, the same."""
    seen: set[tuple[str, ...]] = set()
    for index, entry in _entries(values, section):
        value = tuple(str(entry.get(key, "")) for key in keys)
        if value in seen and all(value):
            key = keys[-1]
            yield (section, index, key), f"another {section} has {key} {value[-1]!r}: change one"
        seen.add(value)


def _named(values: dict[str, Any], section: str, key: str, noun: str) -> Iterator[Found]:
    """Say of each entry that it names a PBX or a desk which is not there."""
    names = [entry["name"] for _, entry in _entries(values, key) if entry.get("name")]
    if key == "desk" and key not in values:
        names = ["builtin"]  # as Settings has it
    for index, entry in _entries(values, section):
        name = entry.get(key, "builtin" if key == "desk" else None)
        if isinstance(name, str) and name not in names:
            yield (section, index, key), f"names {name!r}, but {_which(noun, key, names)}"


def _which(noun: str, key: str, names: list[Any]) -> str:
    if not names:
        return f"there is no {noun}: add a [[{key}]] table"
    shown = ", ".join(repr(name) for name in names)
    return f"the only {noun} is {shown}" if len(names) == 1 else f"there are {noun} {shown}"


def _portal(values: dict[str, Any]) -> Iterator[Found]:
    """Its tickets are in the built-in desk: so are those of its line, or customers see neither."""
    portal = values.get("portal")
    if not isinstance(portal, dict):
        return
    yield from _lined(values, portal, ("portal",))
    name = portal.get("line")
    desks = {str(line.get("name")): str(line.get("desk")) for _, line in _entries(values, "line")}
    kinds = {str(desk.get("name")): desk.get("kind") for _, desk in _entries(values, "desk")}
    if name in desks and kinds.get(desks[name], "builtin") != "builtin":
        yield ("portal", "line"), f"names {name!r}, whose tickets are not in a desk of kind builtin"


def _alerts(values: dict[str, Any], alerts: dict[str, Any], at: Place) -> Iterator[Found]:
    yield from _lined(values, alerts, at)
    for index, rule in _entries(alerts, "rule"):
        yield from _lined(values, rule, (*at, "rule", index))


def _lined(values: dict[str, Any], table: dict[str, Any], at: Place) -> Iterator[Found]:
    """Say of a table that it names a line which is not there."""
    names = [str(line.get("name")) for _, line in _entries(values, "line")]
    name = table.get("line")
    if isinstance(name, str) and name not in names:
        yield (*at, "line"), f"names {name!r}, but {_which('line', 'line', names)}"


def _rings(line: dict[str, Any], at: Place) -> Iterator[Found]:
    if line.get("queue") and line.get("ring"):
        yield (*at, "ring"), "stands beside queue: a line has one of the two, take one out"
    elif not line.get("queue") and not line.get("ring"):
        yield at, 'rings nowhere: add queue = "..." or ring = ["PJSIP/101"]'
    if line.get("members") and not line.get("queue"):
        yield (*at, "members"), "are of a queue: name the queue too, or write them into ring"


def _graced(enforcement: Any, at: Place) -> Iterator[Found]:
    if not isinstance(enforcement, dict) or enforcement.get("block_from", "answer") != "answer":
        return
    if enforcement.get("grace_s", 0) not in (0, "0"):
        mend = 'begins with the hang-up: write block_from = "hangup", or take it out'
        yield (*at, "grace_s"), mend


def _reached(telephone: dict[str, Any], at: Place) -> Iterator[Found]:
    if ("secret" in telephone) == ("contact" in telephone):
        yield at, "needs either a secret to register with, or the contact where it always is"


def _recorded_once(records: Any, at: Place) -> Iterator[Found]:
    for source in ("queue_log", "cdr") if isinstance(records, dict) else ():
        if source in records and f"{source}_url" in records:
            mend = f"stands beside {source}: it is a file or a table, take one out"
            yield (*at, f"{source}_url"), mend
