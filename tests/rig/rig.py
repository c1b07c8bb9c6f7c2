"""A real Asterisk with its trunk and telephones, for one scenario after another.

async with Rig(22) as rig:
    rig.phone("101").answers(after=1.0, talk=3.0)
    call = await rig.call(number="0639981122", hangup_after=4)
    await call.over()
"""

import itertools
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from dialplan import Site, render
from tests.rig import caller, commands, queue_log, sites, telephone
from tests.rig.ami import Ami
from tests.rig.asterisk import Asterisk
from tests.rig.errors import RigError
from tests.rig.net import Net
from tests.rig.sipp import FIRST_MEDIA_PORT, Sipp, write_silence
from tests.rig.steps import HangUp, ReferWith, Step, Talk

SIP_PORT = 5060
CALLS_FROM_PORT = 5070  # each call of the trunk or of a telephone has a port of its own
Files = Callable[[Site, int], Mapping[str, str]]
FROM_OF_INVITE = re.compile(r"^INVITE sip:.*?^From: *(.*?)\r?$", re.MULTILINE | re.DOTALL)
WATCHER = "watcher"
WATCHER_SECRET = "sees-everything"


class Rig:
    """One PBX on its own network. Telephones that were told nothing only ring."""

    def __init__(
        self,
        version: int,
        site: Site | None = None,
        *,
        net: Net | None = None,
        files: Files | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """``net`` is the network, where somebody has taken one already. ``files`` says which files
        replace what is rendered, or add to it, from the site on its network and the version;
        ``options`` go into asterisk.conf.
        """
        self.version = version
        self.net = net or Net()
        self.site = sites.placed(site or sites.site(), self.net)
        rendered = render(self.site, "standalone", version)
        rendered |= files(self.site, version) if files else {}
        rendered["manager.conf"] += self._watcher()
        self.asterisk = Asterisk(version, rendered, options)
        self._folder = Path(tempfile.mkdtemp(prefix="sipp-"))
        self._silence = str(write_silence(self._folder))
        self._phones: dict[str, Phone] = {}
        self.customer = Phone(self, "customer", self.net.trunk)  # whoever is called by the trunk
        self._processes: list[Sipp] = []
        self._count = itertools.count()

    async def __aenter__(self) -> Self:
        try:
            await self.asterisk.start()
        except BaseException:
            await self.close()
            raise
        for each in self.site.telephones:
            self.phone(each.name).rings()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop everything, and leave nothing behind."""
        for phone in (*self._phones.values(), self.customer):
            phone.unplugged()
        for process in self._processes:
            process.stop()
        await self.asterisk.stop()
        self.asterisk.remove()
        shutil.rmtree(self._folder, ignore_errors=True)
        self.net.close()

    @property
    def ami_address(self) -> tuple[str, int]:
        """Where AMI listens; the account is ``rig.site.pbx``'s username and secret."""
        return self.site.pbx.address, self.site.pbx.port

    def phone(self, name: str) -> "Phone":
        """The telephone of that name."""
        if name not in self._phones:
            index = [each.name for each in self.site.telephones].index(name)
            self._phones[name] = Phone(self, name, self.net.telephone(index))
        return self._phones[name]

    async def call(
        self,
        number: str = "0639981122",
        to: str = sites.SUPPORT,
        *,
        name: str = "",
        gives_up_after: float | None = None,
        hangup_after: float | None = None,
        doing: Sequence[Step] = (),
        headers: Sequence[str] = (),
    ) -> Sipp:
        """A customer calls; await ``over()`` of what is returned.

        ``gives_up_after``: seconds of ringing; ``hangup_after``: seconds after the PBX took the
        call (a queue that plays music takes it at once), after the steps in ``doing``. The trunk
        adds ``headers``.
        """
        shown = f'"{name}" ' if name else ""
        user = f"{number}@" if number else ""
        sender = f"{shown}<sip:{user}[local_ip]:[local_port]>"
        steps = _steps(doing, hangup_after)
        scenario = caller.dialled(self._silence, sender, gives_up_after, steps, headers)
        return self.dial(scenario, self.net.trunk, to)

    def queue_log(self) -> list[queue_log.QueueLogLine]:
        """What Asterisk wrote in queue_log so far."""
        return queue_log.read(self.asterisk.folder / "log/queue_log")

    def warnings(self) -> list[str]:
        """The WARNING and ERROR lines of Asterisk's log so far."""
        return self.asterisk.warnings()

    async def cli(self, command: str) -> str:
        """What Asterisk's console answers."""
        return await self.asterisk.cli(command)

    async def hang_up(self, uniqueid: str) -> None:
        """Hang up the channel of this id, as if its side had."""
        rows = (await self.cli("core show channels concise")).splitlines()
        (channel,) = [row.split("!")[0] for row in rows if row.endswith(f"!{uniqueid}")]
        await self.cli(f"channel request hangup {channel}")

    async def hang_up_everything(self) -> None:
        """Hang up every channel, as if each side had."""
        await self.cli("channel request hangup all")

    def sipp(self, scenario: str, address: str, port: int | None = None) -> Sipp:
        """A SIPp process, not started, that ends with the rig."""
        index = next(self._count)
        self._processes = [process for process in self._processes if not process.is_over]
        process = Sipp(
            f"sipp-{index}",
            scenario,
            self._folder,
            address=address,
            port=port or CALLS_FROM_PORT + index % 1000,
            media_port=FIRST_MEDIA_PORT + 100 * (index % 300),
        )
        self._processes.append(process)
        return process

    def dial(self, scenario: str, address: str, to: str) -> Sipp:
        """Start one call from an address to an extension."""
        process = self.sipp(scenario, address)
        process.start(f"{self.net.pbx}:{SIP_PORT}", "-s", to, "-m", "1")
        return process

    def watch(self) -> Ami:
        """A manager session that sees every event; use it with ``async with``."""
        return Ami(self.ami_address, WATCHER, WATCHER_SECRET)

    def service(self) -> Ami:
        """A manager session with the account that the service has."""
        return Ami(self.ami_address, self.site.pbx.username, self.site.pbx.secret)

    @property
    def folder(self) -> Path:
        """Where SIPp's scenarios and logs are."""
        return self._folder

    @property
    def silence(self) -> str:
        return self._silence

    def _watcher(self) -> str:
        """A manager account of the rig that sees every event."""
        return (
            f"\n[{WATCHER}]\nsecret = {WATCHER_SECRET}\nread = all\nwrite = all\n"
            f"writetimeout = 5000\npermit = {self.net.everyone}\npermit = 127.0.0.1/32\n"
        )


class Phone:
    """What a telephone does with the calls it gets, until it is told otherwise."""

    def __init__(self, rig: Rig, name: str, address: str) -> None:
        self.name = name
        self._rig = rig
        self._address = address
        self._process: Sipp | None = None
        self._told: socket.socket | None = None
        self._commands = (address, 0)

    def answers(
        self, after: float | None = 1.0, talk: float | None = None, doing: Sequence[Step] = ()
    ) -> "Phone":
        """Answer after so long (None: when told by ``answer``), do the steps, talk, and hang up
        (None: leave that to the other).
        """
        steps = _steps(doing, talk)
        waits = after is None or any(isinstance(step, ReferWith) for step in steps)
        return self._take(telephone.taken(self._rig.silence, after, steps), waits=waits)

    def rings(self) -> "Phone":
        """Only ring."""
        return self._take(telephone.ignored(self._rig.silence))

    def refuses(self, after: float = 0.5, status: str = "486 Busy Here") -> "Phone":
        """Ring, then refuse."""
        return self._take(telephone.refused(self._rig.silence, after, status))

    def unplugged(self) -> "Phone":
        """Be gone: nothing answers at its address."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        if self._told is not None:
            self._told.close()
            self._told = None
        return self

    def calls(
        self, extension: str, *, hangup_after: float | None = None, doing: Sequence[Step] = ()
    ) -> Sipp:
        """Dial an extension or a code such as *8."""
        sender = f"<sip:{self.name}@[local_ip]:[local_port]>"
        steps = _steps(doing, hangup_after)
        scenario = caller.dialled(self._rig.silence, sender, None, steps)
        return self._rig.dial(scenario, self._address, extension)

    async def answer(self) -> None:
        """Answer the call that rings, at a telephone that waits for being told."""
        try:
            self._told = await commands.answer(self._commands, self._messages())
        except RigError as error:
            raise RigError(f"telephone {self.name}: {error}; {self.complaint()}") from error

    async def refer_to(self, consultation: Sipp) -> None:
        """Let the call that waits at ReferWith be transferred to the other end of this one."""
        self._told = await commands.replace(self._commands, self._messages(), consultation.messages)

    def shown(self) -> list[str]:
        """Whom it was told that a call is from, one From header a ringing."""
        return FROM_OF_INVITE.findall(self._messages().read_text(errors="replace"))

    def complaint(self) -> str:
        """What SIPp says went wrong at this telephone."""
        return self._process.complaint() if self._process else ""

    def _messages(self) -> Path:
        if self._process is None:
            raise RigError(f"telephone {self.name} is unplugged")
        return self._process.messages

    def _take(self, scenario: str, *, waits: bool = False) -> "Phone":
        self.unplugged()
        self._process = self._rig.sipp(scenario, self._address, SIP_PORT)
        if waits:
            self._commands = self._address, commands.free_port()
        self._process.start(
            *(commands.arguments(*self._commands, self._rig.folder) if waits else ())
        )
        return self


def _steps(doing: Sequence[Step], talk: float | None) -> tuple[Step, ...]:
    return tuple(doing) if talk is None else (*doing, Talk(talk), HangUp())
