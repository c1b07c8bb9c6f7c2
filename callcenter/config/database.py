"""``[database]``: where everything is kept."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_core import PydanticCustomError

from callcenter.config.names import Table

SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")


def _known_scheme(url: SecretStr) -> SecretStr:
    """Accept the two engines that the store is tested on. The URL itself may hold a password."""
    scheme, separator, _ = url.get_secret_value().partition("://")
    if not separator or scheme not in SCHEMES:
        raise PydanticCustomError(
            "database_scheme",
            "must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://",
        )
    return url


class Database(Table):
    """``url`` is SQLAlchemy's; a relative SQLite path is relative to the folder of the start."""

    url: Annotated[SecretStr, AfterValidator(_known_scheme)] = SecretStr(
        "sqlite+aiosqlite:///callcenter.db"
    )
