"""``kind = "generic"``."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from callcenter.config.desks.remote import PollSeconds, RemoteTable
from webhooks.signature import SecretError, key_of


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


def _with_number(url: str) -> str:
    if not url.startswith(("https://", "http://")) or "{number}" not in url:
        raise PydanticCustomError(
            "ticket_url",
            "must be like https://desk.example.com/tickets/{number}",
            {"number": "{number}"},
        )
    return url


class GenericDesk(RemoteTable):
    """``generic`` is any backend that takes our signed request and answers with a number.

    ``secret`` signs (``whsec_...``); while it is being replaced, the new and the old stand there
    together, with a blank between. ``ticket_url`` is for a desk that does not answer where people
    read a ticket. ``searchable = false``: it cannot be asked for a call's ticket, so that whatever
    it leaves in doubt waits for somebody to look. ``follows = true``: it tells what becomes of its
    tickets, too, and every ``poll_s`` it is asked for what its webhooks did not tell. ``writes =
    true``: what agents say of their calls is written into them.
    """

    kind: Literal["generic"]
    secret: Annotated[SecretStr, AfterValidator(_signing)]
    ticket_url: Annotated[str, AfterValidator(_with_number)] | None = None
    searchable: bool = True
    follows: bool = False
    writes: bool = False
    poll_s: PollSeconds = 60.0

    @model_validator(mode="after")
    def _reads_what_it_writes(self) -> Self:
        if self.writes and not self.follows:
            raise PydanticCustomError(
                "writes", "needs follows = true: a ticket is read before it is written into"
            )
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        """Each of them that is valid."""
        return tuple(self.secret.get_secret_value().split())
