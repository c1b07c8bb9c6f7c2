"""A TOML file as read: its values, and where in it each of them stands.

tomllib gives values without places, so the places come from a look at the lines that begin a
table or a key. A key inside an inline table has the place of that table's line.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callcenter.errors import ConfigError, Mistake

Place = tuple[str | int, ...]
"""The way to a value: ``("line", 0, "pbx")`` is ``pbx`` in the first ``[[line]]``."""

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_LIST = re.compile(rf"\s*\[\[\s*({_KEY})\s*\]\]")
_TABLE = re.compile(rf"\s*\[\s*({_KEY})\s*\]\s*(?:#.*)?$")
_VALUE = re.compile(rf"\s*({_KEY})\s*=")
_LONG_TEXT = re.compile(r'"""|\'\'\'')


@dataclass(frozen=True, slots=True)
class Document:
    """``values`` as TOML has them; ``lines`` counts from 1."""

    path: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)


def read(path: Path) -> Document:
    """Read a file. Raises ConfigError when it cannot be read, or is not TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        return Document(path, tomllib.loads(text), dict(places(text)))
    except OSError as error:
        mend = f"cannot be read ({error.strerror}): name another file with --config"
    except UnicodeDecodeError as error:
        mend = f"is not UTF-8 (byte {error.start}): save it in that encoding"
    except tomllib.TOMLDecodeError as error:
        mend = f"is not TOML: {error}"
    raise ConfigError([Mistake(str(path), mend)])


def places(text: str) -> Iterator[tuple[Place, int]]:
    """Each table and key with the number of its line."""
    counts: dict[Place, int] = {}
    table: Place = ()
    in_text = False
    for number, line in enumerate(text.splitlines(), 1):
        began_in_text, in_text = in_text, in_text ^ (len(_LONG_TEXT.findall(line)) % 2 == 1)
        if began_in_text:
            continue
        if match := _LIST.match(line):
            key = _within(counts, _parts(match[1]))
            counts[key] = counts.get(key, -1) + 1
            yield (table := (*key, counts[key])), number
        elif match := _TABLE.match(line):
            yield (table := _within(counts, _parts(match[1]))), number
        elif match := _VALUE.match(line):
            yield (*table, *_parts(match[1])), number


def _parts(key: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))


def _within(counts: dict[Place, int], key: Place) -> Place:
    """Put in the numbers: ``[line.menu]`` belongs to the latest ``[[line]]``."""
    place: Place = ()
    for part in key[:-1]:
        place = (*place, part)
        place = (*place, counts[place]) if place in counts else place
    return (*place, *key[-1:])
