"""A mail server of a test's own: a real one, from aiosmtpd, on a free port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from callcenter.mailing.sender import Server


@dataclass
class Post:
    """What arrived, and what is answered to each recipient and to each mail."""

    mails: list[EmailMessage] = field(default_factory=list)
    to_recipients: str = "250 OK"
    to_mails: list[str] = field(default_factory=list)  # one after another, then 250
    port: int = 0

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take the recipient, or not."""
        if self.to_recipients.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipients

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the mail, or not."""
        answer = self.to_mails.pop(0) if self.to_mails else "250 OK"
        if answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return answer

    def server(self, **different: Any) -> Server:
        """How to reach it."""
        values = {"host": "127.0.0.1", "port": self.port, "security": "none"}
        return Server(**(values | different))


@asynccontextmanager
async def post(**options: Any) -> AsyncIterator[Post]:
    """Run one. ``options`` are those of aiosmtpd's SMTP."""
    handler = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0)
    handler.port = server.sockets[0].getsockname()[1]
    async with server:
        yield handler


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
    """One login is right."""
    is_right = (data.login, data.password) == (b"reports", b"hush")
    return AuthResult(success=is_right, handled=False)  # the server answers
