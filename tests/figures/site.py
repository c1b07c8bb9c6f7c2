"""The site whose calls are counted twice, as its administrator would write it."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.rig.configuration import rendered, telephones
from tests.rig.net import Net

PBX = "main"
TIMEZONE = "Europe/Paris"
THRESHOLD_S = 4.0
"""The wait that the service level promises: calls are short here, nobody waits for 20 s."""

SHORT_ABANDON_S = 6.0
"""The product's own."""

PASSWORD = "un mot de passe assez long"
SUPERVISOR = "eva"
AGENTS = {
    "PJSIP/101": ("zoe", "Zoé Martin"),
    "PJSIP/102": ("ali", "Ali Benali"),
    "PJSIP/103": ("lea", "Léa Dubois"),
    "PJSIP/104": ("sam", "Sam Petit"),
    "PJSIP/105": ("noa", "Noa Girard"),
    "PJSIP/106": ("eli", "Éli Robin"),
    "PJSIP/107": ("ida", "Ida Morel"),
    "PJSIP/108": ("max", "Max Perrin"),
    "PJSIP/109": ("lou", "Lou Mercier"),
    "PJSIP/110": ("tom", "Tom Fabre"),
}
"""Who sits where, in the order of the network's addresses."""

SUPPORT = ("101", "102", "103", "104")
NETWORK = ("104", "105", "106")
DEAF = ("109", "110")
"""They ring and nobody is there: callers to their line give up, or are sent on to the mailbox."""

PAUSES = "102"
"""Who takes a pause for a while: a member of the line's queue that does not ring."""

BLIND_TARGET, CONSULTED = "107", "108"
"""Colleagues of no ring group, to whom callers are handed on."""

TURNS = {"101": 0, "102": 1, "103": 2, "104": 3, "105": 0, "106": 1}
"""In which order the telephones of a ring group answer, each caller beginning with another one."""

QUEUE = {
    "support": "0465711010",
    "sales": "0465711030",
    "menu": "0465711040",
    "night": "0465711050",
}
RING = {"network": "0465711020"}
EXTENSIONS = QUEUE | RING
"""What is dialled for each line: queues, and a plain Dial."""

RING_TIMEOUT_S = 9

CONFIGURATION = """\
[database]
url = "{database}"

[site]
timezone = "{timezone}"

[http]
host = "{net.service}"
port = {port}

[[pbx]]
name = "main"
host = "{net.pbx}"
username = "callcenter"
secret = "fast-green-boat"
caller_name_token = "one-that-asks-names"

{rendered}
{lines}
[[desk]]
name = "builtin"
kind = "builtin"
"""
LINE = """\
[[line]]
name = "{name}"
number = "+33{significant}"
extension = "0{significant}"
pbx = "main"
{ring_group}
ring_timeout_s = {ring_s}
service_level_s = {threshold_s}
short_abandon_s = {short_s}
enforcement.mode = "off"
voicemail = {{ mailbox = "{mailbox}", pin = "2580" }}
{more}
"""
PORT = 8080


def write(folder: Path, net: Net, database: str, now: datetime) -> Path:
    """Write the configuration; give its path. One of its lines is closed for hours from ``now``."""
    lines = [
        LINE.format(
            name=name,
            significant=extension[1:],
            ring_group=_ring_group(name),
            ring_s=RING_TIMEOUT_S,
            threshold_s=THRESHOLD_S,
            short_s=SHORT_ABANDON_S,
            mailbox=600 + index,
            more=_more(name, now),
        )
        for index, (name, extension) in enumerate(EXTENSIONS.items())
    ]
    text = CONFIGURATION.format(
        database=database,
        timezone=TIMEZONE,
        net=net,
        port=PORT,
        rendered=rendered(net),
        lines="\n".join(lines),
    )
    path = folder / "callcenter.toml"
    path.write_text(text + telephones(net, AGENTS), encoding="utf-8")
    return path


def _ring_group(name: str) -> str:
    if name in RING:
        return f"ring = {_interfaces(NETWORK)}"
    members = DEAF if name == "sales" else SUPPORT
    return f'queue = "{name}"\nmembers = {_interfaces(members)}'


def _interfaces(names: tuple[str, ...]) -> str:
    return json.dumps([f"PJSIP/{name}" for name in names])


def _more(name: str, now: datetime) -> str:
    if name == "menu":
        return "menu.tries = 1"
    if name == "night":
        opens = now.astimezone(ZoneInfo(TIMEZONE)) + timedelta(hours=11)
        closes = opens + timedelta(hours=1)
        return f'hours = ["mon-sun {opens:%H:%M}-{closes:%H:%M}"]'
    return ""
