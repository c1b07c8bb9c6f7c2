"""What machines send us: read to a limit, and within a time."""

import asyncio

from aiohttp import web

from callcenter.web.api.errors import BadBodyError, TooLargeError, TooSlowError

BODY_TIMEOUT_S = 10.0

CHUNK = 64 * 1024


async def body_of(request: web.Request, most: int, mend: str) -> bytes:
    """The body, of at most so many bytes; ``mend`` says what to do about a larger one.

    Raises TooLargeError, TooSlowError and BadBodyError.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.content.iter_chunked(CHUNK):
                body += chunk
                if len(body) > most:
                    raise TooLargeError(f"more than {most} bytes: {mend}")
    except TimeoutError as error:
        raise TooSlowError(f"the body took more than {BODY_TIMEOUT_S:.0f} s") from error
    except (web.RequestPayloadError, ValueError) as error:
        raise BadBodyError("the body was cut off, or is not compressed as it says") from error
    return bytes(body)
