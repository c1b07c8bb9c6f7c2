"""Where a PBX's manager interface is, and how it is reached."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from callcenter.ami.errors import AmiTlsError

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One account on one PBX's manager interface, as configured."""

    name: str  # of the PBX, in the log and in every key
    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: bool = False
    ca_file: Path | None = None  # the authority that signed the certificate; None: the system's
    server_hostname: str | None = None  # the name in the certificate, where host is another
    tls_verify: bool = True  # False only where the administrator asked for it in so many words
    event_classes: str = "system,call,agent,user"  # of manager.conf; the others are half the bytes

    def tls_context(self) -> ssl.SSLContext | None:
        """Give what TLS needs, None without TLS; raises :class:`AmiTlsError` for a bad ca_file."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise AmiTlsError(f"ca_file {self.ca_file} cannot be used: {error}") from error
        if not self.tls_verify:
            _log.warning("ami tls is not verified", pbx=self.name)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
