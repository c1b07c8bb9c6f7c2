"""What the calls of a narrowed list have in common, in the words of the history's rows."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.tally import NOBODY
from callcenter.db.schema import agents
from callcenter.web import names
from callcenter.web.history import By
from callcenter.web.names import Agreed
from callcenter.web.narrowing import Narrowing
from callcenter.web.tables import Label

OF_THE_DIRECTORY: Final = frozenset({By.CONTACT, By.CONTRACT, By.OWNER})
"""Nobody looks these up by a number who does not look after the directory."""


class Cut(NamedTuple):
    """By what, and how the row is labelled; ``is_told``: that is known, and for this reader."""

    by: By
    label: Label
    is_told: bool = True


async def cuts(
    connection: AsyncConnection, narrowed: Narrowing, today: date, *, is_staff: bool
) -> list[Cut]:
    """In the order of the history; those by line, agent, company and caller are told otherwise."""
    words: Mapping[By, int | str | None] = {
        By.WEEKDAY: narrowed.weekday,
        By.HOUR: narrowed.hour,
        By.PRIORITY: narrowed.priority,
        By.STATUS: narrowed.status,
    }
    ids = {
        By.CONTACT: narrowed.contact,
        By.CATEGORY: narrowed.category,
        By.TECHNICIAN: narrowed.technician,
        By.CONTRACT: narrowed.contract,
        By.OWNER: narrowed.owner,
    }
    found = {
        by: Cut(by, None if word == NOBODY else word)
        for by, word in words.items()
        if word is not None
    }
    for by, id_ in ids.items():
        if id_ is not None:
            found[by] = await _cut(connection, by, id_, today, is_staff=is_staff)
    return [found[by] for by in By if by in found]


async def _cut(
    connection: AsyncConnection, by: By, id_: int, today: date, *, is_staff: bool
) -> Cut:
    if by in OF_THE_DIRECTORY and not is_staff:
        return Cut(by, None, is_told=False)
    label: Label = (await _labels(connection, by, id_, today)).get(str(id_))
    # A company without a contract names those that have none; whoever else is gone has no name.
    is_none = not id_ or by in {By.CONTRACT, By.OWNER}
    return Cut(by, label, is_told=label is not None or is_none)


async def _labels(
    connection: AsyncConnection, by: By, id_: int, today: date
) -> Mapping[str, str | Agreed]:
    match by:
        case By.CATEGORY:
            return await names.of_categories(connection)
        case By.CONTACT:
            return await names.of_contacts(connection, [str(id_)])
        case By.TECHNICIAN:
            return await names.of_rows(connection, agents, [str(id_)])
        case By.OWNER:
            return await names.owners(connection)
        case _:
            return await names.agreements(connection, today)
