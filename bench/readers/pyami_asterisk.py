"""Read through pyami_asterisk."""

import asyncio
import time
from collections.abc import Sequence

from loguru import logger
from pyami_asterisk import AMIClient

from bench.readers import ACCOUNT, HOST, Count, main


def read(port: int, count: int, names: Sequence[str]) -> float:
    logger.remove()

    async def reading() -> float:
        done = asyncio.get_running_loop().create_future()
        counted = Count(count, lambda: done.set_result(None))
        client = AMIClient(host=HOST, port=port, username=ACCOUNT, secret=ACCOUNT, ping_delay=0)
        client.register_event(list(names) or ["*"], counted.heard)
        client.create_action({"Action": "Go"}, lambda response: response)
        start = time.perf_counter()
        listening = asyncio.create_task(client.connect_ami())
        await done
        seconds = time.perf_counter() - start
        listening.cancel()
        await asyncio.wait([listening])
        return seconds

    return asyncio.run(reading())


if __name__ == "__main__":
    main(read)
