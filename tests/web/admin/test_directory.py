"""The pages of the directory: companies, contacts, duplicates, customers."""

import re

from sqlalchemy import select

from callcenter.db import customers
from callcenter.db.schema import companies, contacts, contracts, devices, telephone_numbers
from tests.web.conftest import Site

Fields = dict[str, str]


async def get(site: Site, path: str) -> str:
    response = await site.client.get(path)
    assert response.status == 200, await response.text()
    return await response.text()


async def values(site: Site, *columns: object) -> list[tuple[object, ...]]:
    async with site.scene.database.reading() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns))]  # type: ignore[call-overload]  # any columns


def version_in(page: str, action: str) -> str:
    found = re.search(rf'action="{action}".*?name="version" value="([\w-]+)"', page, re.DOTALL)
    assert found, action
    return found[1]


async def test_a_company_is_written_down_with_all_that_is_its_own(site: Site) -> None:
    await site.sign_in("super")
    firm = {"name": " Garage  Vidal ", "account_owner": "Zoé Martin", "backup": ""}
    status, text = await site.post("/admin/companies/new", firm, form="/admin")
    assert status == 200
    assert "The company is added." in text
    assert await values(site, companies.c.name, companies.c.account_owner, companies.c.backup) == [
        ("Garage Vidal", "Zoé Martin", None)
    ]
    page = "/admin/companies/1"
    for part, fields in [
        ("numbers", {"number": "01 99 00 11 00"}),
        ("contracts", {"name": "Gold", "covers_support": "on", "ends_on": "2026-12-31"}),
        ("devices", {"name": "till-1", "kind": "till"}),
        ("contacts", {"name": "Anna Vidal", "email": "anna@vidal.example"}),
    ]:
        status, text = await site.post(f"{page}/{part}", fields, form=page)
        assert status == 200
        assert "Saved." in text
    assert "01 99 00 11 00" in text
    assert await values(site, telephone_numbers.c.e164) == [("+33199001100",)]
    assert await values(site, contracts.c.name, contracts.c.starts_on) == [("Gold", None)]
    assert await values(site, contacts.c.email) == [("anna@vidal.example",)]
    status, text = await site.post(
        "/admin/contacts/1/numbers", {"number": "06 39 98 11 22"}, form=page
    )
    assert "06 39 98 11 22" in text
    for part, key in (("numbers", "1"), ("contracts", "1"), ("devices", "1")):
        do = "take" if part == "numbers" else "remove"
        assert (await site.post(f"{page}/{part}", {"do": do, "id": key}, form=page))[0] == 200
    assert await values(site, telephone_numbers.c.e164) == [("+33639981122",)]
    assert await values(site, contracts.c.id) == await values(site, devices.c.id) == []


async def test_what_cannot_be_is_said_where_it_was_written(site: Site) -> None:
    await site.sign_in("super")
    await site.scene.company("Garage Vidal", "Anna Vidal", contract="Gold")
    page = "/admin/companies/1"
    for path, fields, said in [
        (page, {"name": ""}, "It needs a name."),
        (f"{page}/numbers", {"number": "101"}, "This is no telephone number"),
        (f"{page}/contacts", {"name": "Anna Vidal"}, "There is already one of this name"),
        (f"{page}/contacts", {"name": "Marc", "email": "marc"}, "no e-mail address"),
        (f"{page}/contracts", {"name": "Gold"}, "There is already one of this name"),
        (f"{page}/contracts", {"name": "New", "starts_on": "soon"}, "This is no day."),
        ("/admin/contacts/1/numbers", {"number": "anonymous"}, "This is no telephone number"),
        ("/admin/contacts/1", {"name": "Anna", "email": "@"}, "no e-mail address"),
        ("/admin/companies/new", {"name": "Garage Vidal"}, "There is already one of this name"),
    ]:
        status, text = await site.post(path, fields, form=page)
        assert (status, said in text) == (422, True), (path, fields)
        for value in filter(None, fields.values()):
            assert f'value="{value}"' in text
    for gone in ("/admin/companies/9", "/admin/contacts/9", "/admin/companies/9/remove"):
        assert (await site.client.get(gone)).status == 404
        assert (await site.post(gone, {"name": "x"}))[0] == 404


async def test_of_two_editors_the_second_is_told_and_nothing_is_lost(site: Site) -> None:
    await site.sign_in("super")
    await site.scene.company("Garage Vidal", "Anna Vidal", contract="Gold")
    for page, action, field in [
        ("/admin/companies/1", "/admin/companies/1", "backup"),
        ("/admin/contacts/1", "/admin/contacts/1", "email"),
        ("/admin/companies/1", "/admin/companies/1/contracts", "ends_on"),
    ]:
        began = version_in(await get(site, page), action)
        fields = {"id": "1", "name": "Vidal", "version": began}
        one, other = {"backup": ("zoe", "ali"), "email": ("a@b.example", "c@d.example")}.get(
            field, ("2026-11-30", "2026-12-31")
        )
        assert (await site.post(action, fields | {field: one}, form=page))[0] == 200
        status, text = await site.post(action, fields | {field: other}, form=page)
        assert status == 409
        assert f"<dd>{one}</dd>" in text
        assert f'value="{other}"' in text
        again = fields | {field: other, "version": version_in(text, action)}
        assert (await site.post(action, again, form=page))[0] == 200


async def test_what_is_searched_for_is_a_name_or_a_number_and_never_in_the_address(
    site: Site,
) -> None:
    await site.sign_in("super")
    await site.scene.company("Boulangerie Durand", "Lucie Petit")
    await site.post(
        "/admin/contacts/1/numbers", {"number": "0639981122"}, form="/admin/companies/1"
    )
    for words in ("durand", "lucie", "PETIT dur", "06 39 98 11 22", "+33639981122"):
        _, text = await site.post("/admin/companies/search", {"words": words}, form="/admin")
        assert "Boulangerie Durand" in text, words
    _, text = await site.post("/admin/companies/search", {"words": "vidal"}, form="/admin")
    assert "Nobody has these words" in text
    assert "Boulangerie Durand" in await get(site, "/admin/companies")


async def test_what_goes_along_is_said_before_it_does(site: Site) -> None:
    await site.sign_in("super")
    firm, people = await site.scene.company("Garage Vidal", "Anna Vidal", contract="Gold")
    await site.scene.ring("PJSIP/101", company=firm, people=people)
    page = await get(site, "/admin/companies/1/remove")
    assert re.sub(r"<[^>]+>", "", page).count("Contacts: 1") == 1
    version = version_in(page, "/admin/companies/1/remove")
    path = "/admin/companies/1/remove"
    await site.post("/admin/companies/1/contacts", {"name": "Marc Vidal"}, form=path)
    status, text = await site.post(path, {"version": version}, form=path)
    assert status == 409
    version = version_in(text, path)
    assert (await site.post(path, {"version": version}, form=path))[0] == 200
    assert await values(site, companies.c.id) == []
    assert (await site.client.get("/calls")).status == 200


async def test_a_contact_is_removed_from_its_page(site: Site) -> None:
    await site.sign_in("super")
    await site.scene.company("Garage Vidal", "Anna Vidal")
    path = "/admin/contacts/1/remove"
    version = version_in(await get(site, path), path)
    _, text = await site.post(path, {"version": version}, form=path)
    assert "The contact is removed." in text
    assert await values(site, contacts.c.id) == []


async def test_duplicates_are_proposed_and_merged_side_by_side(site: Site) -> None:
    await site.sign_in("super")
    await site.scene.company("Garage Vidal", "Anna Vidal", owner="Zoé Martin")
    await site.scene.company("GARAGE VIDAL SARL", "Vidal Anna", "Marc Vidal")
    page = "/admin/duplicates/companies/1/2"
    assert page in await get(site, "/admin/duplicates")
    shown = await get(site, page)
    seen = re.search(r'name="versions" value="([\w-]+)"', shown)
    assert seen
    fields = {"survivor": "1", "versions": seen[1]}
    assert (await site.post(page, fields | {"survivor": "9"}, form=page))[0] == 422
    assert (await site.post(page, fields | {"versions": "old"}, form=page))[0] == 409
    status, text = await site.post(page, fields, form=page)
    assert status == 200
    assert "The two are one now." in text
    assert await values(site, companies.c.name) == [("Garage Vidal",)]
    assert (await site.client.get(page)).status == 404
    assert "/admin/duplicates/contacts/1/2" in await get(site, "/admin/duplicates")


async def test_customers_are_an_administrators_to_let_in(root: Site) -> None:
    await root.scene.company("Garage Vidal", "Anna Vidal")
    await root.scene.company("Boulangerie Durand")
    page = "/admin/companies/1"
    fields = {"name": "Anna Vidal", "login": "anna", "contact_id": "1", "password": "long enough"}
    assert (await root.post(f"{page}/customers", fields, form=page))[0] == 200
    for wrong, said in [
        ({}, "This login cannot be used"),
        ({"name": ""}, "A customer needs a name."),
        ({"password": "short"}, "at least 10 characters"),
    ]:
        status, text = await root.post(f"{page}/customers", fields | wrong, form=page)
        assert (status, said in text) == (422, True)
    do = {"do": "off", "id": "1"}
    assert (await root.post(f"{page}/customers/1", do, form=page))[0] == 200
    assert (await root.post("/admin/companies/2/customers/1", do, form=page))[0] == 404
    weak = {"do": "password", "id": "1", "password": "short"}
    assert (await root.post(f"{page}/customers/1", weak, form=page))[0] == 422
    async with root.scene.database.reading() as connection:
        anna = await customers.by_login(connection, "anna")
    assert anna is not None
    assert (anna.company, anna.contact_id, anna.active) == ("Garage Vidal", 1, False)
    await root.post("/sign-out", {})
    await root.sign_in("super")
    assert "portal" not in await get(root, page)
