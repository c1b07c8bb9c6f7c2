"""What is printed: one table of everything that was measured, to be pasted into the README."""

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

SYNCHRONOUS = {"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
"""What SQLite's numbers mean."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table. ``met`` is None where there is no target."""

    what: str
    measured: str
    ratio: str = ""  # to panoramisk alone
    target: str = ""
    met: bool | None = None


def table(figures: Iterable[Figure]) -> str:
    """As Markdown."""
    lines = ["| what | measured | ratio | target | |", "| --- | ---: | ---: | ---: | --- |"]
    for each in figures:
        verdict = {None: "", True: "ok", False: "**MISSED**"}[each.met]
        cells = each.what, each.measured, each.ratio, each.target, verdict
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def versions(database: Mapping[str, str]) -> str:
    """What it was measured with; ``database`` as ``Database.describe`` gives it."""
    synchronous = SYNCHRONOUS.get(database["synchronous"], database["synchronous"])
    journal = f"journal_mode {database['journal_mode'].upper()}, synchronous {synchronous}"
    return (
        f"Python {platform.python_version()}, panoramisk {version('panoramisk')}, "
        f"SQLAlchemy {version('sqlalchemy')}, SQLite {database['version']} ({journal}), "
        f"{os.cpu_count()} cores of {platform.machine()}, load {os.getloadavg()[0]:.1f} before"
    )
