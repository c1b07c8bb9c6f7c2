"""Read through asterisk-ami, which reads in a thread of its own."""

import threading
import time
from collections.abc import Sequence

from asterisk.ami import AMIClient, SimpleAction

from bench.readers import ACCOUNT, HOST, Count, main


def read(port: int, count: int, names: Sequence[str]) -> float:
    done = threading.Event()
    only = {"white_list": list(names)} if names else {}
    client = AMIClient(address=HOST, port=port)
    client.add_event_listener(Count(count, done.set).heard, **only)
    if client.login(username=ACCOUNT, secret=ACCOUNT).response is None:
        raise RuntimeError("no answer to the login")
    start = time.perf_counter()
    client.send_action(SimpleAction("Go"))
    done.wait()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(read)
