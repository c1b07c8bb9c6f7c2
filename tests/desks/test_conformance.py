"""What every desk does, whatever is behind it: a new one is added to ``DESKS``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from callcenter.db.engine import Database
from callcenter.desks.desk import Desk, Draft
from tests.desks.backend import Backend, served
from tests.desks.remote import OLDER, desk_at
from tests.desks.test_builtin import DRAFT, desk_on

Opens = Callable[[Database, Path], AbstractAsyncContextManager[Desk]]


@asynccontextmanager
async def builtin(database: Database, _folder: Path) -> AsyncIterator[Desk]:
    yield desk_on(database)


@asynccontextmanager
async def generic(_database: Database, folder: Path) -> AsyncIterator[Desk]:
    async with served(Backend(folder / "tickets.db", [OLDER])) as url, desk_at(url) as desk:
        yield desk


DESKS: list[Opens] = [builtin, generic]


@pytest.fixture(params=DESKS, ids=lambda desk: desk.__name__)
async def desk(
    request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path
) -> AsyncIterator[Desk]:
    async with request.param(sqlite_database, tmp_path) as desk:
        yield desk


def draft(**known: str) -> Draft:
    """Of a call of its own, of whom nothing else is known."""
    return replace(DRAFT, key=str(uuid4()), **known)


async def test_a_key_that_it_never_heard_of_has_no_ticket(desk: Desk) -> None:
    await desk.create(draft())
    assert await desk.find(str(uuid4())) is None
    assert await desk.held([str(uuid4())]) == {}


async def test_a_ticket_is_found_by_its_key(desk: Desk) -> None:
    wanted = draft()
    ref = await desk.create(wanted)
    assert ref.number
    assert ref.url.startswith("http")
    assert await desk.find(wanted.key) == ref


async def test_each_key_has_a_ticket_of_its_own(desk: Desk) -> None:
    wanted = [draft() for _ in range(10)]
    refs = [await desk.create(one) for one in wanted]
    assert len({ref.number for ref in refs}) == len({ref.url for ref in refs}) == 10
    held = {one.key: [ref] for one, ref in zip(wanted, refs, strict=True)}
    assert await desk.held([*held, str(uuid4())]) == held


async def test_the_same_wanted_again_is_the_same_ticket(desk: Desk) -> None:
    wanted = draft()
    assert await desk.create(wanted) == await desk.create(wanted) == await desk.find(wanted.key)


async def test_two_who_want_it_at_once_get_the_same_ticket(desk: Desk) -> None:
    wanted = draft()
    refs = await asyncio.gather(*(desk.create(wanted) for _ in range(8)))
    assert len(set(refs)) == 1
    assert await desk.held([wanted.key]) == {wanted.key: [refs[0]]}


@pytest.mark.parametrize("text", ["Élise & <b>Fils</b> \N{CRAB}", '"\\', "x" * 400, "\u202etxet"])
async def test_any_name_may_be_in_it(desk: Desk, text: str) -> None:
    names = dict.fromkeys(("caller", "company", "contact", "contract", "account_owner"), text)
    wanted = draft(title=text, **names)
    assert await desk.find(wanted.key) is None
    ref = await desk.create(wanted)
    assert await desk.find(wanted.key) == ref


async def test_it_says_what_it_can_and_how_long_it_takes(desk: Desk) -> None:
    assert desk.name == "builtin"
    assert desk.searchable
    assert desk.settles_s >= 0
