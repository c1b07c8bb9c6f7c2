"""``[[pbx]]``: an Asterisk to listen to."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from callcenter.config.http import WebAddress
from callcenter.config.names import Listed, Name, Port, Table, Word, matching
from callcenter.config.recordings import Recordings
from callcenter.config.records import Records


def _readable(path: Path, info: ValidationInfo) -> Path:
    """Take a relative path from the folder of the file that names it."""
    folder: Any = (info.context or {}).get("folder", Path())
    path = folder / path
    if not path.is_file():
        raise PydanticCustomError(
            "no_file", "names a file that is not there: {path}", {"path": str(path)}
        )
    return path


PresentFile = Annotated[Path, AfterValidator(_readable)]


def _sendable(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text or not text.isprintable():
        raise PydanticCustomError("secret", "must be one line of text, and not empty")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_sendable)]


class Rendered(Table):
    """``[pbx.rendered]``: what ``callcenter dialplan render`` needs to know beside the rest.

    ``listen`` is where AMI listens on the PBX, ``permit`` the networks (CIDR) the service may log
    in from, ``tls_certificate`` and ``tls_key`` paths on the PBX; ``service_url`` is where the PBX
    reaches this service, when that is not ``[http] public_url``. ``trunk`` has the addresses that
    the operator's calls come from, and ``outgoing`` is where calls to customers are sent
    (``sip:203.0.113.10:5060``), when that is not the first of them; these and the ``sip_`` and
    ``rtp_`` keys are of a standalone Asterisk only.
    """

    listen: Word = "127.0.0.1"
    permit: Annotated[tuple[Word, ...], Listed] = ("127.0.0.1/32",)
    service_url: WebAddress | None = None
    tls_certificate: Word | None = None
    tls_key: Word | None = None
    trunk: Annotated[tuple[Word, ...], Listed] = ()
    outgoing: Word | None = None
    sip_address: Word = "0.0.0.0"  # noqa: S104  # telephones and trunk come from other machines
    sip_port: Port = 5060
    rtp_first_port: Port = 10000
    rtp_last_port: Port = 20000


class Pbx(Table):
    """The manager account (manager.conf) that the service logs in with.

    ``secret_file`` may stand in place of ``secret``. With ``tls``, ``ca_file`` is the certificate
    (PEM) that the PBX's own must be signed by, without it the system's, and ``server_hostname``
    the name in that certificate, where ``host`` is another; ``tls_verify = false`` accepts any.

    ``dials`` is how the PBX wants the numbers of customers who are called from the pages: "e164"
    (``+33639981122``), or "national" as people of the line's country dial them (``0639981122``,
    ``0044...``). ``dial_prefix`` are digits before them, such as the one for an outside line.

    With ``caller_name_token`` the rendered dialplan asks this service for the caller's name, and
    shows that token to be let in.
    """

    name: Name
    host: Word
    port: Port = 5038
    username: Word
    secret: Secret
    tls: bool = False
    ca_file: PresentFile | None = None
    server_hostname: Word | None = None
    tls_verify: bool = True
    dials: Literal["e164", "national"] = "e164"
    dial_prefix: Annotated[str, matching(r"[0-9]{0,8}", "must be digits, in quotes")] = ""
    caller_name_token: Secret | None = None
    rendered: Annotated[Rendered, Field(default_factory=Rendered)]
    records: Annotated[Records, Field(default_factory=Records)]
    recordings: Annotated[Recordings, Field(default_factory=Recordings)]
