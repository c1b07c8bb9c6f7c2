"""A real Asterisk and the real service beside it, set up with the service's own commands."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tests.e2e import site
from tests.e2e.api import Api, Json
from tests.e2e.truth import Played
from tests.rig.ami import Ami
from tests.rig.net import Net
from tests.rig.rig import Rig
from tests.rig.scenarios import Expected
from tests.rig.service import Edit, Service, rig_beside

STOP_MAX_S = 5
LAST_WORDS = 4000  # characters of the log, to be told with a complaint
LOOKUP = "/pbx/caller-name"
"""Half a second is short where nobody is there to be asked, or the machine is busy; what telephones
show is seen by tests of its own."""

NOTHING: Mapping[str, str] = MappingProxyType({})

Play = Callable[[Rig, Ami, str, str], Awaitable[list[Expected]]]


@dataclass
class House:
    """``rig`` is the PBX and its telephones, ``api`` the service as programs see it.

    ``forgiven`` are parts of what the service says of what a test did on purpose.
    """

    rig: Rig
    service: Service
    api: Api
    forgiven: list[str] = field(default_factory=list, init=False)
    _heard: int = field(default=0, init=False)

    async def play(self, play: Play, line: str) -> Played:
        """Play a scenario to its end; telephones that it says nothing of only ring."""
        for telephone in self.rig.site.telephones:
            self.rig.phone(telephone.name).rings()
        async with self.rig.watch() as ami:
            expected = await play(self.rig, ami, line, site.EXTENSIONS[line])
            return await Played.seen(expected, ami, self.rig.queue_log)

    async def calls(self, played: Played) -> list[Json]:
        """The calls of a scenario in the API, once each is over and has its ticket if it was
        answered.
        """
        return [await self.call(linkedid, _is_settled) for linkedid in played.linkedids]

    async def call(self, linkedid: str, holds: Callable[[Json], bool]) -> Json:
        """One call in the API, once that holds of it."""
        page = await self.api.until(
            "calls", lambda page: any(holds(call) for call in _of(page, linkedid)), limit="200"
        )
        (found,) = _of(page, linkedid)
        return found

    async def stop_service(self) -> None:
        """Stop the service as an administrator does: it ends by itself, and soon."""
        assert await self.service.stop() < STOP_MAX_S

    def assert_nobody_complained(self) -> None:
        """Asterisk has logged no warning since this was asked before, but that a name was not told
        in time, and the service never has, but what is forgiven.
        """
        warnings = self.rig.warnings()
        fresh, self._heard = warnings[self._heard :], len(warnings)
        fresh = [line for line in fresh if LOOKUP not in line]
        own = [
            line
            for line in self.service.complaints()
            if not any(part in line for part in self.forgiven)
        ]
        said = "\n".join([*fresh, *own, self.service.said()[-LAST_WORDS:]])
        assert fresh + own == [], said


async def set_up(folder: Path, database: str) -> str:
    """Make the database and fill in who works and who calls; give the API's token."""
    net = Net()
    try:
        service = _service(folder, net, database)
        token = await service.command("token", "create", "e2e")
        people = (
            (
                *("agent", "add", login, "--name", name, "--interface", interface),
                *("--role", "supervisor" if login == site.SUPERVISOR else "agent"),
                *("--password-file", "-"),
            )
            for login, (name, interface) in site.AGENTS.items()
        )
        directory = ("directory", "import", str(folder / site.DIRECTORY_FILE))
        await service.commands([directory, *people], said=site.PASSWORD)
    finally:
        net.close()
    return token.strip()


@asynccontextmanager
async def opened(
    version: int,
    folder: Path,
    database: str,
    token: str,
    edited: Edit = lambda _name, text: text,
    *,
    enforcement: str = "off",
    ringing: Sequence[str] = site.RINGING,
    desk: str = site.BUILTIN,
    settings: Mapping[str, str] = NOTHING,
) -> AsyncIterator[House]:
    """Start Asterisk with the files that the service rendered, as ``edited`` has them, and the
    service on a database that ``set_up`` made. ``settings`` are environment variables over its
    configuration.
    """
    async with AsyncExitStack() as stack:
        net = Net()
        stack.callback(net.close)
        service = _service(
            folder, net, database, enforcement=enforcement, ringing=ringing, desk=desk
        )
        service.environ |= settings
        rig = await stack.enter_async_context(rig_beside(service, version, net, edited))
        stack.callback(service.kill)
        await service.start()
        api = Api(service.url, token)
        stack.push_async_callback(api.close)
        house = House(rig, service, api)
        yield house
        await house.stop_service()
        house.assert_nobody_complained()


def _service(
    folder: Path,
    net: Net,
    database: str,
    *,
    enforcement: str = "off",
    ringing: Sequence[str] = site.RINGING,
    desk: str = site.BUILTIN,
) -> Service:
    """Nothing of this machine's own settings gets into it; warnings of Python do get out."""
    environ = {name: text for name, text in os.environ.items() if "CALLCENTER_" not in name}
    environ["PYTHONWARNINGS"] = "default"
    configuration = site.write(
        folder, net, database, enforcement=enforcement, ringing=ringing, desk=desk
    )
    return Service(configuration, f"http://{net.service}:{site.PORT}", environ, quiet=True)


def _of(page: Json, linkedid: str) -> list[Json]:
    return [call for call in page["calls"] if call["linkedid"] == linkedid]


def _is_settled(call: Json) -> bool:
    ticketed = call["ticket"] is not None and call["ticket"]["number"] is not None
    return call["state"] == "ended" and (ticketed or call["outcome"] != "answered")
