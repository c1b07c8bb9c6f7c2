"""From a file and the environment to settings, or to every mistake in them."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callcenter.config.checks import check
from callcenter.config.complaints import complaints
from callcenter.config.document import Document, Place, read
from callcenter.config.environ import overlay
from callcenter.config.secrets import fill_in
from callcenter.config.settings import Settings
from callcenter.errors import ConfigError, Mistake


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the file, lay ``CALLCENTER_...`` over it, and check the whole.

    Without a path the built-in defaults stand in the file's place. Raises ConfigError with every
    mistake there is.
    """
    document = Document() if path is None else read(path)
    values = copy.deepcopy(document.values)
    origins, mistakes = overlay(values, environ)
    folder = document.path.parent if document.path else Path()
    inherited = _inherit(values)
    unread = list(fill_in(values, Settings, folder))
    found = [*unread, *check(values)]
    try:
        settings = Settings.model_validate(values, context={"folder": folder})
    except ValidationError as error:
        # What a line has of the site, and a secret of a file, is told where it was written.
        elsewhere = inherited | {_secret(place) for place, _ in unread}
        found += ((place, mend) for place, mend in complaints(error) if place not in elsewhere)
    mistakes += _placed(found, values, document, origins)
    if mistakes:
        raise ConfigError(mistakes)
    return settings


def _inherit(values: dict[str, Any]) -> set[Place]:
    """Give each line what it does not say itself: the site's country and time zone, and what is an
    alarm on the wallboard.

    The places that were filled so are given back.
    """
    filled: set[Place] = set()
    lines = values.get("line")
    for index, line in enumerate(lines if isinstance(lines, list) else []):
        if isinstance(line, dict):
            place: Place = ("line", index)
            filled |= _fill(line, values.get("site"), place, ("country", "timezone"))
            own = line.setdefault("wallboard", {}) if "wallboard" in values else None
            filled |= _fill(own, values.get("wallboard"), (*place, "wallboard"))
    return filled


def _fill(table: Any, said: Any, place: Place, keys: Iterable[str] | None = None) -> set[Place]:
    """Fill a table's keys from another one that says them: these, or all that are there."""
    if not isinstance(table, dict) or not isinstance(said, dict):
        return set()
    missing = [key for key in (said if keys is None else keys) if key in said and key not in table]
    table |= {key: said[key] for key in missing}
    return {(*place, key) for key in missing}


def _secret(place: Place) -> Place:
    """Where the text of the file that is named at a place goes."""
    return (*place[:-1], str(place[-1]).removesuffix("_file"))


def _placed(
    found: Iterable[tuple[Place, str]],
    values: dict[str, Any],
    document: Document,
    origins: dict[Place, str],
) -> list[Mistake]:
    """Say of each where it was written: in the order of the file, the variables' last."""
    told = []
    for place, mend in found:
        line = next((document.lines[up] for up in _upwards(place) if up in document.lines), 0)
        variable = origins.get(place)
        where = variable or f"{document.path or 'built-in defaults'}{f', line {line}' * (line > 0)}"
        told.append(
            (variable is not None, line, Mistake(where, f"{_dotted(place, values)} {mend}"))
        )
    return [mistake for *_, mistake in sorted(told, key=lambda each: each[:2])]


def _upwards(place: Place) -> Iterable[Place]:
    return (place[:length] for length in range(len(place), 0, -1))


def _dotted(place: Place, values: Any) -> str:
    """``line.support.pbx`` for ``("line", 0, "pbx")``: entries are called by their names."""
    parts = []
    for part in place:
        values = _inside(values, part)
        name = values.get("name") if isinstance(part, int) and isinstance(values, dict) else None
        parts.append(str(name or (part + 1 if isinstance(part, int) else part)))
    return ".".join(parts)


def _inside(values: Any, part: str | int) -> Any:
    try:
        return values[part]
    except (KeyError, IndexError, TypeError):
        return None
