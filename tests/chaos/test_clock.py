"""A process whose wall clock is set back has its monotonic clock all the same."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos import clock

ROOT = Path(__file__).parents[2]
WITHIN_S = 20
PROGRAM = """
import runpy, sys, time
from datetime import UTC, datetime
import callcenter.cli

def main(prog_name):
    for _ in sys.stdin:
        print(datetime.now(UTC).isoformat(), time.time(), time.monotonic(), flush=True)

callcenter.cli.main = main
runpy.run_module("tests.chaos.clock", run_name="__main__")
"""


def test_the_wall_clock_steps_and_the_monotonic_clock_does_not(tmp_path: Path) -> None:
    told = clock.Clock(tmp_path / "clock")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **told.environ},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def asked() -> tuple[datetime, float, float]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        moment, wall, monotonic = process.stdout.readline().split()
        return datetime.fromisoformat(moment), float(wall), float(monotonic)

    def until(off: timedelta) -> float:
        """The monotonic time once the wall clock is off by so much."""
        for _ in range(int(WITHIN_S / clock.LOOK_EVERY_S)):
            moment, wall, monotonic = asked()
            assert abs(moment.timestamp() - wall) < 1
            if abs(datetime.now(UTC) + off - moment) < timedelta(minutes=1):
                return monotonic
            time.sleep(clock.LOOK_EVERY_S)
        raise AssertionError(f"still {moment}, after {WITHIN_S} s")

    with process:
        before = until(timedelta())
        told.step(-3600)
        amid = until(timedelta(hours=-1))
        told.step(0)
        after = until(timedelta())
        process.stdin.close()
    assert before < amid < after < before + 60
