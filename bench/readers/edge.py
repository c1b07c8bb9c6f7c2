"""Read through our link to a PBX: its snapshot, its inbox and all."""

import asyncio
import time
from collections.abc import Sequence

from bench.link import linked, take
from bench.readers import main


def read(port: int, count: int, names: Sequence[str]) -> float:
    async def reading() -> float:
        async with linked(port, names) as link:
            start = time.perf_counter()
            go = asyncio.create_task(link.send({"Action": "Go"}))
            taken = await take(link, count)
            seconds = time.perf_counter() - start
            await go
        if taken != count:
            raise RuntimeError(f"{count - taken} events were lost")
        return seconds

    return asyncio.run(reading())


if __name__ == "__main__":
    main(read)
