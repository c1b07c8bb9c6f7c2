"""Which records of a PBX are imported, by the configuration or as they are named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.calls.history import Reading
from callcenter.calls.importing import Bounds, ImportedLine, Importer
from callcenter.config import Pbx, Settings
from callcenter.core.line import Lines
from callcenter.core.noted import telephone
from callcenter.db import agents
from callcenter.db.engine import Database
from callcenter.db.sole import is_served
from callcenter.records.cdr import Cdr
from callcenter.records.cdr_past import CdrPast
from callcenter.records.log_file import LogFile
from callcenter.records.past import Past, PastFiles
from callcenter.records.past_table import PastTable
from callcenter.records.queue_log import QueueLog
from callcenter.records.queue_past import QueuePast
from callcenter.records.queue_story import Who
from callcenter.records.source import RecordsError
from callcenter.records.table import RecordsTable
from callcenter.wiring.pbx import tracked_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to import of a PBX: files in place of all that is configured, and between when."""

    pbx: Pbx
    queue_log: Sequence[Path] = ()
    cdr: Sequence[Path] = ()
    since: datetime | None = None
    until: datetime | None = None
    only_looks: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is to be imported, the better records first, and what imports it."""

    importer: Importer
    readings: Sequence[Reading[Any]]
    of_queues: QueuePast
    of_cdr: CdrPast


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
    timezone = ZoneInfo(pbx.records.timezone or settings.site.timezone)
    async with database.reading() as connection:
        who = _who(await agents.everyone(connection))
    queue_log, cdr = QueueLog(lines, timezone), Cdr(lines, timezone)
    logs, cdrs = _pasts(wanted, queue_log, now()), _pasts(wanted, cdr, now())
    if not logs and not cdrs:
        raise RecordsError(
            f"no records of PBX {pbx.name!r} are configured ([pbx.records]): name the files with "
            "--queue-log or --cdr"
        )
    of_queues = QueuePast(
        pbx=pbx.name,
        lines=lines,
        who=who,
        now=now(),
        by_wall_clock=any(isinstance(past, PastTable) for past in logs),
    )
    of_cdr = CdrPast(pbx=pbx.name, format=cdr, who=who)
    url = settings.database.url.get_secret_value()
    importer = Importer(
        database=database,
        lines={line.name: ImportedLine(line.country, ZoneInfo(line.timezone)) for line in own},
        now=now,
        bounds=bounds,
        is_beside=lambda: is_served(url),
        only_looks=wanted.only_looks,
    )
    readings: list[Reading[Any]] = [Reading("queue_log", past, of_queues) for past in logs]
    readings += [Reading("cdr", past, of_cdr) for past in cdrs]
    return History(importer, readings, of_queues, of_cdr)


def _pasts(wanted: Wanted, format_: QueueLog | Cdr, now: datetime) -> list[Past[Any]]:
    """The records of a format: the files that are named, or else what is configured."""
    is_log, records = isinstance(format_, QueueLog), wanted.pbx.records
    if named := wanted.queue_log if is_log else wanted.cdr:
        return [PastFiles(named, format_, now)]
    if wanted.queue_log or wanted.cdr:
        return []
    found: list[Past[Any]] = []
    path = records.queue_log if is_log else records.cdr
    if path is not None:
        found.append(PastFiles(LogFile(path).files(), format_, now))
    url = records.queue_log_url if is_log else records.cdr_url
    if url is not None:
        name = records.queue_log_table if is_log else records.cdr_table
        table: RecordsTable[Any] = RecordsTable(
            url.get_secret_value(), name, format_, format_.timezone
        )
        found.append(PastTable(table, now))
    return found


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
