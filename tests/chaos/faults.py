"""How each fault is done, and mended."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from random import Random

from tests.chaos import site
from tests.chaos.house import House
from tests.chaos.plan import Fault, Kind
from tests.chaos.proxy import Mode
from tests.desks.faults import Fault as DeskFault
from tests.rig.service import Service

HOUR_S = 3600
DESK_SLOW_S = 2.5  # the service waits for three
TAKEN_OVER_MAX_S = 20.0
TAKEN_OVER_POLL_S = 0.5


async def inject(house: House, fault: Fault) -> None:
    """Break it, wait, and mend it."""
    await DOING[fault.kind](house, fault)


async def heal(house: House) -> None:
    """Whatever is still broken is mended."""
    house.proxy.turn(Mode.PASSING)
    house.clock.step(0)
    house.desk.fail(None)
    await asyncio.to_thread(house.store.heal)
    house.instances.revive()


async def _service_killed(house: House, fault: Fault) -> None:
    await _killed(house, fault, Random(fault.seed).choice(house.instances.services))


async def _all_killed(house: House, fault: Fault) -> None:
    await _killed(house, fault, *house.instances.services)


async def _killed(house: House, fault: Fault, *services: Service) -> None:
    house.instances.kill(*services)
    await asyncio.sleep(fault.lasts_s)
    house.instances.start(*services)


async def _asleep(house: House, fault: Fault) -> None:
    """The one that follows the PBX; it is woken once another has taken over, if there is one."""
    sleeper = await house.instances.follower(site.PBX) or house.instances.services[0]
    house.instances.freeze(sleeper)
    try:
        if len(house.instances.services) > 1:
            await _taken_over(house, sleeper)
        await asyncio.sleep(fault.lasts_s)
    finally:
        house.instances.thaw(sleeper)


async def _taken_over(house: House, sleeper: Service) -> None:
    deadline = time.monotonic() + TAKEN_OVER_MAX_S
    while time.monotonic() < deadline:
        follower = await house.instances.follower(site.PBX, but=sleeper)
        if follower is not None:
            return
        await asyncio.sleep(TAKEN_OVER_POLL_S)


async def _postgres_killed(house: House, fault: Fault) -> None:
    await asyncio.to_thread(house.store.kill)
    await asyncio.sleep(fault.lasts_s)
    await asyncio.to_thread(house.store.heal)


async def _disk_full(house: House, fault: Fault) -> None:
    await asyncio.to_thread(house.store.disk.fill)
    await asyncio.sleep(fault.lasts_s)
    await asyncio.to_thread(house.store.heal)


async def _clock_back(house: House, fault: Fault) -> None:
    house.clock.step(-HOUR_S)
    await asyncio.sleep(fault.lasts_s)
    house.clock.step(0)


def _ami(mode: Mode) -> Callable[[House, Fault], Awaitable[None]]:
    async def turned(house: House, fault: Fault) -> None:
        house.proxy.turn(mode)
        await asyncio.sleep(fault.lasts_s)
        house.proxy.turn(Mode.PASSING)

    return turned


def _asterisk(how: signal.Signals) -> Callable[[House, Fault], Awaitable[None]]:
    async def restarted(house: House, fault: Fault) -> None:
        gone_at = time.time()
        await house.rig.asterisk.stop(how)
        await asyncio.sleep(fault.lasts_s)
        await house.rig.asterisk.start()
        house.outages.append((gone_at, time.time()))

    return restarted


def _desk(told: DeskFault) -> Callable[[House, Fault], Awaitable[None]]:
    async def failing(house: House, fault: Fault) -> None:
        house.desk.fail(told)
        await asyncio.sleep(fault.lasts_s)
        house.desk.fail(None)

    return failing


DOING: dict[Kind, Callable[[House, Fault], Awaitable[None]]] = {
    Kind.SERVICE_KILLED: _service_killed,
    Kind.ALL_KILLED: _all_killed,
    Kind.ASLEEP: _asleep,
    Kind.POSTGRES_KILLED: _postgres_killed,
    Kind.DISK_FULL: _disk_full,
    Kind.CLOCK_BACK: _clock_back,
    Kind.AMI_CUT: _ami(Mode.CUT),
    Kind.AMI_STALLED: _ami(Mode.STALLED),
    Kind.AMI_TRICKLING: _ami(Mode.TRICKLING),
    Kind.ASTERISK_STOPPED: _asterisk(signal.SIGTERM),
    Kind.ASTERISK_CUT: _asterisk(signal.SIGKILL),
    Kind.DESK_500: _desk(DeskFault(kind="status", status=500)),
    Kind.DESK_BUSY: _desk(DeskFault(kind="status", status=429, headers={"Retry-After": "2"})),
    Kind.DESK_DEAF: _desk(DeskFault(kind="drop")),
    Kind.DESK_SILENT: _desk(DeskFault(kind="silent", stores=True)),
    Kind.DESK_DROPS: _desk(DeskFault(kind="drop", stores=True)),
    Kind.DESK_SLOW: _desk(DeskFault(kind="slow", after_s=DESK_SLOW_S, stores=True)),
}
