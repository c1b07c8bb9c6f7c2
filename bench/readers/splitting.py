"""Cut the bytes at empty lines and do nothing else: no client can be faster."""

import asyncio
import time
from collections.abc import Sequence

from bench.readers import HOST, main

RESPONSES = 2  # to the login and to Go


class Splitter(asyncio.Protocol):
    """Counts messages."""

    def __init__(self, count: int) -> None:
        self._left = count + RESPONSES
        self._rest = b""
        self.done = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        messages = (self._rest + data).split(b"\r\n\r\n")
        self._rest = messages.pop()
        self._left -= len(messages)
        if self._left <= 0 and not self.done.done():
            self.done.set_result(None)


def read(port: int, count: int, _names: Sequence[str]) -> float:
    async def reading() -> float:
        loop = asyncio.get_running_loop()
        transport, splitter = await loop.create_connection(lambda: Splitter(count), HOST, port)
        start = time.perf_counter()
        transport.write(b"Action: Login\r\n\r\nAction: Go\r\n\r\n")
        await splitter.done
        transport.close()
        return time.perf_counter() - start

    return asyncio.run(reading())


if __name__ == "__main__":
    main(read)
