"""``[[desk]]``: a ticketing backend. ``kind`` says which keys a table has."""

from typing import Annotated

from pydantic import Field

from callcenter.config.desks.autotask import AutotaskDesk
from callcenter.config.desks.builtin import BuiltinDesk
from callcenter.config.desks.django_helpdesk import DjangoHelpdesk
from callcenter.config.desks.freshdesk import FreshdeskDesk
from callcenter.config.desks.generic import GenericDesk
from callcenter.config.desks.glpi import GlpiDesk
from callcenter.config.desks.osticket import OsTicketDesk
from callcenter.config.desks.rt import RtDesk
from callcenter.config.desks.zammad import ZammadDesk
from callcenter.config.desks.zendesk import ZendeskDesk
from callcenter.config.desks.znuny import ZnunyDesk

__all__ = [
    "AutotaskDesk",
    "BuiltinDesk",
    "Desk",
    "DjangoHelpdesk",
    "FreshdeskDesk",
    "GenericDesk",
    "GlpiDesk",
    "OsTicketDesk",
    "RemoteDesk",
    "RtDesk",
    "ZammadDesk",
    "ZendeskDesk",
    "ZnunyDesk",
]

RemoteDesk = (
    AutotaskDesk
    | DjangoHelpdesk
    | FreshdeskDesk
    | GenericDesk
    | GlpiDesk
    | OsTicketDesk
    | RtDesk
    | ZammadDesk
    | ZendeskDesk
    | ZnunyDesk
)
"""Each that is asked over HTTP: a ``RemoteTable``."""

Desk = Annotated[BuiltinDesk | RemoteDesk, Field(discriminator="kind")]
