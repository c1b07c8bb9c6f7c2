"""What the pages refuse, and what every answer carries."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import OperationalError

from callcenter.web.identity import SAFE_METHODS
from callcenter.web.security import CONTENT_SECURITY_POLICY
from tests.web.conftest import SAME_ORIGIN, Site, token_in


async def test_a_form_without_the_sessions_token_is_refused(site: Site) -> None:
    await site.sign_in("zoe")
    page = await (await site.client.get("/")).text()
    for token in ({}, {"csrf_token": ""}, {"csrf_token": token_in(page)[::-1]}):
        response = await site.client.post("/sign-out", data=token, headers=SAME_ORIGIN)
        assert response.status == 403
        assert 'name="next" value="/"' in await response.text()
    assert (await site.client.get("/", allow_redirects=False)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://callcenter.test.evil.example"},
    ],
)
async def test_a_form_from_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    await site.sign_in("zoe")
    token = {"csrf_token": token_in(await (await site.client.get("/")).text())}
    for path in ("/sign-out", "/sign-in"):
        response = await site.client.post(path, data=token, headers=headers)
        assert response.status == 403, path


async def test_an_old_browser_proves_itself_by_its_origin(site: Site) -> None:
    await site.sign_in("zoe")
    token = {"csrf_token": token_in(await (await site.client.get("/")).text())}
    ours = f"http://{site.client.host}:{site.client.port}"
    response = await site.client.post(
        "/language", data=token, headers={"Origin": ours}, allow_redirects=False
    )
    assert response.status == 303


async def test_the_sign_in_form_has_a_token_too(site: Site) -> None:
    response = await site.client.post(
        "/sign-in", data={"login": "zoe", "password": "x"}, headers=SAME_ORIGIN
    )
    assert response.status == 403


async def test_every_answer_forbids_what_no_page_needs(site: Site) -> None:
    await site.sign_in("zoe")
    for path in ("/", "/calls", "/tickets", "/nothing", "/tickets/T1", "/api/v1/calls", "/healthz"):
        response = await site.client.get(path)
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_no_page_has_a_script_or_a_style_in_it(site: Site) -> None:
    await site.sign_in("zoe")
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    number = await site.scene.ticket(call)
    for path in ("/", "/calls", "/tickets", f"/tickets/{number}", "/nothing", "/sign-in"):
        page = await (await site.client.get(path)).text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), path
        for script in re.findall(r"<script[^>]*>", page):
            assert "src=" in script or 'type="application/json"' in script


async def test_what_callers_send_is_escaped_wherever_it_is_shown(site: Site) -> None:
    evil = "</script><script>alert('1')</script>\"><img src=x>"
    await site.sign_in("zoe")
    firm, people = await site.scene.company(evil, evil, contract=evil, owner=evil)
    call = await site.scene.ring(
        "PJSIP/101", raw=evil[:20], e164=None, name=evil, company=firm, people=people
    )
    await site.scene.answer(call, "PJSIP/101")
    number = await site.scene.ticket(call, evil)
    for path in ("/", "/calls", "/tickets", f"/tickets/{number}"):
        page = await (await site.client.get(path)).text()
        assert "<img" not in page, path
        assert "<script>" not in page, path
        assert "alert" in page, path


async def test_static_files_are_kept_for_ever_by_their_names(site: Site) -> None:
    page = await (await site.client.get("/sign-in")).text()
    for path in re.findall(r'"(/static/[^"]+)"', page):
        response = await site.client.get(path)
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]
    missing = await site.client.get("/static/app-0.js")
    assert missing.status == 404
    assert missing.headers["Cache-Control"] == "no-store"
    assert (await site.client.get("/static/../app.py")).status == 404


async def test_errors_are_pages_with_a_code(site: Site) -> None:
    await site.sign_in("zoe")
    response = await site.client.get("/nothing")
    assert response.status == 404
    assert "<code>not_found</code>" in await response.text()
    response = await site.client.post("/language", data={"a": "x" * 140_000}, headers=SAME_ORIGIN)
    assert response.status == 413
    assert "<code>too_large</code>" in await response.text()
    assert (await site.client.post("/calls")).status == 405


async def test_a_fault_of_ours_is_a_page_with_the_id_of_its_log_line(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await site.sign_in("zoe")

    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("callcenter.db.calls.page", fail)
    response = await site.client.get("/calls")
    page = await response.text()
    assert response.status == 500
    assert "<code>internal</code>" in page
    assert "ZeroDivision" not in page
    request_id = re.findall(r"<code>([0-9a-f]{32})</code>", page)[0]
    assert request_id in capsys.readouterr().out


async def test_a_database_that_is_away_is_said_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.sign_in("zoe")

    async def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("callcenter.db.calls.page", fail)
    response = await site.client.get("/calls")
    assert response.status == 503
    assert "<code>away</code>" in await response.text()


async def test_pages_that_go_wrong_are_measured_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.sign_in("zoe")

    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("callcenter.db.calls.page", fail)
    await site.client.get("/calls")
    await site.client.get("/tickets/T1")
    figures = await (await site.client.get("/metrics")).text()
    for route, status in (("/calls", 500), ("/tickets/{number}", 404)):
        labels = f'{{method="GET",route="{route}",status="{status}"}}'
        assert f"callcenter_http_request_seconds_count{labels} 1.0" in figures


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("application/x-www-form-urlencoded; charset=none", b"a=b"),
        ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
        ("multipart/form-data", b"x"),
        ("application/json", b"{}"),
    ],
)
async def test_what_is_no_form_is_refused(site: Site, kind: str, body: bytes) -> None:
    headers = {**SAME_ORIGIN, "Content-Type": kind}
    response = await site.client.post("/sign-in", data=body, headers=headers)
    assert response.status == 400
    assert "<code>bad_form</code>" in await response.text()


async def test_a_form_that_never_arrives_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.web.identity.FORM_TIMEOUT_S", 0.05)
    await site.sign_in("zoe")
    never = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"csrf_token="
        await never.wait()

    headers = {**SAME_ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
    response = await site.client.post("/language", data=body(), headers=headers)
    assert response.status == 408


async def test_the_log_has_routes_and_no_addresses(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    await site.sign_in("zoe")
    await site.client.get("/tickets/T1?secret=0639981122")
    said = capsys.readouterr().out
    assert "route=/tickets/{number}" in said
    assert "0639981122" not in said
    assert "T1" not in said
    assert "zoe" not in said


def test_unsafe_methods_are_the_rest() -> None:
    assert {"POST", "PUT", "PATCH", "DELETE"}.isdisjoint(SAFE_METHODS)
