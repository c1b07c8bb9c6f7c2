"""Reports by e-mail: the site's server, and who sends them."""

import random
from collections.abc import Callable
from datetime import datetime

from callcenter.config import Mail, Settings
from callcenter.mailing.reporter import Reporter
from callcenter.mailing.sender import Server
from callcenter.web.context import WebContext
from callcenter.web.render import Renderer


def mail_server(mail: Mail) -> Server:
    """As it is configured."""
    return Server(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=mail.password.get_secret_value() if mail.password else None,
    )


def reporter(
    settings: Settings, context: WebContext, now: Callable[[], datetime]
) -> Reporter | None:
    """The job; None: the configuration has no server."""
    if settings.mail is None:
        return None
    return Reporter(
        server=mail_server(settings.mail),
        sender=settings.mail.sender,
        hour=settings.mail.hour,
        zone=context.timezone,
        country=context.country,
        public_url=context.public_url,
        renderer=Renderer(context),
        now=now,
        random=random.Random(),  # noqa: S311  (spreads retries, guards nothing)
    )
