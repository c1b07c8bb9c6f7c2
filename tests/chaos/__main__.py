"""``make chaos``: break everything while calls come in, and count the tickets.

    python -m tests.chaos --calls 1000 [--seed 42] [--desk zammad]

Exit code 1 if an answered call is without its ticket, or has two; then what explains it is kept.
"""

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.desks import KINDS
from tests.chaos.run import DATABASES, Result, Run, need
from tests.chaos.table import complaints, table
from tests.postgres import NoPostgresError
from tests.rig.errors import RigError

CALLS_PER_S = 1.0  # of a line


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--calls", type=int, default=1000, help="to each database")
    parser.add_argument("--seed", type=int, help="repeats a run's faults and callers")
    parser.add_argument("--per-second", type=float, default=CALLS_PER_S, help="to each line")
    parser.add_argument("--desk", choices=KINDS, help="over HTTP; else the seed chooses two")
    parser.add_argument("--database", choices=DATABASES, action="append", help="not both")
    parser.add_argument("--keep", action="store_true", help="the logs, however it ends")
    return parser.parse_args()


async def _run(run: Run, databases: list[str], folder: Path) -> list[Result]:
    """Both at once; what one of them raises ends the other."""
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with asyncio.TaskGroup() as group:
        tasks = []
        for database in databases:
            place = folder / database
            place.mkdir()
            tasks.append(group.create_task(run.of(database, place)))
    return [task.result() for task in tasks]


def main() -> None:
    """Run, print the table, and say where the logs are if something is not as it must be."""
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    desk = f" DESK={asked.desk}" if asked.desk else ""
    print(f"make chaos CALLS={asked.calls} SEED={seed}{desk}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="callcenter-chaos-"))
    run = Run(
        seed=seed,
        calls=asked.calls,
        per_s=asked.per_second,
        desk=asked.desk,
        say=lambda text: print(text, flush=True),
    )
    begun = time.monotonic()
    kept = asked.keep
    try:
        need()
        results = asyncio.run(_run(run, asked.database or list(DATABASES), folder))
        print(f"\n{table(results)}\n\nIt took {time.monotonic() - begun:.0f} s.")
        wrong = complaints(results)
        print("\n".join(wrong))
        kept = kept or bool(wrong)
        if not all(result.is_good for result in results):
            sys.exit(1)
    except* (RigError, NoPostgresError, OSError) as errors:
        kept = True
        sys.exit("\n".join(str(error) for error in errors.exceptions))
    except* (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    finally:
        if kept:
            print(f"What explains it is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
