"""Bytes become messages however they were split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.ami.errors import AmiProtocolError
from callcenter.ami.framing import Framer

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
MESSAGES = [
    b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted",
    "Event: Newchannel\r\nCallerIDName: José Núñez\r\nAccountCode: ".encode(),
    b"Event: Hangup\r\nUniqueid: 1795435171.14\r\nCause: 16",
]
STREAM = GREETING + b"".join(message + b"\r\n\r\n" for message in MESSAGES)


def pieces(cuts: set[int], stream: bytes = STREAM) -> list[bytes]:
    edges = [0, *sorted(cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_any_split_of_the_bytes_gives_the_same_messages(cuts: set[int]) -> None:
    framer = Framer()
    assert [found for piece in pieces(cuts) for found in framer.feed(piece)] == MESSAGES
    assert framer.version == "11.0.0"


MAP_ENDED = b"Event: CoreShowChannelMapComplete\r\nEventList: Complete"
MAP = GREETING + MESSAGES[1] + b"\r\n\r\n" + MAP_ENDED + b"\r\n\n" + MESSAGES[2] + b"\r\n\r\n"


@given(st.sets(st.integers(1, len(MAP) - 1)))
def test_a_channel_map_ended_by_cr_lf_lf_does_not_swallow_the_next(cuts: set[int]) -> None:
    framer = Framer()
    found = [found for piece in pieces(cuts, MAP) for found in framer.feed(piece)]
    assert found == [MESSAGES[1], MAP_ENDED, MESSAGES[2]]


def test_data_without_an_end_is_refused_at_the_limit() -> None:
    framer = Framer(limit=1_000)
    framer.feed(GREETING + b"Event: Hangup\r\n" + b"x" * 900)
    with pytest.raises(AmiProtocolError, match="without the end"):
        framer.feed(b"x" * 200)


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x01", b"HTTP/1.1 400"])
def test_a_peer_that_is_no_asterisk_is_refused(greeting: bytes) -> None:
    with pytest.raises(AmiProtocolError, match="does not greet"):
        Framer().feed(greeting)


def test_a_greeting_without_an_end_is_refused() -> None:
    with pytest.raises(AmiProtocolError, match="greeting of more"):
        Framer().feed(b"Asterisk Call Manager/" + b"1" * 2_000)
