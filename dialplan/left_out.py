"""Telephones that a ``Dial`` ring group leaves out, as whoever steers the PBX notes them.

The notes are in Asterisk's own database, so that they hold while nobody is there to ask.

=======  ==============================================================================
family   ``callcenter-left-out``, apart from the ledger, which is read whole
key      ``LINE/INTERFACE``, such as ``support/PJSIP/101``
value    ``ticket``: a ticket is to be written first; ``pause``: the agent takes one
=======  ==============================================================================

The subroutine ``sub-ring-group`` makes the dial string: of the telephones that can be reached,
those without a note; where that is nobody, those with a ticket to write; then those who take a
pause. Where no telephone can be reached all of them are dialled, and Dial says so.
"""

from dataclasses import dataclass

FAMILY = "callcenter-left-out"
REASONS = ("ticket", "pause")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One note: this telephone does not ring for the line of this name."""

    line: str
    interface: str
    reason: str


def key(line: str, interface: str) -> str:
    """The key of a note."""
    return f"{line}/{interface}"


def parse(database_key: str, value: str) -> LeftOut | None:
    """The note in a row of DBGetTree, whose key has the family before it; None: it is none."""
    prefix = f"/{FAMILY}/"
    line, _, interface = database_key.removeprefix(prefix).partition("/")
    is_one = database_key.startswith(prefix) and bool(interface)
    return LeftOut(line, interface, value) if is_one else None
