"""One house to break: a real Asterisk, a database, a desk, the service beside them, and callers."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos import site
from tests.chaos.clock import Clock
from tests.chaos.closing import Closing
from tests.chaos.desks import KINDS, ChaosDesk
from tests.chaos.instances import Instances
from tests.chaos.load import Load
from tests.chaos.proxy import Proxy
from tests.chaos.stores import Store
from tests.rig.net import Net
from tests.rig.rig import Rig
from tests.rig.service import Service, rig_beside

VERSION = 22
FIRST_PORT = 8080
READY_MAX_S = 40


@dataclass(frozen=True, kw_only=True)
class House:
    """What can be broken, and who calls. ``folder`` has the logs of service and SIPp."""

    store: Store
    rig: Rig
    proxy: Proxy
    clock: Clock
    desk: ChaosDesk
    instances: Instances
    load: Load
    closing: Closing
    folder: Path
    outages: list[tuple[float, float]] = field(default_factory=list)
    """When Asterisk was gone: from and to, as epochs."""


@asynccontextmanager
async def opened(store: Store, folder: Path, dice: Random, desk_kind: str) -> AsyncIterator[House]:
    """Set all of it up with the service's own commands, until the end of the block."""
    async with AsyncExitStack() as stack:
        net = Net()
        stack.callback(net.close)
        clock = Clock(folder / "clock")
        desk = await stack.enter_async_context(KINDS[desk_kind](folder))
        configuration = site.write(folder, net, store.url, desk.toml(), store.desks)
        service = _service(store, configuration, net, clock)
        token = (await service.command("token", "create", "chaos")).strip()
        rig = rig_beside(service, VERSION, net, site.busy)
        people = (
            (
                *("agent", "add", f"agent-{name}", "--name", f"Agent {name}"),
                *("--interface", f"PJSIP/{name}", "--password-file", "-"),
            )
            for name in site.TELEPHONES
        )
        await asyncio.gather(
            stack.enter_async_context(rig), service.commands(people, said=site.PASSWORD)
        )
        for name in site.TELEPHONES:
            rig.phone(name).unplugged()
        proxy = Proxy((net.between, site.AMI_PORT), (net.pbx, site.AMI_PORT), dice)
        await stack.enter_async_context(proxy.running())
        others = [
            service.beside(f"{index}", f"http://{net.service}:{FIRST_PORT + index}")
            for index in range(1, store.instances)
        ]
        instances = Instances([service, *others], token)
        stack.callback(instances.kill, *instances.services)
        instances.start(*instances.services)
        await instances.until_ready(READY_MAX_S)
        supervisor = asyncio.create_task(instances.supervise())
        stack.callback(supervisor.cancel)
        load = Load(net, folder)
        stack.callback(load.stop)
        load.staff(len(site.TELEPHONES))
        closing = Closing(desk=desk, services=list(instances.services), dice=Random(0))
        yield House(
            store=store,
            rig=rig,
            proxy=proxy,
            clock=clock,
            desk=desk,
            instances=instances,
            load=load,
            closing=closing,
            folder=folder,
        )


def _service(store: Store, configuration: Path, net: Net, clock: Clock) -> Service:
    """Nothing of this machine's own settings gets into it."""
    environ = {name: text for name, text in os.environ.items() if "CALLCENTER_" not in name}
    url = f"http://{net.service}:{FIRST_PORT}"
    return Service(
        configuration,
        url,
        environ | clock.environ,
        quiet=True,
        through=store.through,
        program=clock.program,
    )
