"""What real Asterisks sent, through the edge."""

import asyncio
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from panoramisk.message import Message

from callcenter.ami.message import parse
from callcenter.ami.protocol import AmiProtocol, Traffic, wanted_lines
from tests.ami.links import WANTED

FOLDER = Path(__file__).parent.parent / "recordings"
RECORDINGS = {
    f"{path.parent.name}/{path.stem}": path.read_bytes() for path in sorted(FOLDER.glob("*/*.ami"))
}
GREETING = b"Asterisk Call Manager/11.0.0\r\n"


class Collector:
    """Stands where the manager does."""

    def __init__(self) -> None:
        self.events: list[dict[str, str]] = []

    def events_received(self, events: list[dict[str, str]]) -> None:
        self.events += events

    def connection_lost(self, exc: Exception | None) -> None:
        raise AssertionError(exc)


async def through_the_edge(pieces: list[bytes]) -> list[dict[str, str]]:
    collector = Collector()
    protocol = AmiProtocol(collector, wanted_lines(WANTED), Traffic())
    protocol.connection_made(asyncio.Transport())
    for piece in pieces:
        protocol.data_received(piece)
    return collector.events


def messages(recording: bytes) -> list[bytes]:
    return [each.strip(b"\r\n") for each in recording.split(b"\r\n\r\n") if each]


def test_there_are_recordings_of_both_versions() -> None:
    assert {name.partition("/")[0] for name in RECORDINGS} == {"16", "22"}


def test_every_message_has_the_headers_that_panoramisk_reads() -> None:
    for recording in RECORDINGS.values():
        for raw in messages(recording):
            theirs = dict(Message.from_line(raw.decode()).items())
            del theirs["content"]  # panoramisk's own
            ours = parse(raw)
            repeated = {name for name, value in theirs.items() if isinstance(value, list)}
            assert ours.keys() == theirs.keys()
            assert all(ours[name] == theirs[name] for name in ours.keys() - repeated)
            assert all(ours[name] == theirs[name][-1] for name in repeated - {"Event"})


@given(st.sampled_from(sorted(RECORDINGS)), st.data())
def test_any_split_of_a_recording_gives_the_same_events(name: str, data: st.DataObject) -> None:
    stream = GREETING + RECORDINGS[name]
    cuts = data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=200))
    pieces = [stream[start:end] for start, end in pairwise([0, *sorted(cuts), len(stream)])]
    wanted = [parse(raw) for raw in messages(RECORDINGS[name])]
    expected = [event for event in wanted if event["Event"] in WANTED]
    assert asyncio.run(through_the_edge(pieces)) == expected
