"""Agents at their pages, in a process of its own: ``python -m bench.listeners HOST PORT``.

Standard input has a signed-in session's token a line. Each opens the stream of the pages and notes
when the first bytes of a card that rings came out of the socket. A line on standard output says
that all are connected; at the end of the input follow the cards: Linkedid and monotonic seconds,
one a line, one for each agent and call. Nothing but that is read from the stream.
"""

import asyncio
import re
import sys
import time
from functools import partial

CARD = re.compile(
    rb'event: call\.ringing\ndata: \{"data":\{"id":"[^"]*","pbx":"[^"]*","linkedid":"([^"]+)"'
)
"""The shapes of ``webhooks`` have their fields in the contract's order."""

FRAME_END = b"\n\n"


class Page(asyncio.Protocol):
    """One agent's stream."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._rest = b""
        self.cards: dict[bytes, float] = {}
        self.listening: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        request = (
            f"GET /live HTTP/1.1\r\nHost: callcenter\r\nCookie: callcenter={self._token}\r\n\r\n"
        )
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(request.encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        *frames, self._rest = (self._rest + data).split(FRAME_END)
        if frames and not self.listening.done():
            if not self._rest and not frames[0].startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(frames[0].decode())
            self.listening.set_result(None)
        for frame in frames:
            if found := CARD.search(frame):
                self.cards.setdefault(found[1], now)


def _itself(page: Page) -> Page:
    return page


async def main(host: str, port: int) -> None:
    """Listen until the input ends, then tell."""
    loop = asyncio.get_running_loop()
    pages = [Page(token) for token in sys.stdin.readline().split()]
    for page in pages:
        await loop.create_connection(partial(_itself, page), host, port)
    async with asyncio.timeout(10):
        await asyncio.gather(*(page.listening for page in pages))
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for page in pages:
        sys.stdout.writelines(f"{card.decode()} {at!r}\n" for card, at in page.cards.items())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
