"""What agents see of the portal: tickets that nobody has, and notes that customers may read."""

import pytest

from tests.web.conftest import Site
from tests.web.test_portal import get, made, open_ticket

SHOWN = "The customer may read this"


@pytest.fixture
async def opened(site: Site) -> str:
    """A customer opened a ticket, and an agent signed in; gives its number."""
    company, people = await site.scene.company("Boulangerie Durand", "Lucie Petit")
    await site.scene.customer("claire", company, people[0])
    await site.sign_in("claire", door="/portal/sign-in")
    await open_ticket(site, telephone="06 39 98 11 22")
    await site.sign_in("zoe")
    return (await made(site))[0].number


async def test_a_ticket_of_the_portal_waits_for_somebody_to_take_it(
    site: Site, opened: str
) -> None:
    page = await get(site, "/tickets")
    assert "A ticket from the portal is taken by nobody yet." in page
    assert opened in await get(site, "/tickets?source=portal&untaken=1")
    assert opened not in await get(site, "/tickets?source=phone")
    here = f"/tickets/{opened}"
    assert "06 39 98 11 22" in await get(site, here)
    _, page = await site.post(f"{here}/take", {}, form=here)
    assert "It is yours now." in page
    assert 'data-status="in_progress"' in page
    assert "is taken by nobody yet" not in await get(site, "/tickets")
    assert opened not in await get(site, "/tickets?untaken=1")
    assert "We are working on it." in await get(site, f"/portal{here}")


async def test_a_colleague_who_is_slower_is_told_who_has_it(site: Site, opened: str) -> None:
    here = f"/tickets/{opened}"
    await site.post(f"{here}/take", {}, form=here)
    site.client.session.cookie_jar.clear()
    await site.sign_in("ali")
    status, page = await site.post(f"{here}/take", {}, form=here)
    assert status == 422
    assert "Zoé Martin was faster." in page


async def test_customers_read_only_what_is_marked_for_them(site: Site, opened: str) -> None:
    here = f"/tickets/{opened}"
    await site.post(f"{here}/notes", {"note": "They are late payers"}, form=here)
    page = await get(site, here)
    assert page.count(SHOWN) == 1  # at the form alone
    await site.post(f"{here}/notes", {"note": "We come at noon", "public": "1"}, form=here)
    page = await get(site, here)
    assert page.count(SHOWN) == 2
    assert "Claire Vidal</span>, Customer" in page
    theirs = await get(site, f"/portal{here}")
    assert "We come at noon" in theirs
    assert "Zoé Martin" in theirs
    assert "late payers" not in theirs


async def test_without_a_company_there_is_nobody_to_read_it(site: Site) -> None:
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    number = await site.scene.ticket(call)
    await site.sign_in("zoe")
    assert SHOWN not in await get(site, f"/tickets/{number}")
