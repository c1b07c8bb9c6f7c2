"""What tickets can be about: categories, and sub-categories below them.

None is ever removed, for tickets point at them: one that is switched off is offered no more.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import trail, versions
from callcenter.db.schema import categories
from callcenter.db.trail import By
from callcenter.errors import CallcenterError

NAME_MAX = 80


class CategoryError(CallcenterError):
    """The category cannot be written, or chosen, like this; ``field`` is what to mend."""

    code = "category"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Category:
    """A category, or a sub-category, which has none below it. They are in their order."""

    id: int
    name: str
    position: int
    active: bool
    below: tuple["Category", ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a ticket is about: a category, and perhaps one below it."""

    category_id: int | None = None
    subcategory_id: int | None = None


NOTHING = Chosen()


async def tree(connection: AsyncConnection, *, with_inactive: bool = False) -> Sequence[Category]:
    """The categories with those below them, by position and name.

    Of one that is switched off, those below it are not offered either.
    """
    query = select(categories).order_by(categories.c.position, categories.c.name)
    if not with_inactive:
        query = query.where(categories.c.active)
    below: defaultdict[int | None, list[Any]] = defaultdict(list)
    for row in await connection.execute(query):
        below[row.parent_id].append(row)

    def grown(parent_id: int | None) -> tuple[Category, ...]:
        return tuple(
            Category(row.id, row.name, row.position, row.active, grown(row.id))
            for row in below[parent_id]
        )

    return grown(None)


async def paths(
    connection: AsyncConnection, category_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """What each is called, after the one above it where there is one."""
    above = categories.alias()
    query = (
        select(categories.c.id, above.c.name.label("above"), categories.c.name)
        .outerjoin(above, above.c.id == categories.c.parent_id)
        .where(categories.c.id.in_(set(category_ids)))
    )
    rows = (await connection.execute(query)).all()
    return {row.id: tuple(filter(None, (row.above, row.name))) for row in rows}


async def exist(connection: AsyncConnection) -> bool:
    """Whether there is any to choose from, so that every ticket needs one."""
    any_active = exists().where(categories.c.active, categories.c.parent_id.is_(None))
    return bool((await connection.execute(select(any_active))).scalar())


async def chosen(connection: AsyncConnection, category_id: int | None) -> Chosen:
    """What choosing this one means: with the category above it, if it is a sub-category.

    Raises CategoryError for one that is not there. One that was switched off meanwhile is taken: a
    ticket may have had it for long.
    """
    if category_id is None:
        return NOTHING
    query = select(categories.c.parent_id).where(categories.c.id == category_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise CategoryError("category", "there is no such category: load the page again")
    if row.parent_id is None:
        return Chosen(category_id)
    return Chosen(row.parent_id, category_id)


async def add(
    connection: AsyncConnection,
    name: str,
    *,
    parent_id: int | None = None,
    position: int = 0,
    by: By | None = None,
) -> int:
    """Add a category, or one below a category, and give its id. Raises CategoryError.

    ``by`` None is the demonstration, which has no trail.
    """
    name = _checked(name)
    await _refuse_taken(connection, name, parent_id)
    if parent_id is not None and (await chosen(connection, parent_id)).category_id != parent_id:
        raise CategoryError("parent", "a sub-category has none below it: choose a category")
    values = {"name": name, "parent_id": parent_id, "position": position}
    statement = insert(categories).values(values).returning(categories.c.id)
    category_id = int((await connection.execute(statement)).scalar_one())
    if by:
        about = f"category:{category_id}"
        await trail.note(
            connection,
            trail.Action.CATEGORY_ADDED,
            now=by.now,
            actor=by.actor,
            about=about,
            category=name,
        )
    return category_id


async def change(
    connection: AsyncConnection,
    category_id: int,
    *,
    name: str,
    position: int,
    active: bool,
    version: str,
    by: By,
) -> None:
    """Rename it, put it in its place, switch it on or off.

    Raises CategoryError, and StaleError for an old ``version``.
    """
    name = _checked(name)
    is_this = categories.c.id == category_id
    held = select(categories).where(is_this).with_for_update()
    row = (await connection.execute(held)).one_or_none()
    if row is None:
        raise CategoryError("category", "there is no such category: load the page again")
    versions.require(version, row.name, row.position, row.active)
    if name != row.name:
        await _refuse_taken(connection, name, row.parent_id)
    values = {"name": name, "position": position, "active": active}
    await connection.execute(update(categories).where(is_this).values(values))
    if changes := trail.changed(
        _told(row.name, row.position, row.active), _told(name, position, active)
    ):
        about, action = f"category:{category_id}", trail.Action.CATEGORY_CHANGED
        await trail.note_change(connection, action, by, about=about, changes=changes, category=name)


def version_of(category: Category) -> str:
    """What a form about a category begins with."""
    return versions.version_of(category.name, category.position, category.active)


def _told(name: str, position: int, active: bool) -> dict[str, str | None]:
    return {"name": name, "position": str(position), "active": "yes" if active else "no"}


def _checked(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise CategoryError("name", "a category needs a name")
    if len(name) > NAME_MAX:
        raise CategoryError("name", f"a category's name has at most {NAME_MAX} characters")
    return name


async def _refuse_taken(connection: AsyncConnection, name: str, parent_id: int | None) -> None:
    taken: Select[Any] = select(categories.c.id).where(categories.c.name == name, _below(parent_id))
    if (await connection.execute(taken)).first():
        raise CategoryError("name", f"there is already a category {name!r} here: choose another")


def _below(parent_id: int | None) -> ColumnElement[bool]:
    if parent_id is None:
        return categories.c.parent_id.is_(None)
    return categories.c.parent_id == parent_id
