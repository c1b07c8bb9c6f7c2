"""Asterisk configuration for support lines: a site in, the text of each file out.

Pure: it reads no configuration, opens no connection and knows nothing of the service that listens
to the PBX. What the rendered dialplan tells that service is described where it can be tested:
the ledger of answered calls in :mod:`dialplan.ledger`, the outcomes in :mod:`dialplan.outcomes`.
"""

from dialplan.errors import DialplanError
from dialplan.render import TARGETS, VERSIONS, context, dialled, outgoing_context, render
from dialplan.site import (
    CallerNameLookup,
    Hours,
    Line,
    Mailbox,
    Menu,
    Pbx,
    Site,
    Telephone,
    Tls,
    Trunk,
)

__all__ = [
    "TARGETS",
    "VERSIONS",
    "CallerNameLookup",
    "DialplanError",
    "Hours",
    "Line",
    "Mailbox",
    "Menu",
    "Pbx",
    "Site",
    "Telephone",
    "Tls",
    "Trunk",
    "context",
    "dialled",
    "outgoing_context",
    "render",
]
