"""Nothing on the console jumps: what comes later has its place from the beginning."""

import pytest
from playwright.async_api import Page, expect

from tests.web.browser.conftest import Desk

SHIFT_MAX = 0.01
"""Of the layout-shift score, which is good up to 0.1: a line of text that moves by its height."""

OBSERVE = """() => {
  window.shifts = [];
  const said = ({node}) => `${node?.nodeName}#${node?.id}.${node?.className}`;
  const note = (list) => {
    for (const entry of list.getEntries())
      window.shifts.push([entry.value, entry.sources.map(said).join(", ")]);
  };
  window.observer = new PerformanceObserver(note);
  window.observer.observe({type: "layout-shift"});
}"""

TAKE = """() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => {
  for (const entry of window.observer.takeRecords()) window.shifts.push([entry.value, ""]);
  resolve(window.shifts.splice(0));
})))"""

VIEWPORTS = [(360, 740), (1280, 800), (2560, 1440)]

BIG = {"name": 60.0, "company": 60.0}
"""On a screen of 1920 pixels: read with ease from two metres, as card.css says."""


async def moved(page: Page, what: str) -> list[str]:
    """What shifted since the last time, a line each, if it was more than next to nothing."""
    shifts = await page.evaluate(TAKE)
    if sum(value for value, _ in shifts) <= SHIFT_MAX:
        return []
    return [f"{what}: {value:.3f} {sources}" for value, sources in shifts]


@pytest.mark.parametrize(("width", "height"), VIEWPORTS)
async def test_nothing_jumps_from_the_ringing_to_the_wrap_up(
    desk: Desk, width: int, height: int
) -> None:
    scene = desk.scene
    firm, people = await scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Support Gold", owner="Ali Benali"
    )
    page = await desk.sit_down("zoe", viewport={"width": width, "height": height})
    await page.evaluate(OBSERVE)
    call = await scene.ring("PJSIP/101", company=firm, people=people)
    await expect(page.locator(".card[data-state=ringing]")).to_be_visible()
    jumps = await moved(page, "it rings")
    await expect(page.locator(".card [data-text=today]")).to_have_text("1")
    jumps += await moved(page, "the dossier is there")
    other = await scene.ring("PJSIP/101", "PJSIP/102", raw="0199001234", e164="+33199001234")
    await expect(page.locator(".also-card")).to_be_visible()
    jumps += await moved(page, "another call rings")
    await scene.answer(call, "PJSIP/101")
    await expect(page.locator(f"#title-{call}")).to_be_focused()
    jumps += await moved(page, "it is answered")
    await scene.ticket(call, "support: Lucie Petit", is_made=True)
    await expect(page.locator(".card-ticket a")).to_be_visible()
    await expect(page.locator(f"#work-{call} .work-head a")).to_be_visible()
    jumps += await moved(page, "the ticket is there")
    await scene.answer(other, "PJSIP/102")
    await expect(page.locator("#notice")).to_contain_text("Ali Benali")
    jumps += await moved(page, "a colleague takes the other call")
    await scene.hang_up(call)
    await expect(page.locator(f"#work-{call}")).to_have_attribute("data-state", "wrap-up")
    jumps += await moved(page, "wrap-up")
    await page.press(f"#title-{call}", "Enter")
    await expect(page.locator(f"#problem-title-{call}")).not_to_be_empty()
    jumps += await moved(page, "what is missing is said")
    assert jumps == [], "\n".join(jumps)


async def test_calls_beside_stay_where_they_are_whoever_calls_on_a_narrow_screen(
    desk: Desk,
) -> None:
    page = await desk.sit_down("zoe", viewport={"width": 360, "height": 740})
    first = await desk.scene.ring("PJSIP/101")
    await desk.scene.ring("PJSIP/101", raw="0199001234", e164="+33199001234")
    beside = page.locator(".also-card")
    await expect(beside).to_be_visible()
    before = await beside.bounding_box()
    await desk.scene.answer(first, "PJSIP/101")
    await expect(page.locator(".card[data-state=mine]")).to_be_visible()
    assert await beside.bounding_box() == before


async def test_name_and_company_are_read_from_two_metres(desk: Desk) -> None:
    page = await desk.sit_down("zoe", viewport={"width": 1920, "height": 1080})
    firm, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit")
    await desk.scene.ring("PJSIP/101", company=firm, people=people)
    await expect(page.locator(".card[data-state=ringing]")).to_be_visible()
    for part, least_px in BIG.items():
        size = await page.eval_on_selector(
            f".card .card-{part}", "part => parseFloat(getComputedStyle(part).fontSize)"
        )
        assert size >= least_px, part


async def test_nothing_moves_for_who_asks_for_less_of_it(desk: Desk) -> None:
    page = await desk.sit_down("zoe", reduced_motion="reduce")
    await desk.scene.ring("PJSIP/101")
    await expect(page.locator(".card[data-state=ringing]")).to_be_visible()
    assert await page.evaluate("document.getAnimations().length") == 0
