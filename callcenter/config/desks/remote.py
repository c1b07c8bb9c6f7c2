"""What all desks have in common that are asked over HTTP."""

import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from callcenter.config.http import WebAddress
from callcenter.config.names import Name, Table
from callcenter.config.pbx import PresentFile

TIMEOUT_MAX_S = 9.0
"""The job that makes tickets gives a desk two requests in its own, longer time-out."""

WEBHOOK_SECRET_MIN = 16
"""Characters: fewer can be guessed by whoever sees one signed webhook."""

PollSeconds = Annotated[float, Field(ge=10, le=3600)]
"""Between two times that a desk is asked for what changed there."""


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < WEBHOOK_SECRET_MIN:
        raise PydanticCustomError(
            "webhook_secret",
            "has fewer than {least} characters: make one with echo $(openssl rand -base64 32)",
            {"least": WEBHOOK_SECRET_MIN},
        )
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
"""What a desk signs its webhooks with, or presents with them."""


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


DeskAddress = Annotated[WebAddress, AfterValidator(_without_credentials)]


class RemoteTable(Table):
    """A desk over HTTP.

    ``url`` is where it is asked. ``ca_file`` is the certificate (PEM) that the desk's own must be
    signed by, without it the system's. ``timeout_s`` is for one request; ``settles_s`` is how long
    a request that was cut off may still make a ticket.
    """

    name: Name
    url: DeskAddress
    ca_file: Annotated[PresentFile, AfterValidator(_certificates)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=TIMEOUT_MAX_S)] = 8.0
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 30.0


class FollowedTable(RemoteTable):
    """A desk that tells what became of its tickets.

    ``webhook_secret`` is what it signs its webhooks with, or presents with them; without one none
    is believed. Every ``poll_s`` it is asked for what they did not tell.
    """

    webhook_secret: WebhookSecret | None = None
    poll_s: PollSeconds = 60.0


class CustomersTable(FollowedTable):
    """A desk that has customers: ``directory`` has them read into ours."""

    directory: bool = False
