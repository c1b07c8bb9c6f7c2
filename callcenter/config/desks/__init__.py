"""``[[desk]]``: a ticketing backend. ``kind`` says which keys a table has."""

from typing import Annotated

from pydantic import Field

from callcenter.config.desks.builtin import BuiltinDesk
from callcenter.config.desks.generic import GenericDesk
from callcenter.config.desks.rt import RtDesk

__all__ = ["BuiltinDesk", "Desk", "GenericDesk", "RemoteDesk", "RtDesk"]

RemoteDesk = GenericDesk | RtDesk
"""Each that is asked over HTTP: a ``RemoteTable``."""

Desk = Annotated[BuiltinDesk | RemoteDesk, Field(discriminator="kind")]
