"""One house from its first call to its verdict."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.chaos import site, stores
from tests.chaos.desks import KINDS
from tests.chaos.evidence import gather
from tests.chaos.faults import heal, inject
from tests.chaos.house import VERSION, House, opened
from tests.chaos.load import customers
from tests.chaos.oracle import Verdict, judge
from tests.chaos.plan import Fault, Kind, planned
from tests.chaos.records import read
from tests.chaos.settle import settled
from tests.chaos.stores import Store
from tests.postgres import binaries
from tests.rig.root import root

LAST_CALLS_MAX_S = 40
POLL_S = 0.5
EVERYWHERE = (
    Kind.SERVICE_KILLED,
    Kind.ASLEEP,
    Kind.DISK_FULL,
    Kind.CLOCK_BACK,
    Kind.AMI_CUT,
    Kind.AMI_STALLED,
    Kind.AMI_TRICKLING,
    Kind.ASTERISK_STOPPED,
    Kind.ASTERISK_CUT,
    Kind.DESK_500,
    Kind.DESK_BUSY,
    Kind.DESK_DEAF,
    Kind.DESK_SILENT,
    Kind.DESK_DROPS,
    Kind.DESK_SLOW,
)
DATABASES: dict[str, tuple[Callable[[], AbstractContextManager[Store]], tuple[Kind, ...]]] = {
    "SQLite": (stores.sqlite, EVERYWHERE),
    "PostgreSQL": (stores.postgres, (*EVERYWHERE, Kind.ALL_KILLED, Kind.POSTGRES_KILLED)),
}
"""Where the service's data are, and what can break there."""


def need() -> None:
    """Raises RigError or NoPostgresError, which say how to get what this machine lacks."""
    root(VERSION)
    binaries()


@dataclass(frozen=True, slots=True)
class Result:
    """Of one house. ``owed`` is what the service still owed when the time was up, if anything;
    ``closed`` so many tickets were by somebody at the desk."""

    database: str
    desk: str
    closed: int
    verdicts: dict[str, Verdict]  # by line
    faults: Counter[str]
    ended: int  # processes of the service that ended by themselves
    owed: str | None

    @property
    def is_good(self) -> bool:
        return self.owed is None and all(verdict.is_good for verdict in self.verdicts.values())


@dataclass(frozen=True, kw_only=True)
class Run:
    """``calls`` is of each database, half to each line, so many a second and line. ``desk`` is the
    kind of the desk over HTTP; without one the seed chooses, for each database another."""

    seed: int
    calls: int
    per_s: float
    kinds: frozenset[Kind] = frozenset(Kind)  # that may break
    pace: float = 1.0  # of the faults
    desk: str | None = None
    say: Callable[[str], None]

    async def of(self, database: str, folder: Path) -> Result:
        """Break a house of this database; ``folder`` keeps what was gathered."""
        store, kinds = DATABASES[database]
        dice = Random(f"{self.seed} {database}")
        each = self.calls // len(site.LINES)
        numbers = customers(dice, site.LINES.values(), each)
        wanted = [kind for kind in kinds if kind in self.kinds]
        plan = planned(dice, wanted, each / self.per_s, self.pace)
        with store() as opened_store:
            async with opened(opened_store, folder, dice, self.desk_of(database)) as house:
                house.load.call(numbers, self.per_s)
                closing = asyncio.create_task(house.closing.work())
                try:
                    await self._break(house, plan)
                    await _until_over(house)
                finally:
                    await _ended(closing)
                self._tell(house, "everything is mended, and the last call is over")
                owed = await settled(house, lambda text: self._tell(house, text))
                self._tell(house, f"{owed}" if owed else "nothing is owed any more")
                await house.instances.stop()
                verdicts = judge(read(gather(house)))
        lines = {extension: line for line, extension in site.LINES.items()}
        return Result(
            database=database,
            desk=self.desk_of(database),
            closed=len(house.closing.closed),
            verdicts={lines.get(one, "no line"): verdict for one, verdict in verdicts.items()},
            faults=Counter(fault.kind.value for fault in plan),
            ended=house.instances.ended,
            owed=owed,
        )

    def desk_of(self, database: str) -> str:
        """The kind of desk that its house has."""
        if self.desk is not None:
            return self.desk
        kinds = Random(f"{self.seed} desks").sample(list(KINDS), len(DATABASES))
        return kinds[list(DATABASES).index(database)]

    async def _break(self, house: House, plan: list[Fault]) -> None:
        begun = time.monotonic()
        for fault in plan:
            await asyncio.sleep(max(0.0, begun + fault.at_s - time.monotonic()))
            self._tell(house, str(fault))
            await inject(house, fault)
        await heal(house)
        await asyncio.sleep(max(0.0, begun + house.load.lasts_s - time.monotonic()))

    def _tell(self, house: House, what: str) -> None:
        self.say(f"{time.strftime('%H:%M:%S')}  {house.store.name:<10}  {what}")


async def _ended(closing: asyncio.Task[None]) -> None:
    """Raises what it failed with."""
    closing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await closing


async def _until_over(house: House) -> None:
    """Wait for the last call, and end what is left of those that a fault took one side of."""
    for _ in range(int(LAST_CALLS_MAX_S / POLL_S)):
        if house.load.is_over:
            break
        await asyncio.sleep(POLL_S)
    await house.rig.hang_up_everything()
