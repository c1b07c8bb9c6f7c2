"""Whom a PBX would ring, read off the PBX itself, and agents who write their tickets."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from callcenter.db import agents, finishing, pauses, wrap_ups
from callcenter.db.engine import Database
from callcenter.db.pauses import Pause
from callcenter.db.wrap_ups import Draft
from tests.e2e import site
from tests.e2e.house import LAST_WORDS, House
from tests.rig.sipp import Sipp

WITHIN_S = 15
POLL_S = 0.05

MEMBER = re.compile(r"^ +(PJSIP/\d+) .*\(paused(?::(\S+))?", re.MULTILINE)
NOTE = re.compile(r"^/callcenter-left-out/(\S+?)/(\S+) +: (\S+)", re.MULTILINE)


@dataclass
class Floor:
    """The telephones of a house, and the database of its service."""

    house: House
    database: Database

    async def kept_out(self, line: str) -> dict[str, str]:
        """The telephones that the PBX does not ring for the line, and why."""
        if line in site.QUEUES:
            said = await self.house.rig.cli(f"queue show {line}")
            return {found[1]: found[2] or "" for found in MEMBER.finditer(said)}
        said = await self.house.rig.cli("database show callcenter-left-out")
        return {found[2]: found[3] for found in NOTE.finditer(said) if found[1] == line}

    async def until_kept_out(self, expected: Mapping[str, str], *lines: str) -> None:
        """Wait until these are kept out of each line, and nobody else is."""
        found: dict[str, dict[str, str]] = {}
        try:
            async with asyncio.timeout(WITHIN_S):
                while found != dict.fromkeys(lines, expected):
                    found = {line: await self.kept_out(line) for line in lines}
        except TimeoutError:
            said = self.house.service.said()[-LAST_WORDS:]
            raise AssertionError(f"still, after {WITHIN_S} s: {found} {said}") from None

    async def rung(self, line: str) -> set[str]:
        """The telephones that a call to the line rings."""
        rig = self.house.rig
        for telephone in rig.site.telephones:
            rig.phone(telephone.name).rings()
        async with rig.watch() as ami:
            call = await rig.call(to=site.EXTENSIONS[line], gives_up_after=1, hangup_after=1)
            await call.over()
            return {event["DestChannel"].partition("-")[0] for event in ami.events("DialBegin")}

    async def until_rung(self, expected: set[str], line: str) -> None:
        """Call until these are the ones that ring: telephones that a PBX watches come back late."""
        async with asyncio.timeout(WITHIN_S):
            while await self.rung(line) != expected:
                pass

    async def answer(self, line: str, name: str) -> None:
        """A call to the line, that this telephone answers; both hang up."""
        call = await self.answered(line, name)
        await self.house.rig.hang_up_everything()
        await call.over()

    async def answered(self, line: str, name: str) -> Sipp:
        """The same, while they talk."""
        rig = self.house.rig
        for telephone in rig.site.telephones:
            if telephone.name != name:
                rig.phone(telephone.name).rings()
        rig.phone(name).answers(after=0.1)
        async with rig.watch() as ami:
            call = await rig.call(to=site.EXTENSIONS[line])
            await ami.event("BridgeEnter")
        return call

    async def write(self, login: str) -> None:
        """The agent writes whatever they owe."""
        async with self.database.transaction() as connection:
            agent = await agents.by_login(connection, login)
            assert agent is not None
            for call_id in await wrap_ups.unfinished(connection, agent.id):
                await finishing.finish(
                    connection,
                    call_id,
                    Draft(title="Printer is offline"),
                    version=0,
                    by=agent,
                    now=datetime.now(UTC),
                    base_url="",
                )

    async def write_everything(self) -> None:
        """Every agent does."""
        for login in site.AGENTS:
            await self.write(login)

    async def until_owed(self, login: str, count: int = 1) -> None:
        """Wait until the agent owes so many tickets."""
        agent = await self._agent_id(login)

        async def owes() -> int:
            async with self.database.reading() as connection:
                return len(await wrap_ups.unfinished(connection, agent))

        async with asyncio.timeout(WITHIN_S):
            while await owes() != count:  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)

    async def until_pause(self, login: str, holds: Callable[[Pause | None], bool]) -> None:
        """Wait until that holds of the agent's own pause."""
        agent = await self._agent_id(login)

        async def pause() -> Pause | None:
            async with self.database.reading() as connection:
                return await pauses.get(connection, agent)

        async with asyncio.timeout(WITHIN_S):
            while not holds(await pause()):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)

    async def _agent_id(self, login: str) -> int:
        async with self.database.reading() as connection:
            return (await agents.ids(connection))[login]
