"""Recordings are listened to by those who have the right, and never without a word in the trail."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from callcenter.db import team, trail
from callcenter.db.rights import Right
from callcenter.db.trail import Action, By
from callcenter.web.app import build_app
from callcenter.web.context import WebContext
from callcenter.web.entrance import PASSWORDS
from callcenter.web.passwords import Passwords
from tests.web.conftest import QUICK_HASHER, Site
from tests.web.scene import Scene
from tests.web.test_pages import get

SOUND = b"RIFF" + bytes(range(200))


class Files:
    """A folder with what a test puts there."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.is_there = True

    def of_call(self, _ids: object, *_moments: object) -> list[Path]:
        if not self.is_there:
            raise FileNotFoundError
        return self.paths


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """With one recording."""
    path = tmp_path / "q-600-0639981122-1795421524.42.wav"
    path.write_bytes(SOUND)
    found = Files()
    found.paths.append(path)
    return found


@pytest.fixture
async def heard(
    files: Files,
    make_context: Callable[..., WebContext],
    scene: Scene,
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> Site:
    """A site with recordings, and a supervisor who may listen to them."""
    context = make_context(recordings={"main": files})
    app = build_app(context)
    app[PASSWORDS] = Passwords(QUICK_HASHER)
    await scene.agent("zoe", "Zoé Martin", "PJSIP/101", line="support")
    await scene.agent("super", "Inès Moreau", role="supervisor")
    await scene.agent("root", "Nour Haddad", role="admin")
    await grant(context, "super")
    return Site(context, scene, await aiohttp_client(app), {})


async def grant(context: WebContext, login: str) -> None:
    async with context.database.transaction() as connection:
        by = By("root", context.now())
        await team.grant(connection, login, Right.RECORDINGS, by=by)


@pytest.fixture
async def call(heard: Site) -> str:
    """A call that was answered, and is over."""
    call = await heard.scene.ring("PJSIP/101")
    await heard.scene.answer(call, "PJSIP/101")
    await heard.scene.ticket(call, "The oven does not heat")
    await heard.scene.hang_up(call)
    return call


async def listenings(site: Site, call: str) -> list[str | None]:
    """Who listened."""
    async with site.context.database.reading() as connection:
        told = await trail.of_call(connection, call)
    return [one.actor for one in told if one.action is Action.RECORDING_HEARD]


async def test_who_may_is_led_from_list_and_ticket_to_the_recording(heard: Site, call: str) -> None:
    await heard.sign_in("super")
    address = f"/calls/{call}/recording"
    assert f'href="{address}"' in await get(heard, "/calls")
    assert f'href="{address}"' in await get(heard, "/tickets/T20261123.0001")
    page = await get(heard, address)
    assert f'<audio class="recording" controls preload="none" src="{address}/0"' in page
    assert await listenings(heard, call) == []


async def test_each_listening_is_in_the_trail_once(heard: Site, call: str) -> None:
    await heard.sign_in("super")
    address = f"/calls/{call}/recording/0"
    whole = await heard.client.get(address)
    assert await whole.read() == SOUND
    assert whole.headers["Cache-Control"] == "no-store"
    assert whole.headers["Content-Type"] == "audio/wav"
    assert "0639981122" not in str(whole.headers)
    part = await heard.client.get(address, headers={"Range": "bytes=4-7"})
    assert part.status == 206
    assert await part.read() == SOUND[4:8]
    assert await listenings(heard, call) == ["super"]
    heard.scene.clock.advance(minutes=20)
    await (await heard.client.get(address, headers={"Range": "bytes=100-"})).read()
    assert await listenings(heard, call) == ["super", "super"]


async def test_no_role_includes_the_right(heard: Site, call: str) -> None:
    for login in ("zoe", "root"):
        heard.client.session.cookie_jar.clear()
        await heard.sign_in(login)
        assert "/recording" not in await get(heard, "/calls")
        for address in (f"/calls/{call}/recording", f"/calls/{call}/recording/0"):
            assert (await heard.client.get(address)).status == 403
    assert await listenings(heard, call) == []


async def test_an_agent_hears_no_call_of_another_line(heard: Site, call: str) -> None:
    other = await heard.scene.ring("PJSIP/201", line="sales")
    await grant(heard.context, "zoe")
    await heard.sign_in("zoe")
    assert (await heard.client.get(f"/calls/{call}/recording")).status == 200
    assert (await heard.client.get(f"/calls/{other}/recording")).status == 404
    assert (await heard.client.get(f"/calls/{other}/recording/0")).status == 404


async def test_why_there_is_none_is_said(heard: Site, call: str, files: Files) -> None:
    await heard.sign_in("super")
    files.paths.clear()
    assert "There is no recording of this call" in await get(heard, f"/calls/{call}/recording")
    assert (await heard.client.get(f"/calls/{call}/recording/0")).status == 404
    files.is_there = False
    assert "cannot be read" in await get(heard, f"/calls/{call}/recording")
    assert await listenings(heard, call) == []


async def test_what_browsers_do_not_play_is_offered_as_a_file(
    heard: Site, call: str, files: Files
) -> None:
    await heard.sign_in("super")
    files.paths[0] = files.paths[0].rename(files.paths[0].with_suffix(".gsm"))
    page = await get(heard, f"/calls/{call}/recording")
    assert "<audio" not in page
    assert f'href="/calls/{call}/recording/0" download' in page
