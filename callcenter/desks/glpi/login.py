"""Being let in by GLPI: a token for a while, by the user's password (OAuth 2, RFC 6749, 4.3).

The grant for machines lets no user in, and GLPI then refuses everything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from pydantic import ValidationError

from callcenter.desks.client import Answer, Client, plain, read, refusal
from callcenter.desks.desk import DeniedError, GoneError
from callcenter.desks.glpi.shapes import NoToken, Token

MARGIN_S = 30.0
"""So long before it ends a token is not used any more."""


@dataclass(kw_only=True)
class Login:
    """Of ``user``, through the OAuth client that GLPI has for us."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    _token: str = field(default="", init=False, repr=False)
    _until: datetime | None = field(default=None, init=False)

    async def token(self) -> str:
        """One that is valid, as far as is known. Raises DeskError."""
        if self._until is None or self.now() >= self._until:
            found = await self._fetch()
            lasts = timedelta(seconds=max(0.0, found.expires_in - MARGIN_S))
            self._token, self._until = found.access_token, self.now() + lasts
        return self._token

    def forget(self) -> None:
        """It is not valid any more: the next one is another."""
        self._until = None

    async def _fetch(self) -> Token:
        asked = {
            "grant_type": "password",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "username": self.user,
            "password": self.password,
            "scope": "api",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self.client.ask(
            "POST", f"{self.url}/api.php/token", headers, urlencode(asked).encode()
        )
        if answer.status == 200:
            return read(Token, answer, "GLPI 11")
        why = _why(answer)
        if answer.status in (400, 401) and why:
            raise DeniedError(
                f"GLPI lets us in as nobody: {why}: see user and password, client_id and "
                "client_secret, and that this OAuth client may use the grant Password and the "
                "scope api"
            )
        if answer.status == 404:
            raise GoneError(
                "the desk answered 404: write the address of GLPI's pages into url, and enable the "
                "API there; it is of GLPI 11 and later"
            )
        raise refusal(answer, why, self.now())


def _why(answer: Answer) -> str:
    try:
        found = NoToken.model_validate_json(answer.body)
    except ValidationError:
        return ""
    return plain(f"{found.error}: {found.error_description}".removesuffix(": "))
