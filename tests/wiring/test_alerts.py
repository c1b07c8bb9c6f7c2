"""Alerts through the whole service: sent to its address, killed amid them, and all in tickets."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp

from callcenter.db.engine import Database
from tests.alerts import bodies
from tests.alerts.conftest import House
from tests.desks.backend import Backend, served
from tests.desks.faults import Fault
from tests.wiring.processes import Running, callcenter

SECRET = "a-secret-of-the-tests-alone"
DEVICES = 30

CONFIG = f"""\
[http]
port = 0
[[pbx]]
name = "main"
host = "127.0.0.1"
port = 1
username = "callcenter"
secret = "hush-ami"
[[line]]
name = "support"
number = "+33465711010"
pbx = "main"
queue = "support"
extension = "0465711010"
[[line]]
name = "network"
number = "+33465711011"
pbx = "main"
queue = "network"
extension = "0465711011"
[[alerts]]
name = "rmm"
kind = "datto"
secret = "{SECRET}"
line = "support"
[[alerts.rule]]
device = "fw-*"
line = "network"
priority = "critical"
"""

DESKS = """\
[[desk]]
name = "builtin"
kind = "builtin"
[[desk]]
name = "company"
kind = "generic"
url = "{url}"
secret = "{secret}"
settles_s = 0
"""


async def send(http: aiohttp.ClientSession, service: Running, body: bytes) -> int:
    url = (await service.until(r"service\.started.* url=(\S+)"))[1]
    async with http.post(f"{url}/alerts/rmm/{SECRET}", data=body) as response:
        return response.status


async def test_whoever_was_told_that_alerts_arrived_finds_them_in_tickets(
    tmp_path: Path, database_url: str
) -> None:
    config = tmp_path / "callcenter.toml"
    config.write_text(CONFIG, encoding="utf-8")
    serve = ("serve", "--config", str(config))
    environ = {**os.environ, "CALLCENTER_DATABASE__URL": database_url}
    devices = ["fw-1", *(f"srv-{number}" for number in range(1, DEVICES))]
    sent = [bodies.datto(name, device=name, device_id=name, site=name) for name in devices]
    async with aiohttp.ClientSession() as http, Database.open(database_url) as database:
        async with callcenter(*serve, environ=environ) as service:
            assert [await send(http, service, body) for body in sent] == [200] * DEVICES
            await service.stop(signal.SIGKILL)
        house = House(database)
        async with callcenter(*serve, environ=environ) as service:
            assert await send(http, service, sent[0]) == 200  # again: its answer was lost
            async with asyncio.timeout(30):
                while len(await house.episodes()) < DEVICES:  # noqa: ASYNC110  (another process)
                    await asyncio.sleep(0.1)
            assert await service.stop() == 0
        assert SECRET not in service.said
        assert [one.times for one in await house.episodes()] == [1] * DEVICES
        found = {ticket.title.partition(":")[0]: ticket for ticket in await house.tickets()}
        assert sorted(found) == sorted(devices)
        firewall, server = found["fw-1"], found["srv-1"]
        assert (firewall.queue, firewall.priority) == ("network", "critical")
        assert (server.queue, server.priority) == ("support", "medium")


async def test_a_desk_that_answers_500_and_has_stored_the_ticket_ends_with_one(
    tmp_path: Path, sqlite_url: str
) -> None:
    secret = "whsec_aHVzaCBodXNoIGh1c2ggaHVzaCBodXNo"
    backend = Backend(tmp_path / "backend.db", [secret], forgets_keys=True)
    environ = {**os.environ, "CALLCENTER_DATABASE__URL": sqlite_url}
    async with served(backend) as url, aiohttp.ClientSession() as http:
        config = tmp_path / "callcenter.toml"
        on_it = CONFIG.replace('queue = "support"', 'queue = "support"\ndesk = "company"')
        config.write_text(on_it + DESKS.format(url=url, secret=secret), encoding="utf-8")
        backend.fail(Fault(kind="status", status=500, stores=True, times=1))
        async with callcenter("serve", "--config", str(config), environ=environ) as service:
            assert await send(http, service, bodies.datto()) == 200
            await service.until(r"alerts\.ticket_not_made")
            await service.until(r"alerts\.ticket_made")
            assert await service.stop() == 0
        ((key, number),) = backend.tickets()
        assert backend.wanted(key)["source"] == "alert"
        assert backend.wanted(key)["title"] == "SRV-01: Disk C: is 95 % full"
        assert number in service.said
