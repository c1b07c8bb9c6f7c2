"""What asking for less saves: counted on the recordings, nothing is timed."""

from collections.abc import Sequence

from bench.names import WANTED
from bench.recordings import Again, Recording

CLASSES = (b"system", b"call", b"agent", b"user")


def report(recordings: Sequence[Recording]) -> str:
    """Compare everything a PBX can say with the classes, and with the names, that are asked for."""
    messages = [
        (moment.name, Again(recording, 0).message(moment))
        for recording in recordings
        for moment in recording.moments
    ]
    wanted = frozenset(WANTED)
    asked = [(name, raw) for name, raw in messages if _class(raw) in CLASSES]
    rows = [
        ("read=all", messages),
        ("read=system,call,agent,user", asked),
        ("the same, filtered by name", [(name, raw) for name, raw in asked if name in wanted]),
    ]
    lines = [f"{'a recorded call, on average':44}{'events':>12}{'kB':>8}{'saved':>8}"]
    whole = sum(len(raw) for _, raw in messages)
    for title, kept in rows:
        total = sum(len(raw) for _, raw in kept)
        events, size = len(kept) / len(recordings), total / len(recordings)
        saved = 1 - total / whole
        lines.append(f"{title:44}{events:>12.0f}{size / 1000:>8.1f}{saved:>8.0%}")
    return "\n".join(lines)


def _class(raw: bytes) -> bytes:
    return raw.partition(b"Privilege: ")[2].partition(b",")[0]
