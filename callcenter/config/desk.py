"""``[[desk]]``: a ticketing backend."""

import ssl
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from callcenter.config.http import WebAddress
from callcenter.config.names import Name, Table, Word
from callcenter.config.pbx import PresentFile
from webhooks.signature import SecretError, key_of

TIMEOUT_MAX_S = 9.0
"""The job that makes tickets gives a desk two requests in its own, longer time-out."""


def _signing(secrets: SecretStr) -> SecretStr:
    words = secrets.get_secret_value().split()
    try:
        if not words:
            raise SecretError("is empty")
        for word in words:
            key_of(word)
    except SecretError as error:
        raise PydanticCustomError(
            "webhook_secret",
            "{error}: make one with echo whsec_$(openssl rand -base64 32)",
            {"error": str(error)},
        ) from None
    return secrets


def _without_credentials(url: str) -> str:
    if "@" in urlsplit(url).netloc:
        raise PydanticCustomError(
            "credentials", "has a user or a password in it: take it out, the secret is enough"
        )
    return url


def _certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except OSError:  # ssl's own among them
        raise PydanticCustomError(
            "ca_file", "names a file that has no certificate in PEM: {path}", {"path": str(path)}
        ) from None
    return path


def _field(name: str) -> str:
    if not name or any(letter in "{}'\"\\" or not letter.isprintable() for letter in name):
        raise PydanticCustomError(
            "custom_field", "must be the name of a custom field in RT, such as CallID"
        )
    return name


def _with_number(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "{number}" not in url:
        raise PydanticCustomError(
            "ticket_url",
            "must be like https://desk.example.com/tickets/{number}",
            {"number": "{number}"},
        )
    return url


class BuiltinDesk(Table):
    """``builtin`` keeps its tickets in callcenter's own database."""

    name: Name
    kind: Literal["builtin"]


class GenericDesk(Table):
    """``generic`` is any backend that takes our signed request and answers with a number.

    ``secret`` signs (``whsec_...``); while it is being replaced, the new and the old stand there
    together, with a blank between. ``ca_file`` is the certificate (PEM) that the desk's own must be
    signed by, without it the system's. ``ticket_url`` is for a desk that does not answer where
    people read a ticket. ``searchable = false``: it cannot be asked for a call's ticket, so that
    whatever it leaves in doubt waits for somebody to look. ``timeout_s`` is for one request;
    ``settles_s`` is how long a request that was cut off may still make a ticket.
    """

    name: Name
    kind: Literal["generic"]
    url: Annotated[WebAddress, AfterValidator(_without_credentials)]
    secret: Annotated[SecretStr, AfterValidator(_signing)]
    ca_file: Annotated[PresentFile, AfterValidator(_certificates)] | None = None
    ticket_url: Annotated[str, AfterValidator(_with_number)] | None = None
    searchable: bool = True
    timeout_s: Annotated[float, Field(gt=0, le=TIMEOUT_MAX_S)] = 8.0
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 30.0

    @property
    def secrets(self) -> tuple[str, ...]:
        """Each of them that is valid."""
        return tuple(self.secret.get_secret_value().split())


class RtDesk(Table):
    """``rt`` is a queue of a Request Tracker 5.

    ``url`` is the address of its pages, ``token`` one of a user who may make tickets in ``queue``.
    ``custom_field`` keeps the id of the call. ``users`` has RT's name of an agent, by login, where
    it is another. ``ca_file``, ``timeout_s`` and ``settles_s`` are as for ``generic``.
    """

    name: Name
    kind: Literal["rt"]
    url: Annotated[WebAddress, AfterValidator(_without_credentials)]
    token: SecretStr
    queue: Word
    custom_field: Annotated[str, AfterValidator(_field)] = "CallID"
    users: dict[str, Word] = Field(default_factory=dict)
    ca_file: Annotated[PresentFile, AfterValidator(_certificates)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=TIMEOUT_MAX_S)] = 8.0
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 60.0


Desk = Annotated[BuiltinDesk | GenericDesk | RtDesk, Field(discriminator="kind")]
"""``kind`` says which keys a table has."""
