"""``kind = "osticket"``."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from callcenter.config.desks.remote import RemoteTable
from callcenter.config.names import matching

EmailAddress = Annotated[
    str,
    matching(
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", "must be an e-mail address"
    ),
]


class OsTicketDesk(RemoteTable):
    """``osticket`` is an osTicket, in which tickets are made and nothing else is done.

    ``url`` is the address of its pages, ``key`` one of its API keys. ``to`` is an address of its
    own, whose department and topic the tickets get; ``sender`` is whose they are where nobody knows
    an address of the caller.
    """

    kind: Literal["osticket"]
    key: SecretStr
    to: EmailAddress
    sender: EmailAddress
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
