"""One AMI message: from its bytes to its headers."""

import codecs

from callcenter.ami.errors import AmiProtocolError

MAX_HEADERS = 1_024
"""Asterisk's longest event has 72; ``channelvars`` and UserEvent add some, never this many."""


def _keep_as_latin_1(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Latin-1, as older trunks and telephones send names.

    Nothing is deleted, and the text stays one that every database and page accepts.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("callcenter-latin-1", _keep_as_latin_1)


def parse(raw: bytes) -> dict[str, str]:
    """Give the headers of a message, in Asterisk's order and case.

    A repeated header keeps its last value, except the one of the first line: that is Asterisk's
    own ``Event`` or ``Response``, which a UserEvent's free headers must not be able to forge.
    Empty values stay. Nothing is unescaped.

    Raises :class:`AmiProtocolError` for more than ``MAX_HEADERS`` lines.
    """
    lines = raw.decode("utf-8", "callcenter-latin-1").split("\r\n")
    if len(lines) > MAX_HEADERS:
        raise AmiProtocolError(f"a message of {len(lines)} lines")
    try:
        headers = dict([line.split(": ", 1) for line in lines])
    except ValueError:
        headers = _headers_of_odd(lines)
    name, _, value = lines[0].partition(": ")
    headers[name] = value
    return headers


def _headers_of_odd(lines: list[str]) -> dict[str, str]:
    """Give the headers where some line is none, or has no space after its colon."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name] = value.removeprefix(" ")
    return headers
