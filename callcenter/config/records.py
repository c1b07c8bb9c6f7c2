"""``[pbx.records]``: where a PBX's own records of its calls can be read."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from callcenter.config.names import Table, matching
from callcenter.config.site import Timezone

BACKENDS = frozenset({"postgresql", "sqlite", "mysql", "mariadb"})


def _from_folder(path: Path, info: ValidationInfo) -> Path:
    """Take a relative path from the folder of the file that names it.

    The file itself need not be there yet: Asterisk makes it with the first call.
    """
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path


def _reachable(url: SecretStr) -> SecretStr:
    """Accept what SQLAlchemy has a driver for. The URL itself may hold a password."""
    try:
        parsed = make_url(url.get_secret_value())
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in BACKENDS or not parsed.database:
        raise PydanticCustomError(
            "records_url",
            "must be like mysql+aiomysql://user:password@host/asteriskcdrdb: "
            "postgresql+asyncpg and sqlite+aiosqlite will do too",
        )
    return url


LogPath = Annotated[Path, AfterValidator(_from_folder)]
TableUrl = Annotated[SecretStr, AfterValidator(_reachable)]
TableName = Annotated[str, matching(r"[A-Za-z_][A-Za-z0-9_]{0,62}", "must be the name of a table")]


class Records(Table):
    """Asterisk's queue_log and CDR, each a file (``queue_log``, ``cdr``: the Master.csv, with
    ``loguniqueid=yes``) or a table in the database at ``queue_log_url``, ``cdr_url``.

    Answered calls that the ledger does not tell of are made from them, and audits compare with
    them. ``timezone`` is of times in them that do not say theirs: the site's where it is left out;
    'UTC' with ``usegmtime=yes``, as ``callcenter dialplan render`` has it.
    """

    queue_log: LogPath | None = None
    queue_log_url: TableUrl | None = None
    queue_log_table: TableName = "queue_log"
    cdr: LogPath | None = None
    cdr_url: TableUrl | None = None
    cdr_table: TableName = "cdr"
    timezone: Timezone | None = None
