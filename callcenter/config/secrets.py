"""Secrets that stand in files of their own: ``secret_file = "/run/secrets/ami"``.

Every secret ``KEY`` may be given as ``KEY_file``; one line break at its end is not part of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from callcenter.config.document import Place
from callcenter.config.names import Table
from callcenter.config.shape import is_secret, keys, table_in

Found = tuple[Place, str]
"""A mistake: where it is, and the mend."""


def fill_in(values: Any, model: type[Table], folder: Path, at: Place = ()) -> Iterator[Found]:
    """Put the files' texts in place of their names; yield what is wrong.

    Relative names are taken from ``folder``, the configuration file's own.
    """
    if not isinstance(values, dict):
        return
    for key, annotation in keys(model).items():
        if is_secret(annotation):
            yield from _fill(values, key, folder, at)
        elif key in values:
            for place, table in _tables(values[key], (*at, key)):
                if inner := table_in(annotation, _kind(table)):
                    yield from fill_in(table, inner, folder, place)


def _tables(value: Any, at: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, list):
        yield from (((*at, index), table) for index, table in enumerate(value))
    else:
        yield at, value


def _kind(table: Any) -> Any:
    return table.get("kind") if isinstance(table, dict) else None


def _fill(values: dict[str, Any], key: str, folder: Path, at: Place) -> Iterator[Found]:
    name = values.pop(f"{key}_file", None)
    place = (*at, f"{key}_file")
    if name is None:
        return
    if key in values:
        yield place, f"stands beside {key}: keep one of the two"
        return
    values[key] = "unread"  # so that nothing says it is missing: what follows says more
    if not isinstance(name, str):
        yield place, "must be the name of a file"
        return
    try:
        values[key] = (folder / name).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        yield place, f"names {folder / name}, which cannot be read ({reason})"
