"""The clients that are compared, each run in a process of its own.

``python -m bench.readers.NAME PORT COUNT [EVENT...]`` reads until COUNT events were handed to the
application, those named or all, and prints the seconds since it asked for the stream.
"""

import sys
from collections.abc import Callable, Sequence

HOST = "127.0.0.1"
ACCOUNT = "bench"  # the load server takes any secret


class Count:
    """Counts what is handed over, and calls ``done`` at the last one."""

    def __init__(self, expected: int, done: Callable[[], object]) -> None:
        self._left = expected
        self._done = done

    def heard(self, *_args: object, **_more: object) -> None:
        """Count one event, however the client hands it over."""
        self._left -= 1
        if self._left == 0:
            self._done()


def main(read: Callable[[int, int, Sequence[str]], float]) -> None:
    """Read as the arguments say: the port, how many events, and their names."""
    port, count, *names = sys.argv[1:]
    sys.stdout.write(f"{read(int(port), int(count), names)}\n")
    sys.stdout.flush()
