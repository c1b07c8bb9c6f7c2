"""Bytes from the socket in, whole AMI messages out; no sockets here."""

from callcenter.ami.errors import AmiProtocolError

MAX_MESSAGE_BYTES = 262_144
"""Twice what the largest action could echo back (128 headers of 1024 bytes): more is no message."""

MAX_BANNER_BYTES = 1_024
"""``Asterisk Call Manager/11.0.0`` has 28; a peer that says more first is something else."""

ENDS_WRONG = b"CoreShowChannelMapComplete"
"""Some versions end this event by CR LF LF, and it swallows the next (asterisk issue 761)."""

BANNER = b"Asterisk Call Manager/"


class Framer:
    """Cuts a stream into messages, however the bytes were split on their way.

    The greeting is one line, ended by a single CR LF. A message ends with an empty line.
    """

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._rest = b""
        self._limit = limit
        self.version: str | None = None  # of AMI, from the greeting

    def feed(self, data: bytes) -> list[bytes]:
        """Give the messages that these bytes complete, each without its line ends.

        Raises :class:`AmiProtocolError` for a wrong greeting or a message without an end.
        """
        if self._rest:
            data = self._rest + data
        if self.version is None:
            data = self._greeted(data)
            if self.version is None:
                self._rest = data
                return []
        if ENDS_WRONG in data:
            data = data.replace(b"\r\n\n", b"\r\n\r\n")
        messages = data.split(b"\r\n\r\n")
        self._rest = messages.pop()
        if len(self._rest) > self._limit:
            raise AmiProtocolError(f"{len(self._rest)} bytes without the end of a message")
        return messages

    def _greeted(self, data: bytes) -> bytes:
        if not BANNER.startswith(data[: len(BANNER)]):
            raise AmiProtocolError("the peer does not greet like an Asterisk manager interface")
        line, end, rest = data.partition(b"\r\n")
        if end:
            self.version = line[len(BANNER) :].decode("ascii", "replace").strip()
            return rest
        if len(data) > MAX_BANNER_BYTES:
            raise AmiProtocolError(f"a greeting of more than {MAX_BANNER_BYTES} bytes")
        return data
