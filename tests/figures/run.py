"""One run: the calls come, both sides count them, and what they say is compared."""

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.figures import compare, site
from tests.figures.apart import calls, cel, holds, queue_log
from tests.figures.apart.calls import Call, Rules
from tests.figures.compare import Check
from tests.figures.house import CEL_FILE, CEL_FOLDER, House, opened
from tests.figures.plan import Planned
from tests.figures.told import Supervisor, Told
from tests.rig.errors import RigError

OVER_WITHIN_S = 90
WRITTEN_WITHIN_S = 10
POLL_S = 0.2
LATER_S = 360
"""The service counts a day whole some minutes after its first call: its clock is set forward."""

RULES = Rules(
    lines={extension: line for line, extension in site.EXTENSIONS.items()},
    threshold_s=site.THRESHOLD_S,
    short_abandon_s=site.SHORT_ABANDON_S,
)
KNOWN = compare.Site(
    agents={telephone: name for telephone, (_login, name) in site.AGENTS.items()},
    timezone=site.TIMEZONE,
    threshold_s=site.THRESHOLD_S,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """``calls`` are Asterisk's, ``told`` is what the service says. ``troubles`` are callers whose
    call did not go as SIPp was told, which makes no figure wrong; ``complaints`` are the warnings
    of Asterisk and the service."""

    version: int
    calls: Mapping[str, Call]
    told: Told
    of_calls: Sequence[Check]
    of_figures: Sequence[Check]
    troubles: Sequence[str]
    complaints: Sequence[str]

    @property
    def differences(self) -> list[Check]:
        """What is not equal, calls first."""
        return [one for one in (*self.of_calls, *self.of_figures) if not one.is_equal]

    @property
    def doubts(self) -> list[str]:
        """Where Asterisk's records contradict each other."""
        return [f"{one.linkedid}: {doubt}" for one in self.calls.values() for doubt in one.doubts]

    @property
    def gaps(self) -> list[str]:
        """What queue_log leaves out of its own calls."""
        return [f"{one.linkedid}: {gap}" for one in self.calls.values() for gap in one.gaps]


async def run(version: int, plan: Sequence[Planned], folder: Path) -> Result:
    """Let the calls come to an Asterisk of this version. Raises RigError."""
    async with opened(version, folder) as house:
        today = datetime.now(ZoneInfo(site.TIMEZONE)).date()
        troubles = await play(house, plan)
        found = await _written(house, len(plan))
        shutil.copytree(house.rig.asterisk.folder / "log", folder / "log")
        house.clock.step(LATER_S)
        async with Supervisor(house.service.url, house.token) as supervisor:
            await supervisor.sign_in(site.SUPERVISOR, site.PASSWORD)
            told = await supervisor.read(list(site.EXTENSIONS), today, len(plan))
        return Result(
            version=version,
            calls=found,
            told=told,
            of_calls=list(compare.of_calls(found, told.calls, site.THRESHOLD_S)),
            of_figures=list(compare.of_figures(found, told, KNOWN)),
            troubles=troubles,
            complaints=[*house.rig.warnings(), *house.service.complaints()],
        )


async def play(house: House, plan: Sequence[Planned]) -> list[str]:
    """Let every caller call, and wait until all have hung up; give what went wrong at SIPp's.

    One agent takes a pause meanwhile, in the second third.
    """
    begun = time.monotonic()
    lasts_s = max(one.at_s for one in plan)
    troubles, *_ = await asyncio.gather(
        asyncio.gather(*(_call(house, one, begun) for one in plan)),
        _pause(house, lasts_s / 3, "pause", "reason lunch"),
        _pause(house, lasts_s * 2 / 3, "unpause"),
    )
    return [one for one in troubles if one]


async def _pause(house: House, after_s: float, how: str, why: str = "") -> None:
    await asyncio.sleep(after_s)
    await house.rig.cli(f"queue {how} member PJSIP/{site.PAUSES} queue support {why}")


async def _call(house: House, one: Planned, begun: float) -> str:
    await asyncio.sleep(max(0.0, begun + one.at_s - time.monotonic()))
    call = await house.rig.call(one.number, site.EXTENSIONS[one.kind.line], **one.does)
    try:
        await call.over(OVER_WITHIN_S)
    except RigError as error:
        return f"{one.kind.name}, {one.kind.line}, {one.number}: {error}"
    return ""


async def _written(house: House, count: int) -> Mapping[str, Call]:
    """The calls by Asterisk's records, once all of them have been written to their end."""
    why = ""
    for _ in range(int(WRITTEN_WITHIN_S / POLL_S)):
        try:
            found = counted(house.rig.asterisk.folder, house.folder)
        except ValueError as error:
            why = str(error)
        else:
            if len(found) == count:
                return found
            why = f"{len(found)} of {count} calls"
        await asyncio.sleep(POLL_S)
    raise RigError(f"Asterisk's records are not complete: {why}")


def counted(asterisk: Path, telephones: Path) -> Mapping[str, Call]:
    """The calls of an Asterisk's folder, with the holds that its telephones wrote down."""
    held: holds.Holds = {}
    for path in telephones.glob("telephone-*.logged"):
        name = path.stem.removeprefix("telephone-")
        held |= holds.read(f"PJSIP/{name}", _lines(path))
    visits = queue_log.read(_lines(asterisk / "log/queue_log"))
    seen = cel.read(_lines(asterisk / CEL_FOLDER / CEL_FILE))
    return calls.joined(visits, seen, held, RULES)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
