"""The page of obligations: who sees which, and who decides what about them."""

import pytest

from callcenter.core.obligation import ExemptReason
from callcenter.db import claims, desk_writes, exemptions, standing, trail
from callcenter.db.standing import Standing
from tests.web.conftest import SAME_ORIGIN, Site, token_in
from tests.web.test_pages import get

WORDS = "companyID: this company has no open contract <b>"
WRONG = {"reason": "wrong_number"}


async def answered(site: Site, interface: str = "PJSIP/101") -> str:
    """A call that Zoé answered, whose ticket is not made yet."""
    call = await site.scene.ring(interface)
    await site.scene.answer(call, interface)
    await site.scene.hang_up(call)
    return call


async def stuck(site: Site, interface: str = "PJSIP/101") -> str:
    """One that the desk does not take."""
    call = await answered(site, interface)
    now = site.scene.clock()
    async with site.scene.database.transaction() as connection:
        await connection.exec_driver_sql(
            "UPDATE obligations SET claimed_by = 'one' WHERE call_id = ?", (call,)
        )
        await claims.stick(connection, call, holder="one", error=WORDS, now=now)
    return call


async def stands(site: Site, call: str) -> Standing:
    async with site.scene.database.reading() as connection:
        found = await standing.get(connection, call)
    assert found is not None
    return found


async def decisions(site: Site, call: str) -> list[tuple[str | None, str]]:
    async with site.scene.database.reading() as connection:
        return [(entry.actor, entry.action) for entry in await trail.of_call(connection, call)]


def confirming(site: Site) -> None:
    """A supervisor has to confirm, from here on."""
    object.__setattr__(site.context, "confirm_exemptions", True)  # it is frozen


async def test_what_is_stuck_is_shown_with_the_desks_own_words(site: Site) -> None:
    await site.sign_in("super")
    await stuck(site)
    await answered(site, "PJSIP/102")
    page = await get(site, "/obligations")
    assert "Zoé Martin" in page
    assert "Ali Benali" in page
    assert "this company has no open contract &lt;b&gt;" in page
    only_stuck = await get(site, "/obligations?show=stuck")
    assert "Ali Benali" not in only_stuck
    assert "Try all again" in only_stuck


async def test_an_agent_sees_their_own_and_retries_none(site: Site) -> None:
    await site.sign_in("zoe")
    mine, other = await stuck(site), await stuck(site, "PJSIP/102")
    page = await get(site, "/obligations?show=stuck")
    assert mine in page
    assert other not in page
    assert "Try again" not in page
    for path in (f"{mine}/retry", "retry", f"{other}/exempt", f"{mine}/confirm"):
        status, _ = await site.post(f"/obligations/{path}", WRONG)
        assert status == 403
    assert (await stands(site, mine)).stuck_at is not None


@pytest.mark.parametrize("every", [False, True])
async def test_a_supervisor_has_the_desk_asked_again(site: Site, every: bool) -> None:
    await site.sign_in("super")
    call = await stuck(site)
    status, page = await site.post(f"/obligations/{'' if every else call + '/'}retry", {})
    assert status == 200
    assert (await stands(site, call)).stuck_at is None
    assert await decisions(site, call) == [("super", "obligation.retried")]
    assert ("None at the moment." in page) == every


async def test_who_answered_says_that_no_ticket_is_needed_and_takes_it_back(site: Site) -> None:
    await site.sign_in("zoe")
    call = await answered(site)
    status, _ = await site.post(f"/obligations/{call}/exempt", WRONG)
    assert status == 200
    found = await stands(site, call)
    assert (found.is_exempt, found.exempt_reason) == (True, ExemptReason.WRONG_NUMBER)
    assert "Wrong number" in await get(site, "/obligations?show=exempt")
    await site.post(f"/obligations/{call}/reverse", {})
    assert (await stands(site, call)).state == "open"
    assert [action for _, action in await decisions(site, call)] == [
        "exemption.asked",
        "exemption.granted",
        "exemption.reversed",
    ]


async def test_where_the_site_wants_it_a_supervisor_confirms(site: Site) -> None:
    confirming(site)
    await site.sign_in("zoe")
    call = await answered(site)
    await site.post(f"/obligations/{call}/exempt", WRONG)
    assert (await stands(site, call)).is_asked
    assert "Take back" in await get(site, "/obligations?show=asked")
    await site.post("/sign-out", {})
    await site.sign_in("super")
    page = await get(site, "/obligations?show=asked")
    assert "Confirm" in page
    assert "Decline" in page
    status, page = await site.post(
        f"/obligations/{call}/confirm", {"next": "/obligations?show=asked"}, form="/obligations"
    )
    assert status == 200
    assert "None at the moment." in page
    assert (await stands(site, call)).is_exempt
    assert await decisions(site, call) == [
        ("zoe", "exemption.asked"),
        ("super", "exemption.granted"),
    ]


async def test_what_is_confirmed_is_the_reason_that_was_read(site: Site) -> None:
    confirming(site)
    await site.sign_in("super")
    call = await answered(site)
    for reason in (ExemptReason.WRONG_NUMBER, ExemptReason.TEST):  # while the first was read
        async with site.scene.database.transaction() as connection:
            now = site.scene.clock()
            await exemptions.ask(connection, call, reason, actor="zoe", now=now)
    await site.post(f"/obligations/{call}/confirm", WRONG)
    assert (await stands(site, call)).is_asked
    assert 'name="reason" value="test"' in await get(site, "/obligations?show=asked")
    await site.post(f"/obligations/{call}/confirm", {"reason": "test"})
    assert (await stands(site, call)).is_exempt


async def test_a_supervisor_declines_or_decides_alone(site: Site) -> None:
    confirming(site)
    await site.sign_in("super")
    asked, own = await answered(site), await answered(site)
    now = site.scene.clock()
    async with site.scene.database.transaction() as connection:
        await exemptions.ask(connection, asked, ExemptReason.TEST, actor="zoe", now=now)
    await site.post(f"/obligations/{asked}/decline", {})
    assert not (await stands(site, asked)).is_asked
    await site.post(f"/obligations/{own}/exempt", WRONG)
    assert (await stands(site, own)).is_exempt


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("{call}/exempt", {"reason": "because"}, 404),
        ("{call}/exempt", {}, 404),
        ("00000000-0000-0000-0000-000000000000/retry", {}, 404),
        ("{call}/reverse", {}, 200),  # nothing to reverse: the page shows how it stands
        ("{call}/confirm", {}, 200),
    ],
)
async def test_what_is_not_there_to_decide_changes_nothing(
    site: Site, path: str, fields: dict[str, str], status: int
) -> None:
    await site.sign_in("super")
    call = await answered(site)
    before = await stands(site, call)
    found, _ = await site.post(f"/obligations/{path.format(call=call)}", fields)
    assert found == status
    assert await stands(site, call) == before
    assert await decisions(site, call) == []


async def test_a_form_of_somebody_else_decides_nothing(site: Site) -> None:
    await site.sign_in("super")
    call = await answered(site)
    address = f"/obligations/{call}/exempt"
    token = token_in(await get(site, "/"))
    for fields, headers in (
        (WRONG, SAME_ORIGIN),
        ({**WRONG, "csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        response = await site.client.post(address, data=fields, headers=headers)
        assert response.status == 403
    status, _ = await site.post(address, {**WRONG, "next": "https://elsewhere.test/"})
    assert status == 200  # at home


async def test_the_ticket_of_an_exempt_call_says_so_in_the_readers_language(site: Site) -> None:
    await site.sign_in("zoe")
    call = await answered(site)
    number = await site.scene.ticket(call)
    here = f"/tickets/{number}"
    assert "No ticket needed" in await get(site, here)
    status, page = await site.post(
        f"/obligations/{call}/exempt", {**WRONG, "next": here}, form=here
    )
    assert status == 200
    assert "No ticket needed: Wrong number" in page
    assert "It needs a ticket after all" in page
    await site.post("/language", {"language": "fr"})
    page = await get(site, here)
    assert "Dispensé de ticket : Erreur de numéro" in page
    await site.post(f"/obligations/{call}/reverse", {"next": here}, form=here)
    assert "En cours" in await get(site, here)
    assert (await stands(site, call)).state == "ticketed"


async def test_the_ticket_of_another_agents_call_offers_no_exemption(site: Site) -> None:
    await site.sign_in("ali")
    number = await site.scene.ticket(await answered(site))
    assert "No ticket needed" not in await get(site, f"/tickets/{number}")


async def test_a_ticket_elsewhere_stays_as_it_is(site: Site) -> None:
    await site.sign_in("zoe")
    call = await answered(site)
    async with site.scene.database.transaction() as connection:
        await connection.exec_driver_sql(
            "UPDATE obligations SET state = 'ticketed', ticket_number = 'A17', "
            "ticket_url = 'https://desk.test/A17'"
        )
    await site.post(f"/obligations/{call}/exempt", WRONG)
    page = await get(site, "/obligations?show=exempt")
    assert 'href="https://desk.test/A17"' in page
    assert "stays as it is in the desk" in page


async def test_what_a_desk_did_not_take_is_listed_and_tried_again(site: Site) -> None:
    await site.sign_in("super")
    call = await answered(site)
    async with site.scene.database.transaction() as connection:
        await connection.exec_driver_sql(
            "UPDATE obligations SET state = 'qualified', ticket_number = 'A17', "
            "ticket_url = 'https://desk.test/A17'"
        )
        await desk_writes.owe(connection, call, now=site.scene.clock())
    assert "None at the moment." in await get(site, "/obligations?show=unwritten")
    async with site.scene.database.transaction() as connection:
        await desk_writes.stick(connection, call, error="no such state")
    page = await get(site, "/obligations?show=unwritten")
    assert ("no such state" in page, "Refused" in page) == (True, True)
    await site.post(f"/obligations/{call}/retry", {})
    page = await get(site, "/obligations?show=unwritten")
    assert ("no such state" in page, "Refused" in page) == (True, False)


async def test_a_long_list_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.web.pages.obligations.ROWS", 2)
    await site.sign_in("super")
    made = [await answered(site) for _ in range(3)]
    first = await get(site, "/obligations")
    forms = [f"/obligations/{call}/" for call in made]
    assert sum(form in first for form in forms) == 2
    (address,) = (
        line.split('href="')[1].split('"')[0].replace("&amp;", "&")
        for line in first.splitlines()
        if 'rel="next"' in line
    )
    second = await get(site, address)
    assert [form in second for form in forms] == [form not in first for form in forms]
