"""Plays calls on a real Asterisk 16 and 22, and keeps what it wrote of them as test data.

    python -m tests.records.record

For each version it writes into ``tests/records/VERSION/``: ``queue_log`` and ``Master.csv`` as
Asterisk wrote them, and ``calls.json``, what became of each call: the scenario's own words, with
the Linkedid that Asterisk gave it.
"""

import asyncio
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from tests.rig import sites
from tests.rig.record import AFTERWARDS_S, VERSIONS, trunk_calls
from tests.rig.rig import Rig
from tests.rig.scenarios import SCENARIOS, TWO, Scenario

HERE = Path(__file__).parent
RING_S = 8
SITE = sites.site(sites.support(members=TWO, ring_s=RING_S), sites.network(ring=TWO, ring_s=RING_S))
PLAYED = (
    "answered", "answered-agent-ends", "abandoned", "overflow", "blind-transfer",
    "attended-transfer", "attended-transfer-refer", "pickup", "two-calls",
)  # fmt: skip
NAMES = (
    *(f"{kind}-{name}" for kind in ("queue", "ring") for name in PLAYED),
    "queue-no-number",
    "ring-refused",
)


async def record(version: int) -> None:
    """Play everything on one Asterisk of this version, and keep its files."""
    calls: list[dict[str, object]] = []
    async with Rig(version, SITE) as rig:
        for scenario in SCENARIOS:
            if scenario.name in NAMES:
                calls += await _played(scenario, rig)
                print(version, scenario.name, flush=True)
        folder = HERE / str(version)
        folder.mkdir(exist_ok=True)
        shutil.copy(rig.asterisk.folder / "log/queue_log", folder / "queue_log")
        shutil.copy(rig.asterisk.folder / "log/cdr-csv/Master.csv", folder / "Master.csv")
    (folder / "calls.json").write_text(json.dumps(calls, indent=2) + "\n")


async def _played(scenario: Scenario, rig: Rig) -> list[dict[str, object]]:
    for each in rig.site.telephones:
        rig.phone(each.name).rings()
    async with rig.watch() as ami:
        await ami.event("FullyBooted")
        start = len(ami.data)
        expected = await scenario.play(rig, ami)
        linkedids = trunk_calls(bytes(ami.data[start:]))
        for linkedid in linkedids:
            await ami.event("Hangup", Uniqueid=linkedid)
        await asyncio.sleep(AFTERWARDS_S)
    return [
        {"scenario": scenario.name, "linkedid": linkedid, **asdict(call)}
        for linkedid, call in zip(linkedids, expected, strict=True)
    ]


def main() -> None:
    """Record on each version."""
    for version in VERSIONS:
        asyncio.run(record(version))


if __name__ == "__main__":
    main()
