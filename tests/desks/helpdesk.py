"""A real django-helpdesk, on a copy of its database of its own."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, encode_basic_auth, web

from callcenter.desks.client import Client
from callcenter.desks.desk import Desk
from callcenter.desks.django_helpdesk.desk import DjangoHelpdesk
from callcenter.desks.filing import Filing
from tests.desks.faults import Faults, between, serving
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.trial import Filed, Remote, Trial, Webhook
from tests.rig.helpdesk_root import PROJECT, root

NADIA = {"Authorization": encode_basic_auth("nadia", "nadia-password")}
NADIA_ID = 1
HOOK_SECRET = "aSecretOfLettersAndDigits"
REOPENED, RESOLVED = 2, 3
START_MAX_S = 60


@dataclass(frozen=True, slots=True)
class Helpdesk:
    """One that runs, with the folder that has its database and the addresses of its webhooks."""

    url: str
    folder: Path
    session: ClientSession

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What it answers nadia, who works there beside the desk."""
        url = f"{self.url}/api/{path}"
        async with self.session.request(method, url, json=body, headers=NADIA) as answer:
            answer.raise_for_status()
            return await answer.json() if answer.status != 204 else None

    async def follow_up(self, number: str, status: int | None = None) -> None:
        """Nadia writes a comment, and gives the ticket this status."""
        wanted = {"ticket": number, "comment": "Seen", "public": False}
        await self.ask("POST", "followups/", wanted | ({"new_status": status} if status else {}))

    def tell(self, *urls: str) -> None:
        """Have it send webhooks there from here on."""
        (self.folder / "webhooks").write_text("\n".join(urls), "utf-8")


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Helpdesk]:
    """Helpdesk on a free port of loopback, until the end of the block; its tickets are in
    ``folder``."""
    place = await asyncio.to_thread(root)
    shutil.copy(place / "helpdesk.db", folder)
    with (folder / "helpdesk.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            place / "bin/python",
            PROJECT / "serve.py",
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=os.environ | {"HELPDESK_FOLDER": str(folder)},
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_MAX_S):
            port = int(await process.stdout.readline())
        async with ClientSession() as session:
            yield Helpdesk(f"http://127.0.0.1:{port}", folder, session)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def desk_at(
    url: str, *, timeout_s: float = PATIENT_S, **changed: Any
) -> AsyncIterator[DjangoHelpdesk]:
    """A desk called ``builtin``, as a test's lines expect theirs to be."""
    given = {
        "name": "builtin",
        "user": "callcenter",
        "password": "callcenter-password",
        "queue": 1,
        "users": {"nadia": NADIA_ID},
        "webhook_secret": HOOK_SECRET,
        "filing": Filing({"high": 1}, {"Hardware": "Machines"}),
        "category_field": "about",
        "now": real_now,
    }
    async with Client.open(timeout_s) as client:
        yield DjangoHelpdesk(url=url, client=client, **given | changed)


async def webhook(helpdesk: Helpdesk, number: str) -> Webhook:
    """What it really sends when nadia writes something."""
    heard: asyncio.Queue[Webhook] = asyncio.Queue()

    async def hear(request: web.Request) -> web.Response:
        await heard.put((dict(request.headers), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/helpdesk", hear)
    async with serving(app) as url:
        helpdesk.tell(url.replace("//", f"//callcenter:{HOOK_SECRET}@") + "/hooks/helpdesk")
        try:
            await helpdesk.follow_up(number)
        finally:
            helpdesk.tell()
    return await heard.get()


@asynccontextmanager
async def django_helpdesk(folder: Path, _database_url: str) -> AsyncIterator[Trial]:
    faults = Faults(is_meant=lambda request: request.path.startswith("/api/tickets/"))
    async with running(folder) as real, between(real.url, faults) as url:

        @asynccontextmanager
        async def opens(**changed: Any) -> AsyncIterator[Desk]:
            async with desk_at(changed.pop("url", url), **changed) as desk:
                yield desk

        async def tickets(key: str) -> list[str]:
            found = await real.ask("GET", "tickets/?page_size=1000")
            return [str(one["id"]) for one in found["results"] if one["custom_call_id"] == key]

        async def filed(number: str) -> Filed:
            ticket = await real.ask("GET", f"tickets/{number}/")
            return ticket["priority"], ticket["custom_about"]

        async def delete(number: str) -> None:
            await real.ask("DELETE", f"tickets/{number}/")

        async with opens() as desk:
            remote = Remote(
                opens=opens,
                faults=faults,
                tickets=tickets,
                denied={"password": "another"},
                close=lambda number: real.follow_up(number, RESOLVED),
                reopen=lambda number: real.follow_up(number, REOPENED),
                delete=delete,
                filed=filed,
                webhook=lambda number: webhook(real, number),
            )
            yield Trial(desk=desk, remote=remote, filed=(1, "Machines"))
