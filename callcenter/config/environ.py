"""Environment variables over the file: ``CALLCENTER_HTTP__PORT=8080``.

An entry of a list is named by its own name, so that no order matters:
``CALLCENTER_PBX__MAIN__SECRET``. Letters are compared without case, and ``-`` is written ``_``.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from callcenter.config.document import Place
from callcenter.config.settings import Settings
from callcenter.errors import Mistake

PREFIX = "CALLCENTER_"
CONFIG = "CALLCENTER_CONFIG"
"""The variable that names the file itself: the command line's own."""

SECTIONS = tuple(info.alias or name for name, info in Settings.model_fields.items())
LISTS = frozenset(info.alias for info in Settings.model_fields.values() if info.alias)


def overlay(
    values: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[Place, str], list[Mistake]]:
    """Write the variables into ``values``; return which place each went to, and the mistakes."""
    origins: dict[Place, str] = {}
    mistakes: list[Mistake] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == CONFIG:
            continue
        place = _place(values, variable)
        if isinstance(place, Mistake):
            mistakes.append(place)
        else:
            _put(values, place, environ[variable])
            origins[place] = variable
    return origins, mistakes


def _place(values: dict[str, Any], variable: str) -> Place | Mistake:
    section, *rest = variable.removeprefix(PREFIX).lower().split("__")
    if section not in SECTIONS:
        return Mistake(variable, _unknown(section))
    if section in LISTS:
        return _place_in_list(values, variable, section, rest)
    if not rest:
        return Mistake(variable, f"names a table: add its key, {PREFIX}{section.upper()}__KEY")
    return (section, *rest)


def _unknown(section: str) -> str:
    names = [f"{PREFIX}{name.upper()}__..." for name in SECTIONS]
    near = difflib.get_close_matches(f"{PREFIX}{section.upper()}__...", names, 1)
    hint = f"did you mean {near[0]}?" if near else f"they begin with {', '.join(names)}"
    return f"is not a setting: {hint}"


def _place_in_list(
    values: dict[str, Any], variable: str, section: str, rest: list[str]
) -> Place | Mistake:
    if len(rest) < 2:
        return Mistake(
            variable, f"must name the {section} and the key: {PREFIX}{section.upper()}__NAME__KEY"
        )
    names = [_name(entry) for entry in _entries(values, section)]
    wanted, *key = rest
    if wanted not in map(_folded, names):
        has = ", ".join(filter(None, names)) or "none"
        return Mistake(variable, f"no [[{section}]] in the file is named so (there: {has})")
    return (section, [_folded(name) for name in names].index(wanted), *key)


def _entries(values: dict[str, Any], section: str) -> Iterable[Any]:
    entries = values.get(section)
    return entries if isinstance(entries, list) else []


def _name(entry: Any) -> str:
    return str(entry.get("name", "")) if isinstance(entry, dict) else ""


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


def _put(values: dict[str, Any], place: Place, text: str) -> None:
    """Set one value, and take away its other form: a secret, or the file that has it.

    Where the file has something else than a table on the way, nothing is set: that is a mistake
    of the file, and told as such.
    """
    table: Any = values
    for part in place[:-1]:
        if isinstance(part, int) and isinstance(table, list):
            table = table[part]
        elif isinstance(part, str) and isinstance(table, dict):
            table = table.setdefault(part, {})
        else:
            return
    if isinstance(table, dict):
        key = str(place[-1])
        table.pop(key.removesuffix("_file") if key.endswith("_file") else f"{key}_file", None)
        table[key] = text
