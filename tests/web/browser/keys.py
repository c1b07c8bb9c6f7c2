"""A walk through a page by the Tab key: where it leads, and whether one sees where one is."""

from playwright.async_api import Page

BEGIN = """() => {
  const REACHED = "a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, " +
    "summary, audio[controls], [tabindex='0']";
  // More than one: day, month, year, calendar; hour, minute, half of the day.
  const MORE_STOPS = {date: 3, "datetime-local": 6};
  const PLAYER_STOPS = 8; // at most: its buttons, which are the browser's own
  const IN_A_GROUP = "[type=radio]:not(:checked)"; // arrows lead to it
  const dialog = document.querySelector("dialog[open]");
  const isThere = (element) =>
    element.checkVisibility({visibilityProperty: true}) && !element.matches(IN_A_GROUP);
  const controls = [...(dialog ?? document).querySelectorAll(REACHED)].filter(isThere);
  window.walk = {controls, steps: [], unseen: []};
  controls[0].focus({focusVisible: true});
  return controls.reduce((sum, each) => sum + 1 +
    (MORE_STOPS[each.type] ?? (each.matches("audio") ? PLAYER_STOPS : 0)), 0);
}"""

LOOK = """() => {
  const {controls, steps, unseen} = window.walk;
  const here = document.activeElement;
  const step = controls.indexOf(here);
  if (step !== steps.at(-1)) steps.push(step); // a date has a stop for each of its parts
  const isRinged = [here, here.closest("label")].some((each) => {
    if (!each) return false;
    const {outlineStyle, outlineWidth} = getComputedStyle(each);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  }) || here.type?.startsWith("date") || here.matches("audio"); // the browser marks the part
  const {left, right, top, bottom} = here.getBoundingClientRect();
  const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2; // of what is shown
  const [x, y] = [middle(left, right, innerWidth), middle(top, bottom, innerHeight)];
  const there = document.elementFromPoint(x, y);
  const isInSight = there && (here.contains(there) || there.contains(here));
  if (!isRinged || !isInSight) unseen.push(here.outerHTML.slice(0, 120));
  return step === controls.length - 1;
}"""

END = """() => {
  const {controls, steps, unseen} = window.walk;
  const missed = controls.filter((_, n) => !steps.includes(n));
  return {
    missed: missed.map((each) => each.outerHTML.slice(0, 120)),
    unseen,
    isInOrder: steps.every((step, n) => step === n),
    steps,
  };
}"""


async def walk(page: Page) -> list[str]:
    """What is amiss: controls that are not reached, or out of order; a focus that is not seen."""
    stops = await page.evaluate(BEGIN)
    await page.evaluate(LOOK)
    for _ in range(stops - 1):
        await page.keyboard.press("Tab")
        if await page.evaluate(LOOK):
            break
    found = await page.evaluate(END)
    wrong = [f"is not reached: {each}" for each in found["missed"]]
    wrong += [f"the focus is not seen on {each}" for each in found["unseen"]]
    if not found["isInOrder"]:
        wrong.append(f"out of order: {found['steps']}")
    return wrong
