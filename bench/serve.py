"""The server of the comparison, in a process of its own: prints its port and serves for ever."""

import asyncio
import sys
import time

from bench.load import LoadServer
from bench.recordings import interleaved, load


async def main(events: int) -> None:
    """Serve so many events, flat out, to whoever asks."""
    stream = interleaved(load(), events, began=time.time())
    async with LoadServer(stream.data, write_timeout_s=60) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
