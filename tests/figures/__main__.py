"""``make figures``: an hour of calls on a real Asterisk, counted by us and by a separate program.

    python -m tests.figures --calls 200 [--seed 42] [--asterisk 16]

Exit code 1 if one call or one figure differs; then the records of both sides are kept.
"""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests import scratch
from tests.figures.plan import EACH_S, planned
from tests.figures.run import Result, run
from tests.figures.table import complaints, summary, table
from tests.rig.errors import RigError
from tests.rig.root import SUITES


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.figures")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seed", type=int, help="repeats a run's callers")
    parser.add_argument("--asterisk", type=int, choices=SUITES, default=22)
    parser.add_argument("--keep", action="store_true", help="the records, however it ends")
    return parser.parse_args()


def main() -> None:
    """Run, print the table, and say where the records are if something differs."""
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"make figures CALLS={asked.calls} SEED={seed} ASTERISK={asked.asterisk}", flush=True)
    plan = planned(seed, asked.calls)
    print(f"{asked.calls} calls within {asked.calls * EACH_S:.0f} s", flush=True)
    scratch.use_memory()  # a busy disk makes Asterisk late
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    folder = Path(tempfile.mkdtemp(prefix="callcenter-figures-"))
    begun, kept = time.monotonic(), True
    try:
        result: Result = asyncio.run(run(asked.asterisk, plan, folder))
        print(f"\n{table(result)}\n\n{summary(result)}")
        print(f"It took {time.monotonic() - begun:.0f} s.")
        print("\n".join(complaints(result)))
        kept = asked.keep or bool(result.differences)
        if result.differences:
            sys.exit(1)
    except RigError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        kept = False
        sys.exit(130)
    finally:
        if kept:
            print(f"The records are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
