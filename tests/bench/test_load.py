"""The calls that the speed is measured with: each its own, and none of their events lost."""

from collections import Counter

from bench.link import linked, take
from bench.load import LoadServer
from bench.names import WANTED
from bench.recordings import Again, interleaved, load

RECORDINGS = load()


def test_no_two_calls_share_an_id() -> None:
    for recording in RECORDINGS[:5]:
        one, two = (
            {again.message(moment) for moment in recording.moments if moment.name == "Newchannel"}
            for again in (Again(recording, 1), Again(recording, 2))
        )
        assert one
        assert not one & two


def test_a_call_keeps_its_linkedid() -> None:
    recording = next(each for each in RECORDINGS if each.name == "22/queue-answered")
    again = Again(recording, 7)
    for moment in recording.moments:
        message = again.message(moment)
        if b"\r\nLinkedid: " in message:
            assert f"\r\nLinkedid: {again.linkedid}\r\n".encode() in message


def test_a_call_that_goes_on_has_no_end() -> None:
    recording = next(each for each in RECORDINGS if each.name == "22/queue-answered")
    names = Counter(moment.name for moment in recording.until("BridgeEnter").moments)
    assert names["BridgeEnter"] == 2
    assert names["HangupRequest"] == 0


async def test_a_link_takes_every_call_that_is_played() -> None:
    sent = Counter[str]()
    recordings = [each for each in RECORDINGS if each.length_s < 3][:4]
    async with LoadServer() as server, linked(server.port, WANTED) as link:
        await server.play(
            recordings,
            calls_per_s=50,
            calls=8,
            on_sent=lambda linkedid, name, at: sent.update([name]),
        )
        count = sum(sent[name] for name in WANTED)
        assert await take(link, count) == count > 0


def test_a_stream_tells_what_becomes_of_its_calls() -> None:
    stream = interleaved(RECORDINGS, 5_000, began=0)
    began = [message for name, message in stream.events if name == "Newchannel"]
    assert len(began) == len(set(began)) > stream.calls > stream.answered > 0
