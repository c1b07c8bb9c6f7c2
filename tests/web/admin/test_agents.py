"""The pages of agents and telephones."""

import re

from callcenter.db import agents
from callcenter.db.agents import Agent
from tests.web.conftest import Site


async def agent_of(site: Site, login: str) -> Agent:
    async with site.scene.database.reading() as connection:
        found = await agents.by_login(connection, login)
    assert found is not None
    return found


async def get(site: Site, path: str) -> str:
    response = await site.client.get(path)
    assert response.status == 200
    return await response.text()


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', page)
    assert found
    return found[1]


async def test_somebody_new_may_sign_in_with_the_password_that_was_shown(root: Site) -> None:
    page = await get(root, "/admin/agents/new")
    made = re.search(r'name="password" type="text" value="([\w-]{16})"', page)
    assert made
    fields = {"login": "mia", "name": " Mia  Roux ", "role": "supervisor", "language": "fr"}
    fields |= {"password": made[1], "telephone:PJSIP/301": "on", "others": "PJSIP/302"}
    status, text = await root.post("/admin/agents/new", fields, form="/admin/agents")
    assert status == 200
    assert "may sign in" in text
    assert made[1] not in text
    mia = await agent_of(root, "mia")
    assert (mia.name, mia.role, mia.preferences.language) == ("Mia Roux", "supervisor", "fr")
    assert mia.interfaces == ("PJSIP/301", "PJSIP/302")
    await root.post("/sign-out", {})
    await root.sign_in("mia", made[1])


async def test_what_cannot_be_is_said_and_what_was_typed_stays(root: Site) -> None:
    for fields, said in [
        ({"login": "zoe", "name": "Zoé", "password": "long enough"}, "Somebody has this login"),
        ({"login": "mia", "name": "", "password": "long enough"}, "An agent needs a name."),
        ({"login": "mia", "name": "Mia", "password": "short"}, "at least 10 characters"),
        (
            {"login": "mia", "name": "Mia", "password": "long enough", "others": "PJSIP/101"},
            "given to somebody else",
        ),
        (
            {"login": "mia", "name": "Mia", "password": "long enough", "others": "a phone"},
            "such as PJSIP/101",
        ),
    ]:
        status, text = await root.post("/admin/agents/new", fields, form="/admin/agents")
        assert status == 422
        assert said in text
        assert f'value="{fields["login"]}"' in text


async def test_a_telephone_of_another_names_its_holder(root: Site) -> None:
    page = await get(root, f"/admin/agents/{(await agent_of(root, 'zoe')).id}")
    ali = page[page.index("PJSIP/102") :]
    assert "Ali Benali" in ali[:200]
    assert 'name="telephone:PJSIP/102" disabled' in page
    assert 'name="telephone:PJSIP/101" checked' in page
    assert "Ali Benali" in await get(root, "/admin/telephones")


async def test_of_two_who_edit_the_second_is_told_and_both_are_shown(root: Site) -> None:
    address = f"/admin/agents/{(await agent_of(root, 'zoe')).id}"
    began = version_in(await get(root, address))
    fields = {"role": "agent", "telephone:PJSIP/101": "on", "version": began}
    assert (await root.post(address, fields | {"name": "Zoé Petit"}, form=address))[0] == 200
    status, text = await root.post(address, fields | {"name": "Zoé Grand"}, form=address)
    assert status == 409
    assert "<dd>Zoé Petit</dd>" in text
    assert 'value="Zoé Grand"' in text
    again = fields | {"name": "Zoé Grand", "version": version_in(text)}
    assert (await root.post(address, again, form=address))[0] == 200
    assert (await agent_of(root, "zoe")).name == "Zoé Grand"


async def test_who_is_switched_off_is_signed_out_and_keeps_the_debts(root: Site) -> None:
    call = await root.scene.ring("PJSIP/101")
    await root.scene.answer(call, "PJSIP/101")
    zoe = await agent_of(root, "zoe")
    address = f"/admin/agents/{zoe.id}"
    assert "yet to write about 1 of their calls" in await get(root, address)
    _, text = await root.post(f"{address}/switch", {"do": "off"}, form=address)
    assert "Switch on again" in text
    assert "Tickets to write: 1" in text
    assert not (await agent_of(root, "zoe")).active
    await root.post(f"{address}/switch", {"do": "on"}, form=address)
    assert (await agent_of(root, "zoe")).active
    assert (await root.post(f"{address}/switch", {"do": "up"}, form=address))[0] == 404


async def test_the_last_administrator_cannot_be_switched_off(root: Site) -> None:
    address = f"/admin/agents/{(await agent_of(root, 'root')).id}"
    status, text = await root.post(f"{address}/switch", {"do": "off"}, form=address)
    assert status == 422
    assert "the last administrator" in text


async def test_a_new_password_ends_the_sessions(root: Site) -> None:
    zoe = await agent_of(root, "zoe")
    address = f"/admin/agents/{zoe.id}"
    status, text = await root.post(f"{address}/password", {"password": "another one"}, form=address)
    assert status == 200
    assert "The password is set" in text
    assert (await root.post(f"{address}/password", {"password": "x"}, form=address))[0] == 422
    await root.post("/sign-out", {})
    await root.sign_in("zoe", "another one")


async def test_a_right_is_granted_with_a_tick_and_none_comes_with_a_role(root: Site) -> None:
    address = f"/admin/agents/{(await agent_of(root, 'root')).id}"
    page = await get(root, address)
    assert 'name="right:supervise">' in page
    fields = {"name": "Root", "role": "admin", "version": version_in(page)}
    ticked = fields | {"right:supervise": "on", "right:fly": "on"}
    _, text = await root.post(address, ticked, form=address)
    assert 'name="right:supervise" checked>' in text
    assert (await agent_of(root, "root")).rights == ("supervise",)
    unticked = fields | {"version": version_in(text)}
    await root.post(address, unticked, form=address)
    assert (await agent_of(root, "root")).rights == ()


async def test_nobody_who_is_not_there_has_a_page(root: Site) -> None:
    assert (await root.client.get("/admin/agents/999")).status == 404
    assert (await root.post("/admin/agents/999", {"name": "x"}))[0] == 404
