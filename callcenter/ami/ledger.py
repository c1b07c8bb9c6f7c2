"""The ledger of answered calls in a PBX's own database, over AMI: read whole, erased row by row."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from callcenter.ami.action import Reply
from callcenter.ami.errors import AmiTimeoutError
from callcenter.core import headers
from callcenter.core.noted import Noted
from callcenter.core.pbx import Event
from dialplan import DialplanError, ledger

Ask = Callable[[Mapping[str, str]], Awaitable[Reply]]

ROW = "DBGetTreeResponse"

ROWS_TOGETHER = 1_000
"""Taken apart, in about 8 ms, before the event loop has its turn: a PBX may erase none of them."""

NO_SUCH_ROW = "Database entry "
"""How Asterisk's words begin where there is none: it is "not found", and "could not be deleted"
where another instance, or an administrator, was quicker (16.28 and 22.10)."""

UNREAD = (
    "DBGetTree needs Asterisk 16.28, 18.14 or 20, and write=reporting for the account in "
    "manager.conf; where it cannot be had, configure the PBX's queue_log or CDR: else calls that "
    "are answered while this service is away are lost"
)
STRANGE = (
    "render the dialplan again with this version, and look at them with: database show callcenter"
)

_log = structlog.get_logger()


class LedgerReader:
    """Reads one PBX's ledger, and says once what keeps it from that."""

    def __init__(self, pbx: str) -> None:
        self._log = _log.bind(pbx=pbx)
        self._complaint: str | None = None

    async def read(self, ask: Ask) -> dict[str, Noted] | None:
        """All notes, by Linkedid; None where the PBX does not tell. Raises what ``ask`` raises."""
        try:
            reply = await ask({"Action": "DBGetTree", "Family": ledger.FAMILY})
        except AmiTimeoutError as error:
            self._complain(str(error), UNREAD)
            return None
        if not reply.ok:
            self._complain(reply.message, UNREAD)
            return None
        notes, is_strange = await _notes(row for row in reply.events if row["Event"] == ROW)
        if is_strange:
            self._complain("there are rows that are not notes of answered calls", STRANGE)
        else:
            self._complaint = None
        return notes

    def _complain(self, why: str, hint: str) -> None:
        if why != self._complaint:
            self._complaint = why
            self._log.warning("ledger.unread", error=why, hint=hint)


class LedgerEraser:
    """Erases notes whose calls are safe. A PBX that refuses that is told about once."""

    def __init__(self, pbx: str) -> None:
        self._log = _log.bind(pbx=pbx)
        self._is_refused = False

    async def erase(self, ask: Ask, linkedids: Iterable[str]) -> None:
        """Erase until the PBX refuses; what is left is to be given again, after the next reading.

        Raises what ``ask`` raises. Where there is no note nothing is erased: Asterisk would log a
        warning for it.
        """
        for linkedid in linkedids:
            row = {"Family": ledger.FAMILY, "Key": ledger.database_key(linkedid)}
            reply = await ask({"Action": "DBGet", **row})
            if reply.ok:
                reply = await ask({"Action": "DBDel", **row})
            if not reply.ok and not reply.message.startswith(NO_SUCH_ROW):
                self._refused(reply.message)
                return
        self._is_refused = False

    def _refused(self, why: str) -> None:
        if not self._is_refused:
            self._is_refused = True
            self._log.warning(
                "ledger.kept",
                error=why,
                hint="DBDel needs write=system for the account in manager.conf; until then the "
                "ledger grows with each answered call (database deltree callcenter empties it)",
            )


async def _notes(rows: Iterable[Event]) -> tuple[dict[str, Noted], bool]:
    """The notes, and whether there were rows that are none."""
    found, is_strange = {}, False
    for place, row in enumerate(rows):
        if place % ROWS_TOGETHER == 0:
            await asyncio.sleep(0)
        try:
            note = ledger.parse(row.get("Key", ""), row.get("Val", ""))
        except DialplanError:
            is_strange = True
            continue
        found[note.linkedid] = Noted(
            linkedid=note.linkedid,
            line=headers.text(note.line),
            answered_at=note.answered_at,
            channel=headers.text(note.channel),
            caller_raw=headers.text(note.caller),
            started_at=note.started_at,
            queued_at=note.queued_at,
            ended_at=note.ended_at,
        )
    return found, is_strange
