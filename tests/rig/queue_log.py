"""Asterisk's own record of its queues."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class QueueLogLine:
    """One line: epoch|callid|queue|agent|EVENT|arguments."""

    at_s: int  # epoch
    call: str
    queue: str
    agent: str
    event: str
    arguments: tuple[str, ...]


def read(path: Path) -> list[QueueLogLine]:
    """The lines of a queue_log file, oldest first."""
    return [_line(text) for text in path.read_text().splitlines()] if path.exists() else []


def _line(text: str) -> QueueLogLine:
    at, call, queue, agent, event, *arguments = text.split("|")
    return QueueLogLine(int(at), call, queue, agent, event, tuple(arguments))
