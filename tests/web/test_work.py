"""What is yet to be written about calls, as plain pages and forms."""

from callcenter.db import agents, categories, tickets, trail, wrap_ups
from callcenter.db.schema import tickets as table
from tests.web.conftest import SAME_ORIGIN, Site, token_in
from tests.web.scene import PUBLIC_URL

FIELDS = {"title": "Printer is offline", "note": "Second floor.", "version": "0"}


async def answered(site: Site, *, interface: str = "PJSIP/101", line: str = "support") -> str:
    call = await site.scene.ring(interface, line=line)
    await site.scene.answer(call, interface)
    return call


async def with_ticket(site: Site) -> tuple[str, str]:
    call = await answered(site)
    number = await site.scene.ticket(call, "support: 0639981122", is_made=True)
    await site.scene.hang_up(call)
    site.scene.clock.advance(seconds=1)
    return call, number


async def state(site: Site, call: str) -> str | None:
    async with site.scene.database.reading() as connection:
        ids = [agent.id for agent in await agents.everyone(connection)]
        owed = [one for each in ids for one in await wrap_ups.unfinished(connection, each)]
    return "owed" if call in owed else None


async def test_a_call_is_wrapped_up_by_plain_forms(site: Site) -> None:
    await site.sign_in("zoe")
    call, number = await with_ticket(site)
    address = f"/work/{call}"
    page = await (await site.client.get("/")).text()
    assert f'action="{address}/finish"' in page
    status, page = await site.post(f"{address}/draft", {**FIELDS, "next": "/work"})
    assert status == 200
    assert 'value="Printer is offline"' in page
    assert 'data-version="1"' in page
    status, page = await site.post(
        f"{address}/finish", {**FIELDS, "version": "1", "do": "solved", "next": "/work"}
    )
    assert status == 200
    assert address not in page
    async with site.scene.database.reading() as connection:
        found = await tickets.get(connection, number, base_url=PUBLIC_URL)
    assert found is not None
    assert (found.title, found.status, found.solved_on_call) == (FIELDS["title"], "complete", True)
    assert await state(site, call) is None
    # Sent twice, as by a browser that goes back: nothing more happens.
    status, _ = await site.post(f"{address}/finish", {**FIELDS, "version": "1", "do": "solved"})
    assert status == 200
    page = await (await site.client.get("/calls")).text()
    assert "After-call work" in page


async def test_a_script_is_told_the_version_or_what_is_kept(site: Site) -> None:
    await site.sign_in("zoe")
    call, _ = await with_ticket(site)
    token = token_in(await (await site.client.get("/work")).text())
    headers = {**SAME_ORIGIN, "Accept": "application/json"}

    async def save(**fields: str) -> tuple[int, dict[str, object]]:
        data = {**FIELDS, **fields, "csrf_token": token}
        response = await site.client.post(f"/work/{call}/draft", data=data, headers=headers)
        return response.status, await response.json()

    assert await save() == (200, {"version": 1})
    assert await save(version="1", note="Third floor.") == (200, {"version": 2})
    status, told = await save(version="1", note="Cellar.")
    assert status == 409
    assert (told["version"], told["finished"]) == (2, False)
    assert told["fields"] == {
        "title": "Printer is offline",
        "category": "",
        "priority": "",
        "status": "",
        "note": "Third floor.",
        "summary": "",
    }
    assert await save(version="2", title="x" * 300) == (422, {"field": "title"})


async def test_an_older_window_is_shown_both_and_decides(site: Site) -> None:
    await site.sign_in("zoe")
    call, _ = await with_ticket(site)
    address = f"/work/{call}"
    await site.post(f"{address}/draft", {**FIELDS, "note": "Of the first window."})
    for path in ("draft", "finish"):
        status, page = await site.post(f"{address}/{path}", {**FIELDS, "note": "Of the second."})
        assert status == 409
        assert "Of the first window." in page
        assert "Of the second.</textarea>" in page
        assert 'name="version" value="1"' in page
    assert await state(site, call) == "owed"


async def test_nothing_is_qualified_by_saying_nothing(site: Site) -> None:
    await site.sign_in("zoe")
    call, number = await with_ticket(site)
    async with site.scene.database.transaction() as connection:
        await categories.add(connection, "Network")
    status, page = await site.post(f"/work/{call}/finish", {"do": "solved"})
    assert status == 422
    assert "Say in a few words" in page
    assert "Choose a category." in page
    same = {"title": "support: 0639981122", "status": "in_progress", "priority": "low"}
    status, page = await site.post(f"/tickets/{number}", same)
    assert "To be completed: a title of your own, a category" in page
    status, page = await site.post(f"/tickets/{number}/complete", {"summary": "Done."})
    assert status == 422
    assert "Say first what the call was about." in page
    assert await state(site, call) == "owed"
    for bad in ("9999", "x", "9" * 30):
        status, _ = await site.post(f"/work/{call}/finish", {**FIELDS, "category": bad})
        assert status == 404
    assert await state(site, call) == "owed"


async def test_only_who_answered_or_a_supervisor_writes_it(site: Site) -> None:
    call, _ = await with_ticket(site)
    address = f"/work/{call}"
    await site.sign_in("ali")
    assert (await site.client.get(address)).status == 403
    for path in ("draft", "finish", "use"):
        status, _ = await site.post(f"{address}/{path}", {**FIELDS, "number": "T1"})
        assert status == 403
    site.client.session.cookie_jar.clear()
    await site.sign_in("super")
    page = await (await site.client.get(address)).text()
    assert "Answered by" in page
    status, _ = await site.post(f"{address}/finish", {**FIELDS, "do": "open"})
    assert status == 200
    async with site.scene.database.reading() as connection:
        last = (await trail.of_call(connection, call))[-1]
    assert (last.actor, last.action) == ("super", "obligation.qualified")
    assert await state(site, call) is None


async def test_an_open_ticket_is_used_by_a_plain_form(site: Site) -> None:
    await site.sign_in("zoe")
    first, survivor = await with_ticket(site)
    call, number = await with_ticket(site)
    unmade = await answered(site)
    page = await (await site.client.get(f"/work/{call}")).text()
    assert f'value="{survivor}"' in page  # of the same number
    status, page = await site.post(f"/work/{call}/use", {"other": "T0"})
    assert status == 422
    assert "There is no open ticket with this number." in page
    status, page = await site.post(f"/work/{unmade}/use", {"number": survivor})
    assert status == 422
    assert "The ticket is being made" in page
    status, _ = await site.post(f"/work/{call}/use", {"other": f" {survivor.lower()} "})
    assert status == 200
    page = await (await site.client.get("/tickets")).text()
    assert number not in page
    page = await (await site.client.get(f"/tickets/{number}")).text()
    assert f'href="/tickets/{survivor}"' in page
    # What a window that is behind sends to the merged one is found in the survivor.
    await site.post(f"/tickets/{number}/notes", {"note": "Late."})
    page = await (await site.client.get(f"/tickets/{survivor}")).text()
    assert "The customer called again." in page
    assert "Late." in page
    about = {"title": "Late", "status": "new", "priority": "low"}
    status, _ = await site.post(f"/tickets/{number}", about)
    assert status == 404
    assert await state(site, first) == "owed"


async def test_a_ticket_in_another_desk_is_said_to_be_there(site: Site) -> None:
    await site.sign_in("zoe")
    call, number = await with_ticket(site)
    async with site.scene.database.transaction() as connection:
        await connection.execute(table.delete().where(table.c.number == number))
    page = await (await site.client.get(f"/work/{call}")).text()
    assert "The ticket is in another desk (builtin)" in page
    status, _ = await site.post(f"/work/{call}/finish", {**FIELDS, "do": "solved"})
    assert status == 200
    assert await state(site, call) is None


async def test_older_calls_are_links(site: Site) -> None:
    await site.sign_in("zoe")
    calls = [(await with_ticket(site))[0] for _ in range(6)]
    page = await (await site.client.get("/")).text()
    assert page.count("<article class=") >= 4
    for call in calls[:2]:
        assert f'href="/work/{call}"' in page
        assert f'id="work-{call}"' not in page
    for call in calls[2:]:
        assert f'id="work-{call}"' in page
    assert (await site.client.get("/work/00000000-0000-4000-8000-000000000000")).status == 404
