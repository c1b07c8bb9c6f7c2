"""Signing in and out, and who may ask for what."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient

from callcenter.db import sessions
from callcenter.web.app import build_app
from callcenter.web.context import WebContext
from callcenter.web.limiter import ATTEMPTS, KEPT, WINDOW, SignInLimiter
from callcenter.web.passwords import Passwords
from tests.web.conftest import QUICK_HASHER, SAME_ORIGIN, Site, token_in
from tests.web.scene import PASSWORD, Clock, Scene


async def attempt(site: Site, login: str, password: str, **fields: str) -> tuple[int, str, str]:
    """Send the form; gives status, where it leads and what the page says."""
    page = await (await site.client.get("/sign-in")).text()
    data = {"login": login, "password": password, "csrf_token": token_in(page), **fields}
    response = await site.client.post(
        "/sign-in", data=data, headers=SAME_ORIGIN, allow_redirects=False
    )
    return response.status, response.headers.get("Location", ""), await response.text()


async def test_who_is_not_signed_in_is_sent_to_the_form_and_then_on(site: Site) -> None:
    for path in ("/", "/calls", "/tickets", "/tickets/T20261123.0001"):
        response = await site.client.get(path, allow_redirects=False)
        assert response.status == 303
        assert response.headers["Location"].startswith("/sign-in")
    response = await site.client.get("/tickets")
    assert 'name="next" value="/tickets"' in await response.text()
    assert (await attempt(site, "zoe", PASSWORD, next="/tickets"))[:2] == (303, "/tickets")


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "https://evil.example", "", "/\r\nSet-Cookie: a=b"],
)
async def test_the_way_on_never_leads_elsewhere(site: Site, elsewhere: str) -> None:
    assert (await attempt(site, "zoe", PASSWORD, next=elsewhere))[:2] == (303, "/")


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("zoe", "wrong"),
        ("nobody", PASSWORD),
        ("zoe", ""),
        ("z" * 65, PASSWORD),
        ("z\0e", PASSWORD),
        ("zoe", "p" * 2000),
    ],
)
async def test_a_wrong_password_and_an_unknown_login_look_alike(
    site: Site, login: str, password: str
) -> None:
    status, _, page = await attempt(site, login, password)
    assert status == 422
    assert "do not go together" in page
    assert (await site.client.get("/", allow_redirects=False)).status == 303


async def test_an_unknown_login_costs_as_much_as_a_wrong_password() -> None:
    """What differs in time tells which logins there are: the same work is done for both."""
    verified = []

    class Counting(Passwords):
        def _verify(self, hashed: str | None, password: str) -> bool:
            verified.append(hashed)
            return super()._verify(hashed, password)

    passwords = Counting(QUICK_HASHER)
    assert not await passwords.verify(None, "nobody has this password")
    assert await passwords.verify(QUICK_HASHER.hash("mine"), "mine")
    assert not await passwords.verify("no hash at all", "mine")
    assert len(verified) == 3


async def test_each_of_several_open_forms_may_be_sent_however_late(site: Site) -> None:
    """A browser that comes back in the morning shows the form in every window it had."""
    forms = [await site.client.get("/sign-in") for _ in range(2)]
    assert "Max-Age" not in forms[0].headers["Set-Cookie"]
    for form in forms:
        fields = {"login": "zoe", "password": PASSWORD, "csrf_token": token_in(await form.text())}
        response = await site.client.post(
            "/sign-in", data=fields, headers=SAME_ORIGIN, allow_redirects=False
        )
        assert response.status == 303


async def test_a_cookie_that_we_did_not_make_is_no_token(site: Site) -> None:
    headers = {"Cookie": 'callcenter-form="><script>"'}
    page = await (await site.client.get("/sign-in", headers=headers)).text()
    assert len(token_in(page)) == 43


async def test_the_cookie_is_for_this_host_and_no_script(site: Site) -> None:
    page = await (await site.client.get("/sign-in")).text()
    response = await site.client.post(
        "/sign-in",
        data={"login": "zoe", "password": PASSWORD, "csrf_token": token_in(page)},
        headers=SAME_ORIGIN,
        allow_redirects=False,
    )
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("callcenter=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


async def test_over_tls_the_cookie_is_bound_to_it(
    make_context: Callable[..., WebContext],
    scene: Scene,
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> None:
    app = build_app(make_context(public_url="https://callcenter.test"))
    client = await aiohttp_client(app)
    response = await client.get("/sign-in")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-callcenter-form=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert response.headers["Strict-Transport-Security"]


async def test_signing_out_ends_the_session_itself(site: Site) -> None:
    await site.sign_in("zoe")
    (cookie,) = [each for each in site.client.session.cookie_jar if each.key == "callcenter"]
    await site.post("/sign-out", {})
    async with site.context.database.reading() as connection:
        assert await sessions.find(connection, cookie.value, site.context.now()) is None
    response = await site.client.get(
        "/", headers={"Cookie": f"callcenter={cookie.value}"}, allow_redirects=False
    )
    assert response.status == 303


async def test_a_session_ends_after_its_lifetime_and_lives_on_while_used(
    site: Site, clock: Clock
) -> None:
    await site.sign_in("zoe")
    for _ in range(6):
        clock.advance(hours=1.9)
        assert (await site.client.get("/", allow_redirects=False)).status == 200
    clock.advance(hours=1)
    assert (await site.client.get("/", allow_redirects=False)).status == 303


async def test_too_many_attempts_are_refused_for_a_while(site: Site, clock: Clock) -> None:
    for _ in range(ATTEMPTS):
        assert (await attempt(site, "zoe", "wrong"))[0] == 422
    status, _, page = await attempt(site, "zoe", PASSWORD)
    assert status == 429
    assert "Too many attempts" in page
    assert (await attempt(site, "ali", PASSWORD))[0] == 303
    clock.advance(seconds=WINDOW.total_seconds())
    site.client.session.cookie_jar.clear()
    assert (await attempt(site, "zoe", PASSWORD))[0] == 303


async def test_attempts_at_the_same_moment_all_count(site: Site) -> None:
    """Race: many attempts are under way before the first one has failed."""
    page = await (await site.client.get("/sign-in")).text()
    data = {"login": "zoe", "password": "wrong", "csrf_token": token_in(page)}
    responses = await asyncio.gather(
        *(site.client.post("/sign-in", data=data, headers=SAME_ORIGIN) for _ in range(12))
    )
    assert sorted(each.status for each in responses) == [422] * ATTEMPTS + [429] * (12 - ATTEMPTS)


def test_the_limiter_remembers_only_so_many(clock: Clock) -> None:
    limiter = SignInLimiter()
    for n in range(KEPT + 100):
        assert limiter.admit(str(n), "192.0.2.1", clock())
    assert len(limiter._attempts) == KEPT
    assert limiter.admit("0", "192.0.2.1", clock() + timedelta(seconds=1))


async def test_the_language_is_the_agents_own(site: Site) -> None:
    french = {"Accept-Language": "fr-CH, en;q=0.5"}
    assert "Se connecter" in await (await site.client.get("/sign-in", headers=french)).text()
    await site.sign_in("zoe")
    assert "Tickets" in await (await site.client.get("/")).text()
    _, page = await site.post("/language", {"language": "fr", "next": "/calls"})
    assert "Appels" in page
    assert 'lang="fr"' in page
    _, page = await site.post("/language", {"language": "xx", "next": "/"})
    assert 'lang="fr"' in page


async def test_passwords_are_hashed_with_argon2id() -> None:
    assert (await Passwords().hash("anything")).startswith("$argon2id$v=19$m=65536,t=3,")
