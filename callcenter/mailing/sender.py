"""Handing a mail to the site's server, and what its answer means."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from callcenter.errors import CallcenterError

TIMEOUT_S: Final = 30.0
"""For each step: a server that looks long at attachments answers within this."""

PERMANENT: Final = range(500, 600)


class MailError(CallcenterError):
    """The server did not take it. ``is_final``: nor will it the next time."""

    code = "mail"

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mails go. ``security`` is ``starttls``, ``tls`` or ``none``."""

    host: str
    port: int
    security: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    async def send(self, message: EmailMessage) -> None:
        """Hand it over. Raises MailError."""
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                timeout=TIMEOUT_S,
            )
        except (SMTPException, OSError, ValueError) as error:
            raise _told(error) from error

    async def check(self) -> str:
        """Connect and sign in; give what to say of the server. Raises MailError."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            timeout=TIMEOUT_S,
        )
        try:
            async with client:
                await client.noop()
        except (SMTPException, OSError, ValueError) as error:
            raise _told(error) from error
        signed_in = "signed in" if self.username else "no sign-in"
        return f"{self.host} port {self.port}, {self.security}, {signed_in}"


def _told(error: Exception) -> MailError:
    """What to do about it. An answer about a recipient quotes the address: it is left out."""
    match error:
        case SMTPAuthenticationError():
            return MailError(
                f"the mail server refuses the sign-in ({error.code}): "
                "correct username and password under [mail]"
            )
        case SMTPRecipientsRefused():
            code = error.recipients[0].code if error.recipients else 0
            return MailError(
                f"the mail server refuses the address ({code}): stop this report, and order it "
                "with the right one",
                is_final=code in PERMANENT,
            )
        case SMTPResponseException():
            return MailError(
                f"the mail server refuses the mail ({error.code}): its administrator knows why",
                is_final=error.code in PERMANENT,
            )
        case _:
            kind = type(error).__name__
            return MailError(
                f"the mail server cannot be reached ({kind}): look at host, port and security "
                "under [mail]"
            )
