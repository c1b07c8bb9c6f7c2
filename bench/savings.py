"""What asking for less saves: counted on the recordings, nothing is timed."""

from collections.abc import Sequence

from bench.figures import Figure
from bench.names import WANTED
from bench.recordings import Again, Recording

CLASSES = (b"system", b"call", b"agent", b"user")


def measure(recordings: Sequence[Recording]) -> list[Figure]:
    """Compare everything a PBX can say with the classes, and with the names, that are asked for."""
    messages = [
        (moment.name, Again(recording, 0).message(moment))
        for recording in recordings
        for moment in recording.moments
    ]
    wanted = frozenset(WANTED)
    asked = [(name, raw) for name, raw in messages if _class(raw) in CLASSES]
    kept = {
        "read=all": messages,
        "read=system,call,agent,user": asked,
        "the same, filtered by name": [(name, raw) for name, raw in asked if name in wanted],
    }
    whole = sum(len(raw) for _, raw in messages)
    return [
        _figure(title, [raw for _, raw in some], whole, len(recordings))
        for title, some in kept.items()
    ]


def _figure(title: str, kept: Sequence[bytes], whole: int, recordings: int) -> Figure:
    size = sum(map(len, kept))
    a_call = f"{len(kept) / recordings:.0f} events, {size / recordings / 1000:.1f} kB"
    saved = f": {1 - size / whole:.0%} saved" if size < whole else ""
    return Figure(f"a recorded call, {title}", f"{a_call}{saved}")


def _class(raw: bytes) -> bytes:
    return raw.partition(b"Privilege: ")[2].partition(b",")[0]
