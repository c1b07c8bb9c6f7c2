"""Configured enforcement, as the core takes it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from callcenter.config import Enforcement, Line
from callcenter.core.enforcement import Mode, Policy


def policies(lines: Iterable[Line]) -> Mapping[str, Policy]:
    """What each line demands, by its name."""
    return {line.name: _policy(line.enforcement) for line in lines}


def _policy(enforcement: Enforcement) -> Policy:
    return Policy(
        mode=Mode(enforcement.mode),
        from_hangup=enforcement.block_from == "hangup",
        grace=timedelta(seconds=enforcement.grace_s),
        allowed=enforcement.allowed,
        escalate_after=_after(enforcement.escalate_after_s),
        stub_after=_after(enforcement.stub_after_s),
    )


def _after(seconds: int) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None
