"""A ticketing backend that speaks the contract of the README, and fails when it is told to.

    python -m tests.desks.backend --port 8099 --file tickets.db --secret whsec_...

Its tickets are in a SQLite file, committed before anything is answered, so that it may be killed.
Signatures are checked by the ``standardwebhooks`` package. What becomes of requests is told to it
beside them, unsigned:

    PUT    /control/fault           {"kind": "drop", "stores": true, "times": 3}, see Fault
    DELETE /control/fault
    GET    /control/tickets         [{"key": "...", "number": "B0001"}, ...], the oldest first
    DELETE /control/tickets/{key}   somebody deletes it there
"""

import argparse
import asyncio
import contextlib
import json
import sqlite3
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import standardwebhooks
from aiohttp import web

from tests.desks.faults import Fault, Faults, act

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS tickets (
    position INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, wanted TEXT NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    state TEXT NOT NULL DEFAULT 'open',
    said TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS notes (
    position INTEGER NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (position, id)
);
"""


@dataclass
class Backend:
    """``forgets_keys``: makes a ticket for every request that wants one, so that each is seen."""

    file: Path
    secrets: Sequence[str]
    forgets_keys: bool = False
    gives_url: bool = True
    faults: Faults = field(default_factory=Faults)
    requests: int = 0

    def __post_init__(self) -> None:
        self._database = sqlite3.connect(self.file, isolation_level=None)
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def fail(self, fault: Fault | None) -> None:
        """Fail like this from here on."""
        self.faults.fail(fault)

    def tickets(self) -> list[tuple[str, str]]:
        """Key and number of each ticket, the oldest first."""
        rows = self._database.execute("SELECT key, position FROM tickets ORDER BY position")
        return [(key, _number(position)) for key, position in rows]

    def wanted(self, key: str) -> dict[str, Any]:
        """The request that made the ticket."""
        query = "SELECT wanted FROM tickets WHERE key = ? ORDER BY position"
        found: dict[str, Any] = json.loads(self._database.execute(query, (key,)).fetchone()[0])
        return found

    def said(self, number: str) -> dict[str, Any]:
        """What was written into the ticket, by field."""
        query = "SELECT said FROM tickets WHERE position = ?"
        row = self._database.execute(query, (int(number[1:]),)).fetchone()
        found: dict[str, Any] = json.loads(row[0])
        return found

    def set_state(self, number: str, state: str) -> None:
        """Somebody there sets it."""
        self._database.execute(
            "UPDATE tickets SET state = ?, changed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') "
            "WHERE position = ?",
            (state, int(number[1:])),
        )

    def made(self) -> list[tuple[str, str, str]]:
        """Number, key and time (ISO 8601, UTC) of each ticket."""
        rows = self._database.execute("SELECT position, key, at FROM tickets ORDER BY position")
        return [(_number(position), key, at) for position, key, at in rows]

    def delete(self, key: str) -> None:
        self._database.execute("DELETE FROM tickets WHERE key = ?", (key,))

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/tickets", self._post)
        app.router.add_get("/tickets/{key}", self._get)
        app.router.add_get("/tickets/number/{number}", self._get_number)
        app.router.add_patch("/tickets/number/{number}", self._write)
        app.router.add_post("/tickets/number/{number}/notes", self._note)
        app.router.add_get("/tickets/number/{number}/notes/{id}", self._get_note)
        app.router.add_get("/tickets", self._changed)
        app.router.add_put("/control/fault", self._set_fault)
        app.router.add_delete("/control/fault", self._end_fault)
        app.router.add_get("/control/tickets", self._list)
        app.router.add_delete("/control/tickets/{key}", self._delete)
        return app

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if refused := self._refused(request, body):
            return refused
        wanted = json.loads(body)
        if wanted["version"] != 1 or wanted["id"] != request.headers["webhook-id"]:
            return _error(422, "not the version, or not the id, that was expected")
        fault = self.faults.take("POST")
        if fault and not fault.stores:
            return await act(request, fault, None)
        position = self._find(wanted["id"])
        status = 201 if position is None else 409
        if position is None or self.forgets_keys:
            status, position = 201, self._add(wanted["id"], body)
        answer = self._answer(request, position, status)
        return await act(request, fault, answer) if fault else answer

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request, b""):
            return refused
        key = request.match_info["key"]
        if key != request.headers["webhook-id"]:
            return _error(400, "webhook-id is another than was asked for")
        position = self._find(key)
        answer = _error(404, "no such ticket")
        if position is not None:
            answer = self._answer(request, position, 200)
        fault = self.faults.take("GET")
        return await act(request, fault, answer) if fault else answer

    async def _get_number(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request, b""):
            return refused
        return self._told(request)

    async def _write(self, request: web.Request) -> web.StreamResponse:
        body, number = await request.read(), request.match_info["number"]
        if refused := self._refused(request, body):
            return refused
        wanted = {name: value for name, value in json.loads(body).items() if value is not None}
        if self._has(number):
            self._database.execute(
                "UPDATE tickets SET said = json_patch(said, ?) WHERE position = ?",
                (json.dumps(wanted), int(number[1:])),
            )
            if "state" in wanted:
                self.set_state(number, wanted["state"])
        return self._told(request)

    async def _note(self, request: web.Request) -> web.StreamResponse:
        body, number = await request.read(), request.match_info["number"]
        if refused := self._refused(request, body):
            return refused
        if not self._has(number):
            return _error(404, "no such ticket")
        wanted = json.loads(body)
        row = (int(number[1:]), wanted["id"], wanted["text"])
        made = self._database.execute("INSERT OR IGNORE INTO notes VALUES (?, ?, ?)", row)
        return web.json_response({}, status=201 if made.rowcount else 409)

    async def _get_note(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request, b""):
            return refused
        query = "SELECT text FROM notes WHERE position = ? AND id = ?"
        wanted = int(request.match_info["number"][1:]), request.match_info["id"]
        row = self._database.execute(query, wanted).fetchone()
        return web.json_response({"text": row[0]}) if row else _error(404, "no such note")

    def _has(self, number: str) -> bool:
        query = "SELECT 1 FROM tickets WHERE position = ?"
        return self._database.execute(query, (int(number[1:]),)).fetchone() is not None

    def _told(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["number"]
        query = "SELECT position, key, wanted, state, said FROM tickets WHERE position = ?"
        row = self._database.execute(query, (int(number[1:]),)).fetchone()
        if row is None:
            return _error(404, "no such ticket")
        position, key, wanted, state, said = row
        shown = {"number": _number(position), "url": f"{request.url.origin()}/read/{number}"}
        title = json.loads(said).get("title") or json.loads(wanted)["title"]
        return web.json_response(shown | {"id": key, "title": title, "state": state})

    async def _changed(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request, b""):
            return refused
        query = "SELECT position, changed_at FROM tickets WHERE changed_at >= ? ORDER BY changed_at"
        since = datetime.fromisoformat(request.query["changed_since"])
        rows = self._database.execute(query, (f"{since:%Y-%m-%dT%H:%M:%S}",))
        found = [{"number": _number(position), "at": at} for position, at in rows]
        return web.json_response({"tickets": found})

    def _refused(self, request: web.Request, body: bytes) -> web.Response | None:
        self.requests += 1
        why = "no secret"
        for secret in self.secrets:
            try:
                headers = dict(request.headers)
                standardwebhooks.Webhook(secret).verify(body, headers, json_parse=False)
                return None
            except Exception as error:  # noqa: BLE001  (more than its own escapes)
                why = str(error)
        return _error(401, why)

    def _find(self, key: str) -> int | None:
        query = "SELECT position FROM tickets WHERE key = ? ORDER BY position"
        row = self._database.execute(query, (key,)).fetchone()
        return row[0] if row else None

    def _add(self, key: str, body: bytes) -> int:
        query = "INSERT INTO tickets (key, wanted) VALUES (?, ?) RETURNING position"
        position: int = self._database.execute(query, (key, body.decode())).fetchone()[0]
        return position

    def _answer(self, request: web.Request, position: int, status: int) -> web.Response:
        number = _number(position)
        shown = {"url": f"{request.url.origin()}/read/{number}"} if self.gives_url else {}
        return web.json_response({"number": number, **shown}, status=status)

    async def _set_fault(self, request: web.Request) -> web.Response:
        self.fail(Fault(**await request.json()))
        return web.json_response({})

    async def _end_fault(self, request: web.Request) -> web.Response:
        self.fail(None)
        return web.json_response({})

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response([{"key": key, "number": number} for key, number in self.tickets()])

    async def _delete(self, request: web.Request) -> web.Response:
        self.delete(request.match_info["key"])
        return web.json_response({})


@asynccontextmanager
async def served(
    backend: Backend, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """The address of its tickets, until the end of the block."""
    # A client that goes away ends what was begun for it: a silence would last for ever.
    runner = web.AppRunner(
        backend.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls, reuse_address=True)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}/tickets"
    finally:
        await runner.cleanup()
        backend.close()


def _number(position: int) -> str:
    return f"B{position:04}"


def _error(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)


async def _main(arguments: argparse.Namespace) -> None:
    backend = Backend(arguments.file, arguments.secret.split(), arguments.forgets_keys)
    async with served(backend, port=arguments.port) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A ticketing backend for tests")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--secret", required=True, help="several have blanks between them")
    parser.add_argument(
        "--forgets-keys", action="store_true", help="a ticket for every request that wants one"
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(parser.parse_args()))
