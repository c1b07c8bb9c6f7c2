"""``callcenter demo``, as a visitor has it."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp

from callcenter.cli.demo import PASSWORD
from tests.wiring.processes import browser, callcenter, sign_in

SOON_S = 30
"""The first call comes at once; it rings for some seconds before it is answered."""


async def page(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as response:
        return await response.text()


async def test_a_visitor_signs_in_and_sees_calls_ticketed(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "CALLCENTER_HTTP__PORT": "0",
        "CALLCENTER_DEMO__CALL_EVERY_S": "1",
        "TMPDIR": str(tmp_path),
    }
    async with callcenter("demo", environ=environ) as demo, browser() as http:
        url = (await demo.until(r"Open +(\S+)"))[1]
        login = (await demo.until(rf"Sign in +(\w+), password {PASSWORD}"))[1]

        assert "Karim Benali" in await sign_in(http, url, login, PASSWORD)

        async with asyncio.timeout(SOON_S):
            while "/tickets/T20" not in await page(http, f"{url}/calls"):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        assert 'callcenter_ticket_delay_seconds_count{desk="builtin"}' in await page(
            http, f"{url}/metrics"
        )
        assert await demo.stop(signal.SIGINT) == 0

    assert "Traceback" not in demo.said
    assert not list(tmp_path.iterdir()), "nothing of it is kept"  # noqa: ASYNC240
