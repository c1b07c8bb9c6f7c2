"""Which records of a PBX are imported, by the configuration or as they are named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from callcenter.calls.history import Reading
from callcenter.calls.importing import Bounds, ImportedLine, Importer
from callcenter.config import Pbx, Settings
from callcenter.core.line import Lines
from callcenter.core.noted import telephone
from callcenter.db import agents
from callcenter.db.engine import Database
from callcenter.db.sole import is_served
from callcenter.records.log_file import LogFile
from callcenter.records.past import PastFiles
from callcenter.records.queue_log import QueueLog, QueueRow
from callcenter.records.queue_past import QueuePast
from callcenter.records.queue_story import Who
from callcenter.records.source import RecordsError
from callcenter.wiring.pbx import tracked_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to import of a PBX: files in place of those that are configured, and between when."""

    pbx: Pbx
    queue_log: Sequence[Path] = ()
    since: datetime | None = None
    until: datetime | None = None
    only_looks: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is to be imported, and what imports it."""

    importer: Importer
    queue_log: Reading[QueueRow]
    of_queues: QueuePast


async def history(
    settings: Settings,
    wanted: Wanted,
    database: Database,
    bounds: Bounds,
    now: Callable[[], datetime],
) -> History:
    """What was asked for, ready to be done. Raises RecordsError."""
    pbx = wanted.pbx
    own = [line for line in settings.lines if line.pbx == pbx.name]
    lines = Lines(tracked_line(line) for line in own)
    paths = wanted.queue_log or _configured(pbx)
    async with database.reading() as connection:
        who = _who(await agents.everyone(connection))
    of_queues = QueuePast(pbx=pbx.name, lines=lines, who=who, now=now())
    url = settings.database.url.get_secret_value()
    importer = Importer(
        database=database,
        lines={line.name: ImportedLine(line.country, ZoneInfo(line.timezone)) for line in own},
        now=now,
        bounds=bounds,
        is_beside=lambda: is_served(url),
        only_looks=wanted.only_looks,
    )
    files = PastFiles(paths, QueueLog(lines), now())
    return History(importer, Reading(files, of_queues), of_queues)


def _configured(pbx: Pbx) -> Sequence[Path]:
    if pbx.records.queue_log is None:
        raise RecordsError(
            f"no queue_log of PBX {pbx.name!r} is configured ([pbx.records]): name the files with "
            "--queue-log"
        )
    return LogFile(pbx.records.queue_log).files()


def _who(team: Sequence[agents.Agent]) -> Who:
    """Whose a member is: by telephone, else by an agent's login or name, whoever has left too."""
    by_interface = {each: one.login for one in team for each in one.interfaces}
    by_name = _by_name(team)
    found: dict[str, tuple[str | None, str]] = {}

    def who(member: str) -> tuple[str | None, str]:
        if member not in found:
            interface = telephone(member, by_interface)
            login = by_interface.get(interface) or by_name.get(member.casefold())
            found[member] = login, interface
        return found[member]

    return who


def _by_name(team: Sequence[agents.Agent]) -> Mapping[str, str]:
    """Logins by what people are called; a name that two have tells of neither."""
    names: dict[str, set[str]] = {}
    for one in team:
        for name in (one.login, one.name):
            names.setdefault(name.casefold(), set()).add(one.login)
    return {name: next(iter(logins)) for name, logins in names.items() if len(logins) == 1}
