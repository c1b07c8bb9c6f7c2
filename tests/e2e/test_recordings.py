"""What a real Asterisk recorded is listened to in a real Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.e2e import site
from tests.e2e.browsing import Problems, keep, sit_down
from tests.e2e.conftest import Prepared
from tests.e2e.house import House, opened

LINES = ("support", "network")  # a queue, and a plain Dial
HEADER = 44  # bytes of a WAV before its sound

DURATION = """audio => new Promise((done, failed) => {
  audio.onloadedmetadata = () => done(audio.duration);
  audio.onerror = () => failed(audio.error.message);
  audio.load();
})"""


@pytest.fixture
async def house(
    version: int, sqlite_url: str, prepared_sqlite: Prepared, folder: Path
) -> AsyncIterator[House]:
    """With lines that are recorded, in a folder that is reached as if it were mounted."""
    monitor = folder / "monitor"
    settings = {f"CALLCENTER_LINE__{line.upper()}__RECORD": "true" for line in LINES}
    settings["CALLCENTER_PBX__MAIN__RECORDINGS__FOLDER"] = str(monitor)
    opening = opened(version, folder, sqlite_url, prepared_sqlite.token, settings=settings)
    async with opening as house:
        monitor.symlink_to(house.rig.asterisk.folder / "spool" / "monitor")
        yield house
    monitor.unlink()


async def test_a_recorded_call_is_listened_to(browser: Browser, house: House) -> None:
    await house.service.command("agent", "grant", "zoe", "recordings")
    problems = Problems()
    zoe = await sit_down(browser, house, "zoe", problems)
    for line in LINES:
        house.rig.phone("101").answers(after=0.3)
        call = await house.rig.call(site.KNOWN, site.EXTENSIONS[line], hangup_after=3)
        await call.over()
        await house.api.until(
            "calls",
            lambda page, line=line: any(
                one["line"] == line and one["state"] == "ended" for one in page["calls"]
            ),
        )
        await zoe.goto(f"{house.service.url}/calls")
        await zoe.locator("tr", has_text=line).first.locator("text=Listen").click()
        audio = zoe.locator("audio")
        source = await audio.get_attribute("src")
        answer = await zoe.request.get(f"{house.service.url}{source}")
        sound = await answer.body()
        assert sound[:4] == b"RIFF"
        assert len(sound) > HEADER + 8000
        assert await audio.evaluate(DURATION) > 0.5
        await keep(zoe, f"recording-{line}")
    await zoe.context.close()
    assert problems == []
