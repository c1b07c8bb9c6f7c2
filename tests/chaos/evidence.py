"""Gather in one folder what is to be judged, and what explains it."""

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.chaos.house import House

CALLS = "SELECT linkedid, line, caller_raw AS caller, answered_at FROM calls"
TICKETS = "SELECT number, call_key AS key, created_at AS at FROM tickets WHERE call_key IS NOT NULL"
"""Of the built-in desk."""


def gather(house: House) -> Path:
    """Everything that ``records`` reads, beside the logs of service and SIPp. Nobody may be writing
    to a database that is a file.
    """
    folder = house.folder
    logs = house.rig.asterisk.folder / "log"
    for source in (logs / "queue_log", logs / "cdr-csv/Master.csv", logs / "messages"):
        if source.exists():
            shutil.copyfile(source, folder / source.name)
    _write(folder / "calls.csv", house.store.rows(CALLS))
    elsewhere = [dict(zip(("number", "key", "at"), one, strict=True)) for one in house.desk.made()]
    _write(folder / "tickets.csv", [*house.store.rows(TICKETS), *elsewhere])
    _write(folder / "outages.csv", ({"from": at, "to": back} for at, back in house.outages))
    return folder


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    with path.open("w", newline="") as file:
        if rows:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
