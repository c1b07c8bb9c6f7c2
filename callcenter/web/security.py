"""Headers that every answer has, and the proof that a form was sent from our own pages."""

import hmac
from urllib.parse import urlsplit

from aiohttp import web

from callcenter.web.context import CONTEXT
from callcenter.web.errors import ForbiddenError

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        # Text from callers can reach the page as text only: no script of ours may write HTML.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",  # a browser sends no Origin with "no-referrer"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

HSTS = "max-age=31536000"
"""A year; not for subdomains, which are not ours to decide about."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Complete an answer's headers, just before they are sent."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if request.app[CONTEXT].secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)


def require_same_origin(request: web.Request) -> None:
    """Refuse a request that a browser says, or cannot deny, comes from another site.

    Browsers send Sec-Fetch-Site over TLS and to the same machine, and Origin with every POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        same = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("Origin", "")).netloc
        ours = {request.host, urlsplit(request.app[CONTEXT].public_url).netloc}
        same = bool(origin) and origin in ours
    if not same:
        raise ForbiddenError("the form was not sent from this site's own pages")


def require_token(expected: str | None, given: object) -> None:
    """Refuse a form that lacks the token which only our own pages know."""
    if not (
        expected
        and isinstance(given, str)
        and hmac.compare_digest(expected.encode(), given.encode())
    ):
        raise ForbiddenError("the form is too old: load the page again and send it once more")
