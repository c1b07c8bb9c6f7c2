"""What real Asterisks wrote of the calls that ``record.py`` played, and what those calls were."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from callcenter.core.line import Line, Lines

HERE = Path(__file__).parent
VERSIONS = (16, 22)
LATER = datetime(2026, 11, 25, tzinfo=UTC)
"""When every one of those calls is over."""

LINES = Lines(
    [
        Line(
            "support",
            frozenset({"0465711010", "+33465711010"}),
            queue="support",
            contexts=frozenset({"callcenter-support"}),
        ),
        Line(
            "network",
            frozenset({"0465711020", "+33465711020"}),
            ring=("PJSIP/101", "PJSIP/102"),
            contexts=frozenset({"callcenter-network"}),
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Truth:
    """One call that was played."""

    scenario: str
    linkedid: str
    line: str
    caller: str
    agents: tuple[str, ...]  # empty where nobody answered


def truths(version: int) -> list[Truth]:
    """The calls of one version, in their order."""
    return [
        Truth(
            each["scenario"], each["linkedid"], each["line"], each["caller"], tuple(each["agents"])
        )
        for each in json.loads((HERE / str(version) / "calls.json").read_text())
    ]


def answered(version: int, *lines: str) -> list[Truth]:
    """Those of these lines that were answered, in the order of their Linkedids."""
    found = [one for one in truths(version) if one.agents and one.line in lines]
    return sorted(found, key=lambda one: one.linkedid)


def queue_log(version: int) -> Path:
    """As Asterisk wrote it."""
    return HERE / str(version) / "queue_log"


def master_csv(version: int) -> Path:
    """The same for CDR."""
    return HERE / str(version) / "Master.csv"
