"""A form with a file: read as it comes, and never more of it than is taken.

The token comes first: of a form that is not from our own pages no file is read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from aiohttp.typedefs import Handler

from callcenter.db.agents import Role
from callcenter.db.sessions import Session
from callcenter.web.errors import BadFormError, ForbiddenError, TooLargeError, TooSlowError
from callcenter.web.identity import AGENTS, Form, require_own_form
from callcenter.web.security import require_same_origin, require_token

MULTIPART = "multipart/form-data"

FIELD_MAX = 4096
"""Bytes of a field beside the file."""

PARTS_MAX = 8
"""Fields and files in one form."""

NAME_MAX = 120
"""Characters kept of a file's name."""

UPLOAD_TIMEOUT_S = 180
"""For the largest file over a slow line."""

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent. ``data`` is empty where no file was chosen."""

    file_name: str
    data: bytes = field(repr=False)


UploadHandler = Callable[[web.Request, Session, Upload], Awaitable[web.StreamResponse]]


def upload_page(handler: UploadHandler, *, roles: Collection[Role], most: int) -> Handler:
    """Like ``identity.page``, for a form with a file of at most ``most`` bytes."""

    async def checked(request: web.Request) -> web.StreamResponse:
        session = await AGENTS.admit(request)
        if session.agent.role not in roles:
            raise ForbiddenError("your role does not include this page: ask an administrator")
        if request.content_type != MULTIPART:  # no browser sends our form so
            await require_own_form(request, session)
            return await handler(request, session, Upload("", b""))
        require_same_origin(request)
        return await handler(request, session, await _read(request, session, most))

    return checked


async def _read(request: web.Request, session: Session, most: int) -> Upload:
    try:
        async with asyncio.timeout(UPLOAD_TIMEOUT_S):
            return await _parts(request, session, most)
    except TimeoutError as error:
        raise TooSlowError("the file did not arrive in time: send it again") from error
    except (ValueError, LookupError, AssertionError) as error:  # aiohttp's, of what is no form
        raise BadFormError("the form cannot be read: send it again") from error


async def _parts(request: web.Request, session: Session, most: int) -> Upload:
    fields: Form = {}
    reader = await request.multipart()
    for _ in range(PARTS_MAX):
        part = await reader.next()
        if part is None:
            break
        if not isinstance(part, BodyPartReader):
            raise BadFormError("a form has no forms in it")
        if part.filename is None:
            fields[part.name or ""] = (await _bytes(part, FIELD_MAX)).decode()
            continue
        require_token(session.csrf_token, fields.get("csrf_token"))
        return Upload(_name(part.filename), await _bytes(part, most))
    require_token(session.csrf_token, fields.get("csrf_token"))
    return Upload("", b"")


async def _bytes(part: BodyPartReader, most: int) -> bytes:
    """All of a part, or TooLargeError."""
    data = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        data += chunk
        if len(data) > most:
            raise TooLargeError("the file is too large: cut it in pieces")
    return bytes(data)


def _name(text: str) -> str:
    """What a browser calls the file, without folders and what does not print."""
    name = text.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, name))[:NAME_MAX]
