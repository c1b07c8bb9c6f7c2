"""Read through panoramisk's own Manager."""

import asyncio
import time
from collections.abc import Sequence

from panoramisk import Manager

from bench.readers import ACCOUNT, HOST, Count, main

LOGIN_S = 0.2


def read(port: int, count: int, names: Sequence[str]) -> float:
    async def reading() -> float:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        counted = Count(count, lambda: done.set_result(None))
        manager = Manager(loop=loop, host=HOST, port=port, username=ACCOUNT, secret=ACCOUNT)
        for name in names or ["*"]:
            manager.register_event(name, counted.heard)
        await manager.connect()
        await asyncio.sleep(LOGIN_S)
        start = time.perf_counter()
        manager.send_action({"Action": "Go"})
        await done
        seconds = time.perf_counter() - start
        manager.close()
        return seconds

    return asyncio.run(reading())


if __name__ == "__main__":
    main(read)
