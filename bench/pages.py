"""Agents at real pages, in Chromium: when a card was painted there.

Each has a browser profile of their own; the last one's page is told that it is hidden, as a tab
behind another is. A page notes by itself when a card is in its document and the next frame was
made; where it is hidden, and has no frames, when it is in the document. Its clock and ours are
compared before.
"""

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from tests.web.browser.chromium import chromium, hide

COMPARISONS = 25
"""Of the two clocks; the quickest answer tells best."""

LIVE = "#connection[data-state=live]"

WATCH = """() => {
  const painted = window.painted = {};
  const soon = (tell) => {
    if (document.hidden) return tell();
    requestAnimationFrame(() => {
      const {port1, port2} = new MessageChannel();
      port1.onmessage = tell; // behind the frame
      port2.postMessage(null);
    });
  };
  new MutationObserver(() => {
    for (const {message} of document.querySelectorAll("#main-slot .card, #also > li")) {
      const {linkedid} = message.data;
      if (linkedid in painted) continue;
      painted[linkedid] = null;
      soon(() => { painted[linkedid] = performance.now() / 1000; });
    }
  }).observe(document.getElementById("main"), {childList: true, subtree: true});
}"""


@asynccontextmanager
async def watching(url: str, tokens: Sequence[str]) -> AsyncIterator[dict[str, list[float]]]:
    """Let these agents sit at their pages. After the block: when each one's card of a call was
    painted, in monotonic seconds, by Linkedid."""
    cards: defaultdict[str, list[float]] = defaultdict(list)
    async with chromium() as browser:
        pages = [await _open(browser, url, token) for token in tokens]
        if len(pages) > 1:
            await hide(pages[-1])
        ahead = [await _ahead(page) for page in pages]
        yield cards
        for page, offset_s in zip(pages, ahead, strict=True):
            painted: Mapping[str, float | None] = await page.evaluate("painted")
            for linkedid, at in painted.items():
                if at is not None:
                    cards[linkedid].append(at + offset_s)


async def _open(browser: Browser, url: str, token: str) -> Page:
    context = await browser.new_context()
    await context.add_cookies([{"name": "callcenter", "value": token, "url": url}])
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(LIVE)
    await page.evaluate(WATCH)
    return page


async def _ahead(page: Page) -> float:
    """What to add to the page's seconds to have monotonic ones."""
    answers = []
    for _ in range(COMPARISONS):
        asked = time.monotonic()
        said = await page.evaluate("performance.now() / 1000")
        answered = time.monotonic()
        answers.append((answered - asked, (asked + answered) / 2 - said))
    return min(answers)[1]
