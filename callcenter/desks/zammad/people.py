"""Whom Zammad knows, by login or by number."""

from callcenter.core.spelling import is_spelling, spellings
from callcenter.desks.desk import DeskContact
from callcenter.desks.zammad.api import Zammad
from callcenter.desks.zammad.shapes import User


async def user(zammad: Zammad, login: str) -> User | None:
    """The active one with this login, or this e-mail address. Raises DeskError."""
    found = await zammad.users(f'"{login}"')
    return next((one for one in found if login.lower() in (one.login, one.email)), None)


async def contacts(zammad: Zammad, e164: str) -> list[DeskContact]:
    """All with this telephone or mobile number. Raises DeskError."""
    found = await zammad.users(" OR ".join(f'"{one}"' for one in spellings(e164)))
    return [_contact(one) for one in found if _has(one, e164)]


def _has(user: User, e164: str) -> bool:
    return any(number and is_spelling(number, e164) for number in (user.phone, user.mobile))


def _contact(user: User) -> DeskContact:
    name = " ".join(part for part in (user.firstname, user.lastname) if part)
    company = None if user.organization_id is None else str(user.organization_id)
    return DeskContact(str(user.id), name or user.login, company)
