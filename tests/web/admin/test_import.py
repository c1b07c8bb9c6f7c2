"""Uploading a directory file, looking at what will change, and applying it."""

import asyncio
import re
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import select

from callcenter.db.schema import companies, contacts, directory_imports
from callcenter.db.trail import By
from callcenter.directory import importer
from callcenter.directory.reasons import Fault, reason
from callcenter.web import uploads
from callcenter.web.importing import IMPORTS
from callcenter.web.pages.admin import imports
from callcenter.web.render import RENDERER
from tests.web.conftest import SAME_ORIGIN, Site, token_in

FILE = """company,contact,phone,mobile,email,account_owner
Garage Vidal,Anna Vidal,,0639981122,anna@vidal.example,Zoé Martin
Garage Vidal,Marc Vidal,,101,,
"""


async def send(
    site: Site, content: bytes | str, *, token: str | None = None, name: str = "customers.csv"
) -> tuple[int, str, str]:
    """Upload a file; gives status, path and text of the page that follows, once it has an end."""
    page = await (await site.client.get("/admin/import")).text()
    form = FormData(quote_fields=False)
    form.add_field("csrf_token", token_in(page) if token is None else token)
    data = content.encode() if isinstance(content, str) else content
    form.add_field("file", data, filename=name, content_type="text/csv")
    answer = await site.client.post("/admin/import", data=form, headers=SAME_ORIGIN)
    path = answer.url.path
    return answer.status, path, await settled(site, path) if answer.ok else await answer.text()


async def settled(site: Site, path: str) -> str:
    """The page once nothing is under way any more."""
    key, jobs = path.partition("?")[0].rpartition("/")[2], site.client.app[IMPORTS]._jobs
    if key.isdigit() and int(key) not in jobs:
        await (await site.client.get(path)).read()
    job = jobs.get(int(key)) if key.isdigit() else None
    if job is not None and job.task is not None:
        await asyncio.wait([job.task])
    return await (await site.client.get(path)).text()


async def act(site: Site, path: str, page: str, do: str) -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert found
    await site.post(path, {"do": do, "fingerprint": found[1]}, form=path)
    return await settled(site, path)


async def rows(site: Site, table: Any) -> list[Any]:
    async with site.scene.database.reading() as connection:
        return list((await connection.execute(select(table))).all())


async def test_nothing_is_written_before_it_was_seen_and_then_it_is_once(root: Site) -> None:
    status, path, page = await send(root, FILE)
    assert status == 200
    assert "06 39 98 11 22" in page
    assert "<ins>Zoé Martin</ins>" in page
    assert "is no telephone number" in await settled(root, f"{path}?show=refused")
    assert await rows(root, companies) == []
    for _ in range(2):
        text = await act(root, path, page, "apply")
        assert "Applied" in text
    assert [row.name for row in await rows(root, contacts)] == ["Anna Vidal"]
    (kept,) = await rows(root, directory_imports)
    assert (kept.content, kept.file_name) == (None, "customers.csv")
    listed = await (await root.client.get("/admin/import")).text()
    assert "1 added, 0 changed, 0 as they were, 1 left out" in listed
    assert "Nour Haddad" in listed


async def test_a_directory_that_changed_meanwhile_is_shown_anew(root: Site) -> None:
    _, path, page = await send(root, FILE)
    await root.scene.company("Garage Vidal", owner="Ali Benali")
    text = await act(root, path, page, "apply")
    assert "The directory changed meanwhile" in text
    text = await settled(root, f"{path}?show=changed")
    assert "<del>Ali Benali</del> <ins>Zoé Martin</ins>" in text
    assert await rows(root, contacts) == []
    assert "Applied" in await act(root, path, text, "apply")
    assert len(await rows(root, contacts)) == 1


async def test_an_import_that_fails_says_so_once_and_is_tried_again(
    root: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(importer, "preview", fail)
        _, path, page = await send(root, FILE)
    assert "nothing of it was written" in page
    page = await settled(root, path)
    assert "06 39 98 11 22" in page
    with monkeypatch.context() as broken:
        broken.setattr(importer, "apply", fail)
        found = re.search(r'name="fingerprint" value="(\w+)"', page)
        assert found
        root.client.app[IMPORTS].apply(1, found[1], By("root", root.scene.clock()))
        assert "nothing of it was written" in await settled(root, path)
    assert "Applied" in await act(root, path, await settled(root, path), "apply")


async def test_a_file_that_is_dropped_is_kept_no_longer(root: Site) -> None:
    _, path, page = await send(root, FILE, name="folder/cust\u202eomers.csv")
    await act(root, path, page, "drop")
    assert "was dropped" in await settled(root, path)
    (kept,) = await rows(root, directory_imports)
    assert (kept.content, kept.applied_at, kept.file_name) == (None, None, "customers.csv")
    assert (await root.client.get("/admin/import/99")).status == 404


async def test_a_file_that_cannot_be_used_is_told_at_once(root: Site) -> None:
    for content, said in [
        (b"", "Choose a file first."),
        ("société;contact\nA;B\n", "There is no “company”."),
        ("company\nÉcole\n".encode("latin-1"), "not in UTF-8 (line 2)"),
        ("company\nA\n".encode("utf-16"), "UTF-16"),
    ]:
        status, _, text = await send(root, content)
        assert (status, said in text) == (422, True), text
    assert await rows(root, directory_imports) == []


async def test_a_file_that_is_too_large_is_not_read_to_its_end(
    root: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = uploads.CHUNK
    limited = uploads.upload_page(imports.upload, roles=("admin",), most=most)
    (route,) = [
        each
        for each in root.client.app.router.routes()
        if each.method == "POST" and each.resource and each.resource.canonical == "/admin/import"
    ]
    monkeypatch.setattr(route, "_handler", limited)
    status, _, _ = await send(root, "company\n" + "x" * 3 * most)
    assert status == 413


async def test_no_file_is_read_of_a_form_that_is_not_ours(root: Site) -> None:
    status, _, _ = await send(root, FILE, token="")
    assert status == 403
    form = FormData()
    form.add_field("file", FILE.encode(), filename="x.csv")
    answer = await root.client.post("/admin/import", data=form)
    assert answer.status == 403
    rubbish = {"Content-Type": "multipart/form-data; boundary=x", **SAME_ORIGIN}
    answer = await root.client.post("/admin/import", data=b"rubbish", headers=rubbish)
    assert answer.status in (400, 403)
    assert await rows(root, directory_imports) == []


async def test_everything_that_can_be_wrong_has_words(site: Site) -> None:
    names = ("cell", "column", "length", "most", "name", "before", "count", "columns", "line")
    wordless = []
    for language in ("en", "fr"):
        environment = site.client.app[RENDERER]._environments[language]
        words = environment.get_template("admin/import_reasons.html").make_module({})
        for fault in set(Fault) - {Fault.NO_FILE}:  # which is the command's
            one = reason(fault, **dict.fromkeys(names, "7"))
            if fault in (str(words.text(one)), ""):  # type: ignore[attr-defined]  # its macro
                wordless.append((language, fault))
    assert wordless == []
