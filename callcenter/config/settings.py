"""The configuration as a whole."""

from typing import Annotated, Literal

from pydantic import Field

from callcenter.config.alerts import Alerts
from callcenter.config.audit import Audit
from callcenter.config.database import Database
from callcenter.config.desks import BuiltinDesk, Desk
from callcenter.config.http import Http
from callcenter.config.line import Line
from callcenter.config.mail import Mail
from callcenter.config.names import Table
from callcenter.config.pauses import Pauses
from callcenter.config.pbx import Pbx
from callcenter.config.portal import Portal
from callcenter.config.retention import Retention
from callcenter.config.site import Site
from callcenter.config.supervision import Supervision
from callcenter.config.telephone import Telephone
from callcenter.config.wallboard import Wallboard


class Log(Table):
    """``[log]``: how much is said. Numbers and names of callers are only ever said at debug."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Exemptions(Table):
    """``[exemptions]``: who says that an answered call needs no ticket."""

    confirm: bool = False  # an agent asks, and a supervisor confirms or declines


class Demo(Table):
    """``[demo]``: the demonstration's own pace, in seconds from one call to the next."""

    call_every_s: Annotated[float, Field(gt=0, le=3600)] = 6.0


class Settings(Table):
    """Everything a site decides. ``Settings()`` has the built-in defaults: SQLite and no PBX.

    In the file each entry of a list is a table of its own: ``[[pbx]]``, ``[[line]]``, ``[[desk]]``,
    ``[[telephone]]`` and ``[[alerts]]``.
    """

    database: Database = Database()
    http: Http = Http()
    site: Site = Site()
    log: Log = Log()
    exemptions: Exemptions = Exemptions()
    supervision: Supervision = Supervision()
    pauses: Pauses = Pauses()
    portal: Portal = Portal()
    demo: Demo = Demo()
    audit: Audit = Audit()
    wallboard: Wallboard = Wallboard()
    mail: Mail | None = None
    retention: Retention = Retention()
    pbxs: Annotated[tuple[Pbx, ...], Field(alias="pbx")] = ()
    lines: Annotated[tuple[Line, ...], Field(alias="line")] = ()
    desks: Annotated[tuple[Desk, ...], Field(alias="desk")] = (
        BuiltinDesk(name="builtin", kind="builtin"),
    )
    telephones: Annotated[tuple[Telephone, ...], Field(alias="telephone")] = ()
    alerts: Annotated[tuple[Alerts, ...], Field(alias="alerts")] = ()
