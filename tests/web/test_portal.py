"""The customers' portal: signing in, reading, writing, and what they choose for themselves."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

import pytest
from aiohttp.test_utils import TestClient

from callcenter.db import customer_sessions, customers, tickets
from callcenter.web.app import build_app
from callcenter.web.context import WebContext
from callcenter.web.limiter import ATTEMPTS
from callcenter.web.pages.portal import tickets as tickets_page
from tests.web.conftest import QUICK_HASHER, SAME_ORIGIN, Site, token_in
from tests.web.scene import PASSWORD, PUBLIC_URL, Clock
from webhooks import Ticket

SIGN_IN = "/portal/sign-in"

ASKED = {"title": "The oven is cold", "description": "Since this morning.", "contact": ""}


@pytest.fixture
async def portal(site: Site) -> Site:
    """A site with a customer, who is not signed in yet."""
    company, people = await site.scene.company("Boulangerie Durand", "Lucie Petit", "Marc Roy")
    await site.scene.customer("claire", company, people[0])
    return site


@pytest.fixture
async def claire(portal: Site) -> Site:
    """The customer is signed in."""
    await portal.sign_in("claire", door=SIGN_IN)
    return portal


async def attempt(site: Site, login: str, password: str, **fields: str) -> tuple[int, str, str]:
    """Send the form; gives status, where it leads and what the page says."""
    page = await (await site.client.get(SIGN_IN)).text()
    data = {"login": login, "password": password, "csrf_token": token_in(page), **fields}
    response = await site.client.post(
        SIGN_IN, data=data, headers=SAME_ORIGIN, allow_redirects=False
    )
    return response.status, response.headers.get("Location", ""), await response.text()


async def get(site: Site, path: str = "/portal", *, status: int = 200) -> str:
    response = await site.client.get(path)
    assert response.status == status
    return await response.text()


async def open_ticket(site: Site, **different: str) -> tuple[int, str]:
    """Fill in a new form and send it."""
    page = await get(site, "/portal/tickets/new")
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key
    fields = {**ASKED, "form_key": key[1], "csrf_token": token_in(page), **different}
    response = await site.client.post("/portal/tickets", data=fields, headers=SAME_ORIGIN)
    return response.status, await response.text()


async def made(site: Site) -> list[Ticket]:
    """Every ticket there is, the newest first."""
    async with site.context.database.reading() as connection:
        wanted = tickets.TicketFilter()
        page = await tickets.page(connection, wanted, after=None, limit=99, base_url=PUBLIC_URL)
    return page.tickets


def cookie(site: Site) -> str | None:
    jar = site.client.session.cookie_jar
    return next((each.value for each in jar if each.key == "callcenter-portal"), None)


async def test_who_signs_in_goes_on_within_the_portal(portal: Site) -> None:
    response = await portal.client.get("/portal/account", allow_redirects=False)
    assert response.headers["Location"] == f"{SIGN_IN}?next=/portal/account"
    for following, expected in {
        "/portal/account": "/portal/account",
        "/tickets": "/portal",
        "//evil.example": "/portal",
        "/portalnot": "/portal",
        "": "/portal",
    }.items():
        portal.client.session.cookie_jar.clear()
        told = await attempt(portal, " Claire ", PASSWORD, next=following)
        assert told[:2] == (303, expected)


@pytest.mark.parametrize(
    ("login", "password"), [("claire", "wrong"), ("nobody", PASSWORD), ("zoe", PASSWORD)]
)
async def test_a_wrong_password_and_an_unknown_login_look_alike(
    portal: Site, login: str, password: str
) -> None:
    status, _, page = await attempt(portal, login, password)
    assert status == 422
    assert "do not go together" in page
    assert cookie(portal) is None


async def test_attempts_are_limited_however_the_login_is_typed(portal: Site) -> None:
    for _ in range(ATTEMPTS):
        assert (await attempt(portal, "claire", "wrong"))[0] == 422
    assert (await attempt(portal, "CLAIRE ", PASSWORD))[0] == 429
    await portal.sign_in("zoe")  # the agents' own limit is another


async def test_a_cookie_that_was_planted_is_nobodys_session(portal: Site) -> None:
    """Whoever knows a cookie from before the sign-in knows nothing of the session behind it."""
    jar, here = portal.client.session.cookie_jar, portal.client.make_url("/")
    jar.update_cookies({"callcenter-portal": "planted"}, here)
    assert (await attempt(portal, "claire", PASSWORD))[0] == 303
    assert cookie(portal) not in (None, "planted")
    async with portal.context.database.reading() as connection:
        now = portal.context.now()
        assert await customer_sessions.find(connection, "planted", now) is None


async def test_over_tls_the_cookie_is_bound_to_the_host(
    make_context: Callable[..., WebContext],
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> None:
    client = await aiohttp_client(build_app(make_context(public_url="https://callcenter.test")))
    given = (await client.get(SIGN_IN)).headers["Set-Cookie"]
    assert given.startswith("__Host-callcenter-portal-form=")


async def test_where_there_is_no_portal_its_pages_are_not_there(
    make_context: Callable[..., WebContext],
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> None:
    client = await aiohttp_client(build_app(make_context(portal=None)))
    response = await client.get(SIGN_IN)
    assert response.status == 404
    assert "To the console" in await response.text()


async def test_signing_out_ends_the_session_itself(claire: Site) -> None:
    token = cookie(claire)
    assert token
    await claire.post("/portal/sign-out", {}, form="/portal")
    assert cookie(claire) is None
    async with claire.context.database.reading() as connection:
        assert await customer_sessions.find(connection, token, claire.context.now()) is None


async def test_a_ticket_is_opened_and_read(claire: Site) -> None:
    status, page = await open_ticket(claire, telephone="06 39 98 11 22", contact="2")
    assert status == 200
    assert "we have received your ticket" in page
    assert "Since this morning." in page
    (ticket,) = await made(claire)
    assert (ticket.source, ticket.queue, ticket.contact) == ("portal", "support", "Marc Roy")
    assert (ticket.number, ticket.telephone) == ("T20261123.0001", "+33639981122")
    assert ticket.number in await get(claire)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "A few words are needed here."),
        ({"title": "x" * 300}, "This is too long"),
        ({"description": ""}, "Tell us what happens."),
        ({"telephone": "none"}, "This is no telephone number"),
    ],
)
async def test_a_mistake_is_shown_where_it_is_and_what_was_written_stays(
    claire: Site, wrong: Mapping[str, str], said: str
) -> None:
    status, page = await open_ticket(
        claire, **{"title": "Till", "description": "It rings", **wrong}
    )
    assert status == 422
    assert said in page
    assert 'aria-invalid="true"' in page
    assert "Till" in page or "It rings" in page
    assert await made(claire) == []


async def test_a_form_that_is_sent_twice_makes_one_ticket(claire: Site) -> None:
    """Race: the button was pressed twice, and neither answer was there yet."""
    answers = await asyncio.gather(*(open_ticket(claire, form_key="k" * 32) for _ in range(3)))
    assert [status for status, _ in answers] == [200] * 3
    assert len(await made(claire)) == 1
    assert (await open_ticket(claire, form_key="short"))[0] == 400


async def test_what_a_customer_adds_opens_a_completed_ticket_again(claire: Site) -> None:
    await open_ticket(claire)
    (ticket,) = await made(claire)
    here = f"/portal/tickets/{ticket.number}"
    await claire.scene.complete(ticket.number, "Fuse replaced.")
    page = await get(claire, here)
    assert "that opens it again" in page
    assert "Fuse replaced." not in page
    _, page = await claire.post(f"{here}/notes", {"note": "Still cold <b>"}, form=here)
    assert "Still cold &lt;b&gt;" in page
    assert 'data-status="new"' in page
    status, page = await claire.post(f"{here}/notes", {"note": " "}, form=here)
    assert status == 422
    assert "Write something first." in page


async def test_a_ticket_is_looked_for_and_not_in_the_address(claire: Site) -> None:
    await open_ticket(claire)
    await open_ticket(claire, title="Till", form_key="x" * 32)
    status, page = await claire.post("/portal/search", {"text": "oven"}, form="/portal")
    assert status == 200
    assert "The oven is cold" in page
    assert "Till</a>" not in page
    _, page = await claire.post("/portal/search", {"status": "waiting"}, form="/portal")
    assert "No such ticket." in page
    assert 'method="get"' not in page


@pytest.mark.parametrize("words", ["", "ticket"])
async def test_the_list_has_every_ticket_once_over_its_pages(
    claire: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(tickets_page, "ROWS", 2)
    for n in range(3):
        await open_ticket(claire, title=f"Ticket {n}", form_key=str(n) * 32)
        clock.advance(minutes=1)
    await claire.scene.complete((await made(claire))[0].number, "Done")
    _, page = await claire.post("/portal/search", {"text": words}, form="/portal")
    seen = re.findall(r">Ticket (\d)<", page)
    if words:
        after = re.search(r'name="after" value="([^"]+)"', page)
        assert after
        fields = {"text": words, "after": after[1]}
        _, page = await claire.post("/portal/search", fields, form="/portal")
    else:
        older = re.search(r'href="([^"]+)" rel="next"', page)
        assert older
        page = await get(claire, older[1])
    assert seen + re.findall(r">Ticket (\d)<", page) == ["1", "0", "2"]


@pytest.mark.parametrize("what", ["password", "switch"])
async def test_who_is_out_is_out_at_once(claire: Site, what: str) -> None:
    await get(claire)
    async with claire.context.database.transaction() as connection:
        customer = await customers.by_login(connection, "claire")
        assert customer
        now = claire.context.now()
        if what == "switch":
            await customers.set_active(connection, customer.id, active=False, now=now)
        else:
            hashed = QUICK_HASHER.hash("another one")
            await customers.set_password(connection, customer.id, hashed, now=now)
    response = await claire.client.get("/portal", allow_redirects=False)
    assert response.headers["Location"] == SIGN_IN
    assert (await attempt(claire, "claire", PASSWORD))[0] == 422


async def test_a_password_is_changed_by_who_knows_the_old_one(claire: Site) -> None:
    async def change(**fields: str) -> tuple[int, str]:
        sent = {"current": PASSWORD, "new": "a longer one", "again": "a longer one"} | fields
        return await claire.post("/portal/account/password", sent, form="/portal/account")

    for wrong, said in {
        "short": "The new password is too short.",
        "not the same": "not the same in both places",
        "x" * 2000: "This is too long",
    }.items():
        status, page = await change(new=wrong, again=wrong if wrong != "not the same" else "other")
        assert status == 422
        assert said in page
    for _ in range(ATTEMPTS):
        assert "is another one" in (await change(current="wrong"))[1]
    assert "Too many attempts" in (await change())[1]
    claire.scene.clock.advance(minutes=6)
    status, page = await change()
    assert "Sign in with the new one." in page
    assert (await attempt(claire, "claire", PASSWORD))[0] == 422
    assert (await attempt(claire, "claire", "a longer one"))[0] == 303


async def test_language_and_theme_are_the_customers_own(claire: Site) -> None:
    fields = {"language": "fr", "theme": "dark"}
    _, page = await claire.post("/portal/account", fields, form="/portal/account")
    assert "Enregistré." in page
    assert 'lang="fr"' in page
    assert 'data-theme="dark"' in page
    fields = {"language": "en", "next": "/portal/tickets/new"}
    _, page = await claire.post("/portal/language", fields, form="/portal")
    assert "What is it about?" in page
    await claire.post("/portal/account", {"language": "xx"}, form="/portal/account")
    response = await claire.client.get("/portal", headers={"Accept-Language": "fr"})
    page = await response.text()
    assert "Nos tickets" in page
    assert "data-theme" not in page


async def test_what_is_not_there_is_said_within_the_portal(claire: Site) -> None:
    for path in ("/portal/tickets/T20990101.0001", "/portal/nothing", "/portal?after=x"):
        assert "To our tickets" in await get(claire, path, status=404)
