"""``[database]``: where everything is kept."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_core import PydanticCustomError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from callcenter.config.names import Table

SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")


def _usable(url: SecretStr) -> SecretStr:
    """Accept the two engines that the store is tested on. The URL itself may hold a password."""
    text = url.get_secret_value()
    scheme, separator, _ = text.partition("://")
    if not separator or scheme not in SCHEMES:
        raise PydanticCustomError(
            "database_scheme",
            "must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://",
        )
    try:
        parsed = make_url(text)
    except (ArgumentError, ValueError):
        raise PydanticCustomError(
            "database_url", "must be like postgresql+asyncpg://user:password@host:5432/name"
        ) from None
    if scheme.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise PydanticCustomError(
            "database_file", "must name a file: sqlite+aiosqlite:///callcenter.db"
        )
    return url


class Database(Table):
    """``url`` is SQLAlchemy's; a relative SQLite path is relative to the folder of the start."""

    url: Annotated[SecretStr, AfterValidator(_usable)] = SecretStr(
        "sqlite+aiosqlite:///callcenter.db"
    )
