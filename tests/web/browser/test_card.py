"""The card in a real browser: what is known of the caller, who it is, and being noticed."""

import re
from collections.abc import Awaitable, Callable
from datetime import date

from playwright.async_api import Page, expect
from sqlalchemy import insert, update

from callcenter.db.schema import agent_states, agents, companies, contacts, contracts
from callcenter.db.schema import calls as calls_table
from tests.alerts import bodies
from tests.web.browser.chromium import hide
from tests.web.browser.conftest import Desk
from webhooks import EventType

Picture = Callable[[Page, str], Awaitable[None]]

NOTIFICATIONS = """() => {
  window.notified = [];
  window.Notification = class {
    static permission = "granted";
    constructor(title, options) {
      this.words = [title, options.body, options.tag];
      window.notified.push(this.words);
    }
    close() { this.words.push("closed"); }
  };
}"""

SOUNDS = """() => {
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { window.tones += 1; start.call(this, at); };
}"""


async def regular(desk: Desk) -> tuple[int, list[int]]:
    """A company with everything that a card can tell; its owner is on a break."""
    firm, people = await desk.scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Support Gold", owner="Ali Benali"
    )
    long_ago = desk.scene.clock.now.replace(year=2024)
    async with desk.scene.database.transaction() as connection:
        paused = {"state": "paused", "reason": "lunch", "since": long_ago}
        await connection.execute(insert(agent_states).values(agent_id=2, **paused))
        await connection.execute(update(contracts).values(ends_on=date(2026, 6, 30)))
        for table in (companies, contacts):
            await connection.execute(update(table).values(updated_at=long_ago))
    for title in ("The oven does not heat", "Till prints blank receipts"):
        call = await desk.scene.ring("PJSIP/102", company=firm, people=people)
        await desk.scene.answer(call, "PJSIP/102")
        await desk.scene.ticket(call, title)
        await desk.scene.hang_up(call)
        desk.scene.clock.advance(minutes=7)
    missed = await desk.scene.ring("PJSIP/102", company=firm, people=people)
    await desk.scene.hang_up(missed)
    desk.scene.clock.advance(minutes=2)
    return firm, people


async def test_everything_known_is_on_the_card_and_nothing_jumps(
    desk: Desk, picture: Picture
) -> None:
    firm, people = await regular(desk)
    zoe, ali = await desk.sit_down("zoe"), await desk.sit_down("ali", color_scheme="dark")
    await zoe.evaluate(
        """() => {
          window.moved = [];
          const place = () => JSON.stringify([...document.querySelectorAll(
            ".card-name, .card-number, .card-facts, .card-foot, .card-past h3, .card-facts dt, "
            + ".card-facts dd"
          )].filter((each) => each.offsetParent).map((each) => {
            const { x, y, height } = each.getBoundingClientRect();
            const whole = [x, y, each.tagName === "H3" ? 0 : height].map(Math.round);
            return [each.className || each.tagName, ...whole];
          }));
          new MutationObserver(() => {
            if (document.querySelector(".card")) window.moved.push(place());
          }).observe(document.getElementById("main-slot"), { childList: true, subtree: true,
            attributes: true, characterData: true });
        }"""
    )
    call = await desk.scene.ring("PJSIP/101", "PJSIP/102", company=firm, people=people)
    for page in (zoe, ali):
        card = page.locator(".card[data-state=ringing]")
        for words in ("Support Gold", "Ended on 30/06/2026", "Ali Benali", "on a break"):
            await expect(card.locator(".card-facts")).to_contain_text(words, use_inner_text=True)
        await expect(card.locator("[data-text=today]")).to_have_text("4")
        await expect(card.locator(".card-age")).to_have_text("2 years ago", use_inner_text=True)
        await expect(card.locator("[data-rows=tickets] li")).to_have_count(2)
        await expect(card.locator("[data-rows=earlier] li")).to_have_count(3)
        rows = card.locator("[data-rows=earlier] li")
        await expect(rows.nth(0)).to_contain_text("Caller gave up", use_inner_text=True)
        await expect(rows.nth(1)).to_contain_text("Ali Benali: Till prints", use_inner_text=True)
    await picture(zoe, "card-everything")
    await picture(ali, "card-everything-dark")
    assert len(set(await zoe.evaluate("moved"))) == 1
    await desk.scene.answer(call, "PJSIP/102")
    await expect(zoe.locator("#notice")).to_contain_text("Taken by Ali Benali", use_inner_text=True)
    await expect(zoe.locator(".card")).to_have_count(0)
    await expect(ali.locator("[data-rows=earlier] li")).to_have_count(3)


async def test_what_monitoring_says_of_the_company_is_on_the_card(
    desk: Desk, picture: Picture
) -> None:
    firm, people = await regular(desk)
    await desk.scene.hear("rmm", *(bodies.datto(n, site="Boulangerie Durand") for n in "12"))
    zoe, ali = await desk.sit_down("zoe"), await desk.sit_down("ali", locale="fr-FR")
    await desk.scene.ring("PJSIP/101", "PJSIP/102", company=firm, people=people)
    alerts = zoe.locator(".card-facts > div", has_text="Alerts")
    english = re.compile(r"Alerts\s*2\s*SRV-01, since 10:\d\d")
    await expect(alerts).to_have_text(english, use_inner_text=True)
    alertes = ali.locator(".card-facts > div", has_text="Alertes")
    french = re.compile(r"Alertes\s*2\s*SRV-01, depuis 10:\d\d")
    await expect(alertes).to_have_text(french, use_inner_text=True)
    await picture(zoe, "card-alerts")
    await picture(ali, "card-alerts-fr")
    await desk.scene.hear("rmm", bodies.datto("3", site="Boulangerie Durand", device="SRV-02"))
    await expect(alerts).to_contain_text("2 devices, since", use_inner_text=True)
    over = (bodies.datto(n, site="Boulangerie Durand", state="resolved") for n in "123")
    await desk.scene.hear("rmm", *over)
    await expect(alerts).to_contain_text("None", use_inner_text=True)


async def test_the_operators_word_stands_beside_the_number(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe", locale="fr-FR")
    call = await desk.scene.ring("PJSIP/101")
    async with desk.scene.database.transaction() as connection:
        await connection.execute(update(calls_table).values(attestation="failed"))
    await desk.scene.tell(call, EventType.CALL_UPDATED)
    await expect(zoe.locator(".card-word")).to_have_text(
        "Le numéro est peut-être faux", use_inner_text=True
    )
    await picture(zoe, "card-unknown-failed-fr")


async def test_one_of_several_contacts_is_chosen_by_keyboard(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe")
    _, people = await desk.scene.company("Garage Vidal", "Anna Vidal", "Marc Vidal")
    await desk.scene.ring("PJSIP/101", people=people)
    link = zoe.locator(".card-caller")
    await expect(link).to_have_text("Choose the contact", use_inner_text=True)
    await link.focus()
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("#caller-dialog [name=contact]").first).to_be_focused()
    await picture(zoe, "caller-choose")
    await zoe.keyboard.press("Tab")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator(".card-name")).to_have_text("Marc Vidal", use_inner_text=True)
    await expect(zoe.locator("#caller-dialog")).to_be_hidden()
    await expect(link).to_be_focused()


async def test_an_unknown_caller_is_searched_for_and_written_down(
    desk: Desk, picture: Picture
) -> None:
    zoe = await desk.sit_down("zoe", locale="fr-FR", color_scheme="dark")
    await desk.scene.company("Boulangerie Dûrand", "Lucie Petit")
    call = await desk.scene.ring("PJSIP/101")
    await zoe.locator(".card-caller").focus()
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("#words")).to_be_focused()
    await zoe.keyboard.type("durand")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("#found li")).to_have_count(2)
    await expect(zoe.locator("#words")).to_be_focused()
    await picture(zoe, "caller-search-dark-fr")
    await zoe.fill("#name", "Paul Petit")
    await zoe.fill("#company", "Durand")
    await zoe.press("#company", "Enter")
    await expect(zoe.locator("#problem-company")).to_contain_text("Aucune entreprise")
    await expect(zoe.locator("#company")).to_be_focused()
    await zoe.fill("#company", "Boulangerie Dûrand")
    await zoe.press("#company", "Enter")
    await expect(zoe.locator(".card-name")).to_have_text("Paul Petit", use_inner_text=True)
    await expect(zoe.locator("#caller-dialog")).to_be_hidden()
    await desk.scene.hang_up(call)
    await desk.scene.ring("PJSIP/101", raw="0199001234", e164="+33199001234")
    await zoe.locator(".card-caller").click()
    await expect(zoe.locator("#words")).to_be_focused()
    await zoe.keyboard.press("Escape")
    await expect(zoe.locator("#caller-dialog")).to_be_hidden()


async def test_who_looks_elsewhere_is_notified_once_and_until_it_is_taken(desk: Desk) -> None:
    zoe, ali = await desk.sit_down("zoe"), await desk.sit_down("ali")
    async with desk.scene.database.transaction() as connection:
        wanted = {"wants_notifications": True, "wants_sound": True}
        await connection.execute(update(agents).where(agents.c.login == "zoe").values(wanted))
    for page in (zoe, ali):
        await page.add_init_script(f"({NOTIFICATIONS})(); ({SOUNDS})();")
        await page.reload()
        await page.wait_for_selector("#connection[data-state=live]")
    await expect(zoe.locator("#silent")).to_be_visible()
    await zoe.keyboard.press("Shift")
    await expect(zoe.locator("#silent")).to_be_hidden()
    await hide(zoe)
    await hide(ali)
    _, people = await desk.scene.company("Garage Vidal", "Anna Vidal")
    call = await desk.scene.ring("PJSIP/101", "PJSIP/102", people=people)
    await expect(zoe).to_have_title("Ringing · Anna Vidal")
    words = ["Ringing · Anna Vidal", "Garage Vidal, support", call]
    assert await zoe.evaluate("notified") == [words]
    assert await zoe.evaluate("tones") == 2
    await desk.scene.answer(call, "PJSIP/102")
    await expect(ali.locator(".card[data-state=mine]")).to_have_count(1)
    await expect(zoe.locator(".card")).to_have_count(0)
    assert await zoe.evaluate("notified") == [[*words, "closed"]]
    assert await ali.evaluate("notified") == []
    assert await ali.evaluate("tones") == 0
