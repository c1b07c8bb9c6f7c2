"""The configuration: one TOML file, environment variables over it, checked as a whole.

:func:`load` gives :class:`Settings`, or raises ConfigError with every mistake at once.
"""

from callcenter.config.alerts import AlertmanagerAlerts, Alerts, DattoAlerts, PrtgAlerts
from callcenter.config.audit import Audit
from callcenter.config.database import Database
from callcenter.config.desks import (
    AutotaskDesk,
    BuiltinDesk,
    Desk,
    DjangoHelpdesk,
    FreshdeskDesk,
    GenericDesk,
    GlpiDesk,
    OsTicketDesk,
    RemoteDesk,
    RtDesk,
    ZammadDesk,
    ZendeskDesk,
    ZnunyDesk,
)
from callcenter.config.enforcement import Enforcement
from callcenter.config.hours import Hours
from callcenter.config.http import Http
from callcenter.config.line import Line, Menu, Voicemail
from callcenter.config.load import load
from callcenter.config.mail import Mail
from callcenter.config.pauses import Pauses
from callcenter.config.pbx import Pbx, Rendered
from callcenter.config.portal import Portal
from callcenter.config.records import Records
from callcenter.config.settings import Demo, Log, Settings
from callcenter.config.site import Site
from callcenter.config.telephone import Telephone
from callcenter.config.wallboard import Wallboard

__all__ = [
    "AlertmanagerAlerts",
    "Alerts",
    "Audit",
    "AutotaskDesk",
    "BuiltinDesk",
    "Database",
    "DattoAlerts",
    "Demo",
    "Desk",
    "DjangoHelpdesk",
    "Enforcement",
    "FreshdeskDesk",
    "GenericDesk",
    "GlpiDesk",
    "Hours",
    "Http",
    "Line",
    "Log",
    "Mail",
    "Menu",
    "OsTicketDesk",
    "Pauses",
    "Pbx",
    "Portal",
    "PrtgAlerts",
    "Records",
    "RemoteDesk",
    "Rendered",
    "RtDesk",
    "Settings",
    "Site",
    "Telephone",
    "Voicemail",
    "Wallboard",
    "ZammadDesk",
    "ZendeskDesk",
    "ZnunyDesk",
    "load",
]
