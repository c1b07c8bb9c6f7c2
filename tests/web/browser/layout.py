"""What is amiss with where things are on a page: measured in the browser, as it is shown now."""

from playwright.async_api import Page

TARGET_PX = 24
"""WCAG 2.2, 2.5.8: the least width and height of what is pressed."""

MEASURE = """(targetPx) => {
  const PRESSED = "button, input:not([type=hidden]), select, textarea, summary";
  const SLACK_PX = 2; // of letters' own height, which boxes of neighbouring lines share
  const top = document.querySelector("dialog[open]") ?? document.body;
  const said = (element) => `${element.tagName.toLowerCase()}.${element.className} "${
    element.textContent.trim().slice(0, 30)}"`;
  const isSeen = (element) =>
    element.checkVisibility({visibilityProperty: true}) && !element.closest(".unseen, .skip");
  const seen = [...top.querySelectorAll("*")].filter(isSeen);
  const wrong = [];

  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const over = seen.filter((each) => each.getBoundingClientRect().right > page.clientWidth + 1);
    wrong.push(`scrolls sideways by ${page.scrollWidth - page.clientWidth}: ${over.map(said)[0]}`);
  }

  // Links are axe-core's to judge: what is between them counts too.
  for (const control of seen.filter((each) => each.matches(PRESSED))) {
    const {width, height} = (control.closest("label") ?? control).getBoundingClientRect();
    if (Math.min(width, height) < targetPx) wrong.push(`${said(control)} is ${width} by ${height}`);
  }

  for (const element of seen) {
    const style = getComputedStyle(element);
    const isCut = element.scrollWidth > element.clientWidth + 1 && style.overflowX === "hidden";
    if (isCut && style.textOverflow !== "ellipsis" && element.clientWidth > 1)
      wrong.push(`${said(element)} is cut off`);
  }

  // What each element says itself, where its letters are.
  const texts = seen.flatMap((element) =>
    [...element.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
      .flatMap((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        const [layer, edges] = [layerOf(element), edgesOf(element)];
        const boxes = [...range.getClientRects()].map((box) => clipped(edges, box));
        return boxes.map((box) => ({element, layer, box}));
      }),
  ).filter(({box}) => box.right > box.left && box.bottom > box.top);

  function clipped(edges, {left, right, top, bottom}) {
    const box = {left, right, top, bottom};
    for (const edge of edges) {
      box.left = Math.max(box.left, edge.left);
      box.right = Math.min(box.right, edge.right);
      box.top = Math.max(box.top, edge.top);
      box.bottom = Math.min(box.bottom, edge.bottom);
    }
    return box;
  }

  function edgesOf(element) { // of what cuts it off
    const edges = [];
    for (let up = element; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") edges.push(up.getBoundingClientRect());
    return edges;
  }

  function layerOf(element) { // what lies above the page on purpose
    while (element && !["absolute", "fixed", "sticky"].includes(getComputedStyle(element).position))
      element = element.parentElement;
    return element;
  }

  const shared = (one, other, from, to) =>
    Math.min(one.box[to], other.box[to]) - Math.max(one.box[from], other.box[from]);
  texts.sort((one, other) => one.box.top - other.box.top);
  for (const [n, one] of texts.entries()) {
    for (let next = n + 1; next < texts.length; next += 1) {
      const other = texts[next];
      if (other.box.top >= one.box.bottom) break; // as are all that follow
      if (one.element === other.element || one.layer !== other.layer) continue;
      const across = shared(one, other, "left", "right");
      const down = shared(one, other, "top", "bottom");
      if (across > SLACK_PX && down > 3 * SLACK_PX)
        wrong.push(`${said(one.element)} lies on ${said(other.element)}`);
    }
  }
  return [...new Set(wrong)];
}"""


async def amiss(page: Page) -> list[str]:
    """Scrolling sideways, small targets, text that is cut off or lies on other text."""
    found: list[str] = await page.evaluate(MEASURE, TARGET_PX)
    return found
