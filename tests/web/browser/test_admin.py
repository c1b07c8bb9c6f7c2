"""The administration in a real browser, by keyboard alone."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.web.browser.conftest import Desk

FILE = """company,contact,phone,mobile,email
Garage Vidal,Anna Vidal,,0639981122,anna@vidal.example
Garage Vidal,Marc Vidal,,101,
"""


async def typed(page: Page, *keys: str) -> None:
    """Words are typed; what begins with ``<`` is a key: ``<Tab``."""
    for each in keys:
        if each.startswith("<"):
            await page.keyboard.press(each[1:])
        else:
            await page.keyboard.type(each)


async def test_a_company_is_written_down_by_keyboard_and_the_focus_stays(desk: Desk) -> None:
    super_ = await desk.sit_down("super")
    await super_.goto(f"{desk.address}/admin/companies/new")
    await super_.focus("#name")
    await typed(super_, "Garage Vidal", "<Tab", "Zoé Martin", "<Enter")
    await expect(super_.locator("h1")).to_have_text("Garage Vidal")
    await super_.focus("#number")
    await typed(super_, "101", "<Enter")
    await expect(super_.locator("#problem-number")).to_contain_text("no telephone number")
    await expect(super_.locator("#number")).to_be_focused()
    await super_.fill("#number", "")
    await typed(super_, "01 99 00 11 00", "<Enter")
    await expect(super_.locator("#numbers")).to_contain_text("01 99 00 11 00")
    await expect(super_.locator("#number")).to_be_focused()
    await super_.focus("#contacts summary")
    await typed(super_, "<Enter", "<Tab", "Anna Vidal", "<Tab", "<Tab", "<Enter")
    await expect(super_.locator("#contacts a")).to_have_text("Anna Vidal")


async def test_of_two_windows_the_second_is_told_and_keeps_what_was_typed(desk: Desk) -> None:
    await desk.scene.company("Garage Vidal")
    one = await desk.sit_down("super")
    await one.goto(f"{desk.address}/admin/companies/1")
    other = await one.context.new_page()
    await other.goto(f"{desk.address}/admin/companies/1")
    for page, backup in ((one, "Ali Benali"), (other, "Zoé Martin")):
        await page.fill("#backup", backup)
        await page.press("#backup", "Enter")
    await expect(one.locator("#fields .said")).to_have_text("Saved.")
    await expect(other.locator("#fields .conflict")).to_contain_text("Ali Benali")
    await expect(other.locator("#backup")).to_have_value("Zoé Martin")
    await other.press("#backup", "Enter")
    await expect(other.locator("#fields .said")).to_have_text("Saved.")
    await expect(other.locator("#backup")).to_have_value("Zoé Martin")


async def test_a_file_is_looked_at_and_then_applied(
    desk: Desk, picture: Callable[[Page, str], Awaitable[None]]
) -> None:
    await desk.scene.agent("root", "Nour Haddad", role="admin")
    root = await desk.sit_down("root")
    await root.goto(f"{desk.address}/admin/import")
    file = {"name": "customers.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    await root.set_input_files("#file", file)
    await root.press("#file", "Tab")
    await typed(root, "<Enter")
    await expect(root.locator("tbody")).to_contain_text("06 39 98 11 22")
    await picture(root, "admin-import-plan")
    await root.focus("button[value=apply]")
    await typed(root, "<Enter")
    await expect(root.locator(".said")).to_contain_text("Applied")
    await root.goto(f"{desk.address}/admin/companies")
    await expect(root.locator("tbody")).to_contain_text("Garage Vidal")
