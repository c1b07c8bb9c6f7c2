"""What is compared with what: PBXs with their records, the database, the desks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from callcenter.calls.comparison import AuditedPbx, Comparer, read_ledger
from callcenter.config import Pbx, Settings
from callcenter.core.line import Lines
from callcenter.db.engine import Database
from callcenter.desks.desk import Desk
from callcenter.records.cdr import Cdr
from callcenter.records.file import RecordsFile
from callcenter.records.queue_log import QueueLog
from callcenter.records.source import Format, Source
from callcenter.records.table import RecordsTable
from callcenter.wiring.pbx import endpoint, tracked_line


def comparer(
    settings: Settings,
    database: Database,
    desks: Mapping[str, Desk],
    now: Callable[[], datetime],
) -> Comparer:
    """Everything that is configured, ready to be compared."""
    pbxs = [_audited(settings, pbx) for pbx in settings.pbxs]
    return Comparer(database=database, desks=desks, pbxs=pbxs, now=now)


def records_of(settings: Settings, pbx: Pbx) -> Sequence[Source]:
    """The PBX's own records, as far as they are configured: queue_log has the better times."""
    records, lines = pbx.records, _lines(settings, pbx)
    timezone = ZoneInfo(records.timezone or settings.site.timezone)
    found: list[Source] = []
    queue_log, cdr = QueueLog(lines, timezone), Cdr(lines, timezone)
    if records.queue_log is not None:
        found.append(RecordsFile(records.queue_log, queue_log))
    if records.queue_log_url is not None:
        found.append(_table(records.queue_log_url, records.queue_log_table, queue_log, timezone))
    if records.cdr is not None:
        found.append(RecordsFile(records.cdr, cdr))
    if records.cdr_url is not None:
        found.append(_table(records.cdr_url, records.cdr_table, cdr, timezone))
    return found


def _audited(settings: Settings, pbx: Pbx) -> AuditedPbx:
    return AuditedPbx(
        name=pbx.name,
        lines=_lines(settings, pbx),
        ledger=partial(read_ledger, endpoint(pbx)),
        sources=records_of(settings, pbx),
    )


def _lines(settings: Settings, pbx: Pbx) -> Lines:
    return Lines(tracked_line(line) for line in settings.lines if line.pbx == pbx.name)


def _table(url: SecretStr, name: str, format_: Format[Any], timezone: tzinfo) -> Source:
    return RecordsTable(url.get_secret_value(), name, format_, timezone)
