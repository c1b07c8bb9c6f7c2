"""``[mail]``: the server through which reports are sent."""

from email.utils import parseaddr
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from callcenter.config.names import Table, Word


def _address(text: str) -> str:
    _name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or not text.isprintable():
        raise PydanticCustomError(
            "address", "must be an e-mail address, like 'Callcenter <callcenter@example.com>'"
        )
    return text


class Mail(Table):
    """``security`` is ``"starttls"``, ``"tls"`` (from the first byte, most often on port 465) or
    ``"none"``. ``sender``, in the file ``from``, is who the reports are from. ``hour`` is when they
    are sent, by the clock of ``[site] timezone``.
    """

    host: Word
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: Word | None = None
    password: SecretStr | None = None
    sender: Annotated[str, AfterValidator(_address), Field(alias="from")]
    hour: Annotated[int, Field(ge=0, le=23)] = 6

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise PydanticCustomError(
                "login", "needs both username and password, or neither of them"
            )
        if self.password is not None and self.security == "none":
            raise PydanticCustomError(
                "login", 'would send the password readable by all: set security = "starttls"'
            )
        return self
