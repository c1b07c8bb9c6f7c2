"""Plays every scenario on a real Asterisk 16 and 22, and keeps what AMI said as test data.

    python -m tests.rig.record [NAME ...]

For each it writes into ``tests/recordings/VERSION/``:

- ``NAME.ami``, the bytes as sent, with every event on;
- ``NAME.json``, what became of the calls: the scenario's own words, and for each call the Linkedid
  that Asterisk gave it;
- ``NAME.snapshots.jsonl``, what was up every 0.6 s, and after how many bytes of the recording.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.rig.ami import Ami, messages
from tests.rig.errors import RigError
from tests.rig.rig import Rig
from tests.rig.scenarios import SCENARIOS, Expected, Scenario
from tests.rig.snapshots import Seen, keep_looking

RECORDINGS = Path(__file__).parent.parent / "recordings"
VERSIONS = (16, 22)
AFTERWARDS_S = 0.5
SIZE_MAX = 150_000
TRUNK = "from-callcenter-trunk"


async def record(scenario: Scenario, version: int) -> None:
    """Play one scenario on one version and write its files."""
    seen: list[Seen] = []
    async with Rig(version, scenario.site) as rig:
        async with rig.watch() as ami, rig.service() as service:
            await ami.event("FullyBooted")
            start = len(ami.data)
            looking = asyncio.create_task(keep_looking(service, ami, start, seen))
            expected = await scenario.play(rig, ami)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await quiet(ami)
            data = bytes(ami.data[start:])
        if warnings := rig.warnings():
            raise RigError(f"{scenario.name} on {version}: {warnings}")
    write(scenario, version, data, expected)
    write_snapshots(scenario, version, seen)


async def quiet(ami: Ami) -> None:
    """Wait until nothing has come for a while."""
    seen = -1
    while seen != len(ami.data):
        seen = len(ami.data)
        await asyncio.sleep(AFTERWARDS_S)


def write(scenario: Scenario, version: int, data: bytes, expected: list[Expected]) -> None:
    """Keep the bytes, and what they must be understood to mean."""
    if len(data) > SIZE_MAX:
        raise RigError(f"{scenario.name}: {len(data)} bytes; make it shorter")
    linkedids = trunk_calls(data)
    if len(linkedids) != len(expected):
        raise RigError(f"{scenario.name}: {len(linkedids)} calls, not {len(expected)}")
    folder = RECORDINGS / str(version)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{scenario.name}.ami").write_bytes(data)
    calls = [
        {"linkedid": linkedid, **asdict(call)}
        for linkedid, call in zip(linkedids, expected, strict=True)
    ]
    text = json.dumps({"what": scenario.what, "calls": calls}, indent=2)
    (folder / f"{scenario.name}.json").write_text(text + "\n")


def write_snapshots(scenario: Scenario, version: int, seen: list[Seen]) -> None:
    """Keep what was up at each look, one a line."""
    lines = [json.dumps(asdict(look), ensure_ascii=False) for look in seen]
    path = RECORDINGS / str(version) / f"{scenario.name}.snapshots.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))


def trunk_calls(data: bytes) -> list[str]:
    """The Linkedids of the calls that came over the trunk, in order."""
    return [
        event["Linkedid"]
        for event in messages(data)
        if event.get("Event") == "Newchannel" and event["Context"] == TRUNK
    ]


def main() -> None:
    """Record what was named, or everything. What fails is told at the end, with exit code 1."""
    wanted = set(sys.argv[1:])
    failed = []
    for scenario in SCENARIOS:
        if wanted and scenario.name not in wanted:
            continue
        for version in VERSIONS:
            try:
                asyncio.run(record(scenario, version))
            except RigError as error:
                failed.append(f"{version} {scenario.name}: {error}")
                continue
            size = (RECORDINGS / str(version) / f"{scenario.name}.ami").stat().st_size
            print(f"{version} {scenario.name}: {size} bytes", flush=True)
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
