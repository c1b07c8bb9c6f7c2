"""Each kind of asker against each route, from the table in ``tests/web/authorisation.py``."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from aiohttp import ClientResponse

from callcenter.db import agents, customer_sessions, customers, imports, sessions, tokens
from callcenter.web.bundles import read_manifest
from tests.web.authorisation import ROUTES, Told, Who
from tests.web.conftest import SAME_ORIGIN, Site
from tests.webhooks.destinations import failing

SIGN_INS = {"/sign-in": Told.SIGN_IN, "/portal/sign-in": Told.PORTAL_SIGN_IN}
REFUSALS = {401: Told.UNAUTHORISED, 403: Told.FORBIDDEN}

LOGINS = {Who.AGENT: "zoe", Who.SUPERVISOR: "super", Who.ADMIN: "root"}


@dataclass(frozen=True, slots=True)
class Asker:
    """What a browser or a program of this kind sends with each request."""

    headers: Mapping[str, str]
    csrf_token: str


async def introduce(site: Site, who: Who) -> Asker:
    """Somebody of this kind, as they are after signing in: each time somebody new.

    The token of the form stands in the sign-in's own cookie too, so that this form is theirs.
    """
    headers, session_cookie, csrf_token = dict(SAME_ORIGIN), "", secrets.token_urlsafe(32)
    async with site.context.database.transaction() as connection:
        if login := LOGINS.get(who):
            agent = await agents.by_login(connection, login)
            assert agent is not None
            session = await sessions.create(connection, agent, site.context.now())
            session_cookie, csrf_token = f"callcenter={session.token}; ", session.csrf_token
        elif who is Who.CUSTOMER:
            customer = await customers.by_login(connection, "claire")
            assert customer is not None
            found = await customer_sessions.create(connection, customer, site.context.now())
            session_cookie, csrf_token = f"callcenter-portal={found.token}; ", found.csrf_token
        elif who is Who.TOKEN:
            secret = await tokens.create(connection, secrets.token_hex(8), site.context.now())
            headers["Authorization"] = f"Bearer {secret}"
    form_cookies = f"callcenter-form={csrf_token}; callcenter-portal-form={csrf_token}"
    headers["Cookie"] = session_cookie + form_cookies
    return Asker(headers, csrf_token)


@pytest.fixture
async def examples(site: Site) -> Mapping[str, str]:
    """Something that is there for each part of a path that is in braces."""
    root = await site.scene.agent("root", "Nour Haddad", role="admin")
    first, (anna,) = await site.scene.company("Boulangerie Durand", "Anna Petit")
    second, _ = await site.scene.company("Boulangerie Durand SARL")
    await site.scene.customer("claire", first)
    call = await site.scene.ring("PJSIP/101", company=first)
    await site.scene.answer(call, "PJSIP/101")
    return {
        "{agent}": str(root.id),
        "{call}": call,
        "{category}": "1",
        "{company}": str(first),
        "{position}": "0",
        "{contact}": str(anna),
        "{customer}": "1",
        "{first}": str(first),
        "{id}": call,
        "{import}": await kept_import(site),
        "{format}": "csv",
        "{kind}": "companies",
        "{webhook}": str(await failing(site.scene.database)),
        "{missed}": str(await site.scene.missed()),
        "{outgoing}": await site.scene.outgoing("zoe"),
        "{number}": await site.scene.ticket(call),
        "{report}": "1",
        "{second}": str(second),
        "{secret}": "not-the-secret-of-anybody",
        "{source}": "rmm",
        "{desk}": "rt",
        "/static": read_manifest()["app.css"],
    }


async def kept_import(site: Site) -> str:
    """A file that somebody uploaded; gives its id."""
    async with site.context.database.transaction() as connection:
        return str(
            await imports.add(connection, "x", "company\n", agent_id=None, now=site.context.now())
        )


def routes(site: Site) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the application."""
    for route in site.client.app.router.routes():
        assert route.resource is not None
        yield route.method, route.resource.canonical


async def test_the_table_has_every_route_and_no_other(site: Site) -> None:
    there = {("GET" if method == "HEAD" else method, path) for method, path in routes(site)}
    assert there - set(ROUTES) == set(), "add them to tests/web/authorisation.py"
    assert set(ROUTES) - there == set(), "take them out of tests/web/authorisation.py"


@pytest.mark.parametrize("who", Who)
async def test_each_route_tells_each_asker_what_the_table_says(
    site: Site, examples: Mapping[str, str], who: Who
) -> None:
    wrong = {}
    for method, path in routes(site):
        told = await ask(site, await introduce(site, who), method, filled(path, examples))
        expected = ROUTES["GET" if method == "HEAD" else method, path][who]
        if told != expected:
            wrong[method, path] = f"{told}, not {expected}"
    assert wrong == {}


@pytest.mark.parametrize("who", [*LOGINS, Who.CUSTOMER])
@pytest.mark.parametrize("lacking", ["token", "origin"])
async def test_nothing_is_changed_by_a_form_that_is_not_from_our_pages(
    site: Site, examples: Mapping[str, str], who: Who, lacking: str
) -> None:
    wrong = []
    for method, path in routes(site):
        if method == "POST" and ROUTES[method, path][who] is Told.SERVED:
            asker = await introduce(site, who)
            if lacking == "token":
                asker = Asker(asker.headers, "")
            else:
                asker = Asker({"Cookie": asker.headers["Cookie"]}, asker.csrf_token)
            if await ask(site, asker, method, filled(path, examples)) != Told.FORBIDDEN:
                wrong.append(path)
    assert wrong == []


def filled(path: str, examples: Mapping[str, str]) -> str:
    """The path with something that is there in each of its parts."""
    for part, example in examples.items():
        path = path.replace(part, example)
    missing = re.search(r"\{\w+\}", path)
    assert not missing, f"{path}: add {missing and missing[0]} to the examples"
    return path


async def ask(site: Site, asker: Asker, method: str, path: str) -> Told | str:
    """What that asker is told; the status where it is nothing that the table knows."""
    site.client.session.cookie_jar.clear()
    body = {"csrf_token": asker.csrf_token} if method == "POST" else None
    async with site.client.request(
        method, path, data=body, headers=asker.headers, allow_redirects=False
    ) as response:
        return _told(method, response)


def _told(method: str, response: ClientResponse) -> Told | str:
    where = response.headers.get("Location", "").partition("?")[0]
    if response.status in REFUSALS:
        return REFUSALS[response.status]
    if response.status == 303 and where in SIGN_INS and not response.cookies:
        return SIGN_INS[where]  # without a cookie: who signed out is led there too, and loses one
    # A form without a field is told so, or that there is no such thing: it was let in.
    served = response.status < (400 if method in ("GET", "HEAD") else 405)
    return Told.SERVED if served or response.status in (409, 422) else str(response.status)
