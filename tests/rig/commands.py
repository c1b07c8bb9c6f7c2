"""Tells a SIPp telephone in the middle of a call to go on: to answer, or whom to replace.

SIPp's extended third-party mode: the telephone listens on a TCP port for commands that carry the
Call-ID of one of its calls; each ends with an escape character. SIPp ends when the connection that
brought one does: whoever sends one keeps the socket for as long as the telephone is wanted.
"""

import asyncio
import re
import socket
from pathlib import Path
from urllib.parse import quote

from tests.rig.errors import RigError

Address = tuple[str, int]
ESCAPE = b"\x1b"
WAIT_MAX_S = 10
INVITED = r"INVITE sip:.*?\r?\nCall-ID: *(\S+)"
CALL_ID = r"Call-ID: *(\S+)"
TO_TAG = r"To:.*;tag=([^;\s]+)"
FROM_TAG = r"From:.*;tag=([^;\s]+)"


def free_port() -> int:
    """For a telephone's commands: SIPp takes the port on every address, not on its own alone."""
    with socket.create_server(("", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def arguments(address: str, port: int, folder: Path) -> tuple[str, ...]:
    """What starts SIPp listening for commands at this address."""
    peers = folder / f"peers-{address}.csv"
    peers.write_text(f"s;{address}:{port}\nm;{address}:{port + 1}\n")
    return ("-slave", "s", "-slave_cfg", str(peers))


async def answer(where: Address, call: Path) -> socket.socket:
    """Let the telephone answer the call that its message log begins with."""
    return _send(where, (await _found(call, INVITED))[1])


async def replace(where: Address, call: Path, consultation: Path) -> socket.socket:
    """Say which dialog to replace, once both calls are answered: their message logs say so."""
    call_id = (await _found(call, INVITED))[1]
    ok = await _found(consultation, r"SIP/2.0 200 OK.*?CSeq: 1 INVITE.*?\r?\n\r?\n")
    # Replaces takes the tags as the one who receives it sees them: its own is To, ours is From.
    to_tag, from_tag = _header(ok[0], TO_TAG), _header(ok[0], FROM_TAG)
    dialog = f"{_header(ok[0], CALL_ID)};to-tag={to_tag};from-tag={from_tag}"
    return _send(where, call_id, f"Replaces: {quote(dialog, safe='')}\r\n")


def _send(where: Address, call_id: str, words: str = "") -> socket.socket:
    connection = socket.create_connection(where, WAIT_MAX_S)
    connection.sendall(f"Call-ID: {call_id}\r\nFrom: m\r\n{words}\r\n".encode() + ESCAPE)
    return connection


async def _found(log: Path, pattern: str) -> re.Match[str]:
    for _ in range(int(WAIT_MAX_S / 0.05)):
        if match := re.search(pattern, _text(log), re.DOTALL):
            return match
        await asyncio.sleep(0.05)
    raise RigError(f"no {pattern!r} in {log.name} within {WAIT_MAX_S} s")


def _text(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def _header(message: str, pattern: str) -> str:
    match = re.search(pattern, message)
    if match is None:
        raise RigError(f"no {pattern!r} in {message!r}")
    return match[1]
