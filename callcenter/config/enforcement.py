"""``[line.enforcement]``: who is kept from calls until a ticket is written."""

from typing import Annotated, Literal

from pydantic import Field

from callcenter.config.names import Table

Seconds = Annotated[int, Field(ge=0, le=86_400)]


class Enforcement(Table):
    """What is done about answered calls whose ticket says nothing yet.

    ``mode`` is off, remind (the agent is told) or block (their telephones ring no more). A block
    begins with the ``answer``, or ``grace_s`` after the ``hangup``, with the ticket that is one
    more than ``allowed``. ``escalate_after_s`` after the hang-up supervisors are told;
    ``stub_after_s`` after it the ticket says that nobody wrote what the call was about, and the
    agent stays blocked. 0 is never, for both.
    """

    mode: Literal["off", "remind", "block"] = "block"
    block_from: Literal["answer", "hangup"] = "answer"
    grace_s: Seconds = 0
    allowed: Annotated[int, Field(ge=0, le=100)] = 0
    escalate_after_s: Seconds = 600
    stub_after_s: Seconds = 1800
