"""How far directories of desks are read, and what an administrator may have done about it."""

from datetime import UTC, datetime

from callcenter.core.entry import Kind
from callcenter.db import desk_passes
from callcenter.db.desk_passes import Pass
from tests.web.admin.test_directory import get
from tests.web.conftest import Site

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PAGE = "/admin/synchronisation"


async def begin(site: Site) -> Pass:
    async with site.scene.database.transaction() as connection:
        kind = Kind.CONTACT
        await desk_passes.begin(connection, "autotask", kind, number=1, since=None, now=NOW)
        going = await desk_passes.required(connection, "autotask", kind)
        await desk_passes.advance(connection, going, {"entries": 500, "added": 498, "unread": 7})
        return going


async def end(site: Site, going: Pass, *, kept: int = 0) -> None:
    async with site.scene.database.transaction() as connection:
        await desk_passes.end(connection, going, kept=kept, now=NOW)


async def last(site: Site) -> Pass:
    async with site.scene.database.reading() as connection:
        return await desk_passes.required(connection, "autotask", Kind.CONTACT)


async def test_without_a_desk_that_is_read_the_page_says_so(root: Site) -> None:
    assert "No desk’s customers are read into the directory" in await get(root, PAGE)


async def test_how_far_it_is_and_what_is_wrong_is_shown(root: Site) -> None:
    going = await begin(root)
    async with root.scene.database.transaction() as connection:
        await desk_passes.failed(
            connection, "autotask", Kind.CONTACT, error="no right to read <contacts>", now=NOW
        )
    page = await get(root, PAGE)
    assert "All are being read: 500 so far" in page
    assert "498 added, 0 changed, 0 removed, 0 left out" in page
    assert "Numbers that cannot be read: 7" in page
    assert "no right to read &lt;contacts&gt;" in page
    await end(root, going)
    page = await get(root, PAGE)
    assert "Up to date" in page
    assert "no right to read" not in page
    assert "Remove what is gone there" not in page


async def test_all_is_read_again_when_an_administrator_wants_it(root: Site) -> None:
    await end(root, await begin(root))
    assert (await last(root)).whole_at is not None
    status, _ = await root.post(PAGE, {"do": "again", "desk": "autotask"}, form=PAGE)
    assert status == 200
    assert (await last(root)).whole_at is None
    assert "Had a desk’s directory read again" in await get(root, "/admin/trail")


async def test_much_that_is_gone_is_removed_when_an_administrator_says_so(root: Site) -> None:
    await end(root, await begin(root), kept=300)
    assert "300 are gone there and were not removed" in await get(root, PAGE)
    status, _ = await root.post(PAGE, {"do": "remove", "desk": "autotask"}, form=PAGE)
    assert status == 200
    found = await last(root)
    assert (found.may_remove, found.whole_at) == (True, None)
    assert "Let what is gone from a desk be removed here" in await get(root, "/admin/trail")


async def test_nothing_else_can_be_asked_of_it(root: Site) -> None:
    await end(root, await begin(root))
    for fields in ({"do": "drop", "desk": "autotask"}, {"do": "again", "desk": "other"}):
        status, _ = await root.post(PAGE, fields, form=PAGE)
        assert status == 404
