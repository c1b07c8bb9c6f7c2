"""The wall clock of a process, set from outside: a file says how far off it is.

    CHAOS_CLOCK=FILE python -m tests.chaos.clock serve --config callcenter.toml

runs ``callcenter`` with such a clock. The monotonic clock is left alone, as it is when an
administrator or NTP sets the time. It is done within Python: libfaketime, which would do it from
without, does not take the waiting for Python's own lock for what it is, and costs a whole core.
"""

import os
import threading
import time
from pathlib import Path

import time_machine

TOLD = "CHAOS_CLOCK"
LOOK_EVERY_S = 0.1


class Clock:
    """``environ`` is for the process whose clock it is, and ``program`` what that runs."""

    program = ("-m", "tests.chaos.clock")

    def __init__(self, told: Path) -> None:
        self._told = told
        self.environ = {TOLD: str(told)}
        self.step(0)

    def step(self, seconds: int) -> None:
        """Let it be off by so much from the true time."""
        new = self._told.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self._told)


def _follow(told: Path) -> None:
    """Set this process's clock whenever the file says so, for ever."""
    # Shifted and never ended: to end it takes two steps, between which another thread may ask.
    clock = time_machine.travel(time.time(), tick=True).start()
    off_s = 0
    while True:
        wanted_s = int(told.read_text())
        clock.shift(wanted_s - off_s)
        off_s = wanted_s
        begun.set()
        time.sleep(LOOK_EVERY_S)


begun = threading.Event()

if __name__ == "__main__":
    threading.Thread(target=_follow, args=[Path(os.environ[TOLD])], daemon=True).start()
    begun.wait()

    from callcenter.cli import main

    main(prog_name="callcenter")
