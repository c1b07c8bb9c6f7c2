"""The list of pages: each in the states in which people meet it, as one morning has them.

Pictures are taken of all, axe-core looks at all, and each is walked through by keyboard.
A new page needs a line here: tests/web/browser/test_views.py fails without it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page

from tests.web.browser.house import House

Act = Callable[[Page, House], Awaitable[None]]

CARD = ".card [data-rows=earlier][data-said]"
"""A card is whole once what is known of the caller beyond the name has arrived."""

LIVE = "#connection[data-state=live]"


async def nothing(_page: Page, _house: House) -> None:
    """The page as it is loaded."""


async def enter(page: Page, _house: House) -> None:
    """Send the form that has the focus without anything in it."""
    await page.locator("[name=title]").first.fill("")
    await page.locator("[name=title]").first.press("Enter")
    await page.wait_for_selector("[aria-invalid]")


async def open_caller(page: Page, _house: House) -> None:
    """Who is calling, beside the card."""
    await page.click(".card-caller")
    await page.wait_for_selector("#caller-place section")


async def search(page: Page, _house: House) -> None:
    """Somebody whose name is known in part."""
    await page.fill("#words", "le")
    await page.press("#words", "Enter")
    await page.wait_for_selector("#found")


async def wrong_password(page: Page, _house: House) -> None:
    """A password that is not hers."""
    await page.fill("#login", "zoe")
    await page.fill("#password", "wrong")
    await page.press("#password", "Enter")
    await page.wait_for_selector("#problem:not(:empty)")


async def complete_without_summary(page: Page, _house: House) -> None:
    """The ticket is not complete like this."""
    await page.click("#resolution button")
    await page.wait_for_selector("#problem-summary:not(:empty)")


async def hang_up(page: Page, house: House) -> None:
    """The agent was called while the page was open, and has hung up: the card says so."""
    await house.morning.call_and_hang_up()
    await page.wait_for_selector(".card[data-state=over]")
    await page.wait_for_selector("#work article[data-state=wrap-up]")


async def send_nothing(page: Page, _house: House) -> None:
    """A form without a word in it, as a browser without its own checks would send it."""
    await page.eval_on_selector(".request", "form => { form.noValidate = true; }")
    await page.click(".request button")
    await page.wait_for_selector("[aria-invalid]")


async def unfold(page: Page, _house: House) -> None:
    """What is folded away at first, but for menus."""
    await page.eval_on_selector_all(
        "main details", "all => all.forEach(each => { each.open = true; })"
    )


async def open_pauses(page: Page, _house: House) -> None:
    """The pauses that there are to choose from."""
    await page.keyboard.press("F8")
    await page.wait_for_selector("#pause[open]")


async def search_directory(page: Page, _house: House) -> None:
    """A company whose name is known in part."""
    await page.fill("#words", "durand")
    await page.press("#words", "Enter")
    await page.wait_for_selector(".admin-rows")


async def add_nothing(page: Page, _house: House) -> None:
    """A company without a name."""
    await page.press("#name", "Enter")
    await page.wait_for_selector("[aria-invalid]")


async def give_no_number(page: Page, _house: House) -> None:
    """What is no telephone number."""
    await page.fill("#number", "12345")
    await page.press("#number", "Enter")
    await page.wait_for_selector("#problem-number:not(:empty)")


async def upload_nothing(page: Page, _house: House) -> None:
    """No file was chosen."""
    await page.click(".admin-form button")
    await page.wait_for_selector("#problem-file:not(:empty)")


@dataclass(frozen=True, slots=True)
class View:
    """A page as one sees it: who looks, where, what is there once it is whole, and what is done."""

    name: str
    login: str | None
    path: str
    ready: str = "main"
    act: Act = nothing
    status: int = 200
    is_window: bool = False  # what stays in place while one scrolls is the point of it

    def address(self, house: House) -> str:
        """Where it is."""
        return house.address + self.path.format_map(house.morning.there)

    async def open(self, context: BrowserContext, house: House) -> Page:
        """A new page that shows it."""
        await house.let_in(context, self.login)
        page = await context.new_page()
        response = await page.goto(self.address(house))
        assert response and response.status == self.status, f"{self.name}: {response}"
        await page.wait_for_selector(self.ready, state="attached")
        await self.act(page, house)
        return page


VIEWS = (
    View("sign-in", None, "/sign-in"),
    View("sign-in-wrong", None, "/sign-in", act=wrong_password),
    View("console-ringing", "zoe", "/", CARD),
    View("console-talking", "ali", "/", CARD),
    View("console-wrap-up", "theo", "/", LIVE, hang_up),
    View("console-debts", "lea", "/", "#work article", enter),
    View("console-anonymous", "hugo", "/", CARD),
    View("console-shared", "nina", "/", CARD),
    View("console-caller", "zoe", "/", CARD, open_caller, is_window=True),
    View("console-idle", "sam", "/", LIVE),
    View("console-new-agent", "new", "/", LIVE),
    View("console-pauses", "sam", "/", LIVE, open_pauses),
    View("console-supervisor", "super", "/", CARD),
    View("caller", "zoe", "/callers/{unknown}", act=search),
    View("caller-shared", "nina", "/callers/{shared}"),
    View("work", "lea", "/work"),
    View("work-none", "sam", "/work"),
    View("work-call", "lea", "/work/{wrap_up}", act=enter),
    View("calls", "super", "/calls", LIVE),
    View("recording", "super", "/calls/{wrap_up}/recording"),
    View("calls-none", "new", "/calls", LIVE),
    View("tickets", "zoe", "/tickets"),
    View("tickets-none", "sam", "/tickets?mine=1"),
    View("ticket", "zoe", "/tickets/{ticket}", act=complete_without_summary),
    View("ticket-complete", "ali", "/tickets/{complete}", act=unfold),
    View("ticket-alerts", "zoe", "/tickets/{alerts}"),
    View("alerts", "zoe", "/alerts", LIVE),
    View("obligations", "super", "/obligations", LIVE, unfold),
    View("obligations-stuck", "super", "/obligations?show=stuck", LIVE, unfold),
    View("obligations-asked", "super", "/obligations?show=asked", LIVE),
    View("obligations-exempt", "super", "/obligations?show=exempt", LIVE),
    View("obligations-none", "sam", "/obligations", LIVE),
    View("missed-calls", "zoe", "/callbacks", LIVE, unfold),
    View("missed-calls-none", "new", "/callbacks", LIVE),
    View("calls-made", "zoe", "/outgoing"),
    View("audit", "super", "/audit"),
    View("floor", "super", "/floor", LIVE, unfold),
    View("history", "super", "/history?period=last-month", ".uplot", unfold),
    View("history-heat", "super", "/history?period=last-month&by=heat"),
    View("history-waits", "super", "/history?period=last-month&by=wait"),
    View("history-callers", "super", "/history?period=last-month&by=caller"),
    View("staffing", "super", "/staffing"),
    View("staffing-little", "super", "/staffing?line=sales&weeks=3&share=90&weekday=6"),
    View("staffing-wrong", "super", "/staffing?weeks=100&share=120", status=422),
    View("history-mails", "super", "/history/mails"),
    View("history-none", "super", "/history?from=2026-09-30&to=2026-09-01"),
    View("wallboard", "super", "/wallboard", LIVE),
    View("wallboard-line", "super", "/wallboard?line=network", LIVE),
    View("state", "rosa", "/state"),
    View("seat", "new", "/seat"),
    View("seat-own", "zoe", "/seat"),
    View("admin", "root", "/admin"),
    View("admin-agents", "root", "/admin/agents"),
    View("admin-agents-new", "root", "/admin/agents/new"),
    View("admin-agent", "root", "/admin/agents/{agent}", act=unfold),
    View("admin-telephones", "root", "/admin/telephones"),
    View("admin-companies", "super", "/admin/companies"),
    View("admin-companies-found", "super", "/admin/companies", act=search_directory),
    View("admin-companies-new", "super", "/admin/companies/new", act=add_nothing),
    View("admin-company", "root", "/admin/companies/{company}", act=unfold),
    View("admin-company-wrong", "super", "/admin/companies/{company}", act=give_no_number),
    View("admin-company-remove", "super", "/admin/companies/{company}/remove"),
    View("admin-contact", "super", "/admin/contacts/{contact}"),
    View("admin-contact-remove", "super", "/admin/contacts/{contact}/remove"),
    View("admin-duplicates", "super", "/admin/duplicates"),
    View("admin-duplicate", "super", "/admin/duplicates/companies/{first}/{second}"),
    View("admin-categories", "super", "/admin/categories", act=unfold),
    View("admin-webhooks", "root", "/admin/webhooks"),
    View("admin-webhooks-new", "root", "/admin/webhooks/new"),
    View("admin-webhooks-log", "root", "/admin/webhooks/new?kind=zammad_cti"),
    View("admin-webhook", "root", "/admin/webhooks/{webhook}"),
    View("admin-webhook-removal", "root", "/admin/webhooks/{webhook}/remove"),
    View("admin-import", "root", "/admin/import", act=upload_nothing),
    View("admin-import-one", "root", "/admin/import/{import}", ".tabs"),
    View("admin-import-refused", "root", "/admin/import/{import}?show=refused", ".tabs"),
    View("admin-synchronisation", "root", "/admin/synchronisation"),
    View("admin-trail", "super", "/admin/trail"),
    View("preferences", "zoe", "/preferences"),
    View("ticket-customers", "zoe", "/tickets/{customers}"),
    View("portal-sign-in", None, "/portal/sign-in"),
    View("portal", "lucie", "/portal"),
    View("portal-none", "yann", "/portal"),
    View("portal-new", "yann", "/portal/tickets/new", act=send_nothing),
    View("portal-ticket", "lucie", "/portal/tickets/{customers}"),
    View("portal-account", "lucie", "/portal/account"),
    View("no-such-page", "zoe", "/nowhere", status=404),
    View("forbidden", "zoe", "/audit", status=403),
)

NO_PAGES: Mapping[str, str] = {
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/metrics": "for machines",
    "/live": "a stream",
    "/history.{format}": "a file",
    "/calls/{call}/recording/{position}": "a sound",
    "/staffing.csv": "a file",
    "/static": "bundles",
    "/icon.svg": "a picture",
}
"""What can be read and is no page, beside everything under /api."""
