"""``[http]``: where the pages and the API are served."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from callcenter.config.names import Table, Word


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise PydanticCustomError(
            "public_url", "must be an address such as https://helpdesk.example.com"
        )
    return url.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Http(Table):
    """``public_url`` is the address that people and the PBX reach, when a proxy stands in front.

    Port 0 takes any free port.
    """

    host: Word = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: WebAddress | None = None

    @property
    def url(self) -> str:
        """The address to print, to link to and to call: no slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"
