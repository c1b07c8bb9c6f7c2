"""Tells a SIPp telephone which dialog its REFER replaces: its consultation, in another process.

SIPp's extended third-party mode: the telephone listens on a TCP port for commands that carry the
Call-ID of one of its calls; each ends with an escape character.
"""

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

from tests.rig.errors import RigError

PORT = 5095
ESCAPE = b"\x1b"
WAIT_MAX_S = 10
CALL_ID = r"Call-ID: *(\S+)"
TO_TAG = r"To:.*;tag=([^;\s]+)"
FROM_TAG = r"From:.*;tag=([^;\s]+)"


def arguments(address: str, folder: Path) -> tuple[str, ...]:
    """What starts SIPp listening for commands at this address."""
    peers = folder / f"peers-{address}.csv"
    peers.write_text(f"s;{address}:{PORT}\nm;{address}:{PORT + 1}\n")
    return ("-slave", "s", "-slave_cfg", str(peers))


async def tell(address: str, call: Path, consultation: Path) -> None:
    """Send the command, once both calls are answered: their message logs say so."""
    call_id = (await _found(call, r"INVITE sip:.*?\r?\nCall-ID: *(\S+)"))[1]
    ok = await _found(consultation, r"SIP/2.0 200 OK.*?CSeq: 1 INVITE.*?\r?\n\r?\n")
    # Replaces takes the tags as the one who receives it sees them: its own is To, ours is From.
    to_tag, from_tag = _header(ok[0], TO_TAG), _header(ok[0], FROM_TAG)
    dialog = f"{_header(ok[0], CALL_ID)};to-tag={to_tag};from-tag={from_tag}"
    _, writer = await asyncio.open_connection(address, PORT)
    command = f"Call-ID: {call_id}\r\nFrom: m\r\nReplaces: {quote(dialog, safe='')}\r\n\r\n"
    writer.write(command.encode() + ESCAPE)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


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
