"""The site of the end-to-end tests, as its administrator would write it."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.rig.configuration import rendered, telephones
from tests.rig.net import Net

PASSWORD = "un mot de passe assez long"
AGENTS = {
    "zoe": ("Zoé Martin", "PJSIP/101"),
    "ali": ("Ali Benali", "PJSIP/102"),
    "lea": ("Léa Dubois", "PJSIP/103"),
    "sam": ("Sam Petit", "PJSIP/104"),
}
SUPERVISOR = "sam"
RINGING = ("PJSIP/101", "PJSIP/102")
LOGINS = {interface: login for login, (_, interface) in AGENTS.items()}

EXTENSIONS = {
    "support": "0465711010",  # a queue
    "network": "0465711020",  # a plain Dial
    "sales": "0465711030",  # a queue that overflows soon
    "printers": "0465711040",  # a plain Dial that overflows soon
}
QUEUES = {"support", "sales"}

DIRECTORY = """\
company,contact,phone,mobile,contract,account_owner,backup
Ardoise & Fils,Élise Vannier,05 36 49 20 10,06 39 98 70 31,Gold,Zoé Martin,Ali Benali
Ardoise & Fils,Paul Ardoise,05 36 49 20 10,,Gold,Zoé Martin,Ali Benali
"""
KNOWN = "0639987031"  # Élise's mobile; the switchboard is hers and Paul's
SWITCHBOARD = "0536492010"

CONFIGURATION_FILE = "callcenter.toml"
DIRECTORY_FILE = "customers.csv"
PORT = 8080
CONFIGURATION = """\
[database]
url = "{database}"

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
[[line]]
name = "support"
number = "+33465711010"
extension = "0465711010"
pbx = "main"
queue = "support"
members = {ringing}
short_abandon_s = 1
enforcement.mode = "{enforcement}"

[[line]]
name = "network"
number = "+33465711020"
extension = "0465711020"
pbx = "main"
ring = {ringing}
enforcement.mode = "{enforcement}"

[[line]]
name = "sales"
number = "+33465711030"
extension = "0465711030"
pbx = "main"
queue = "sales"
members = {ringing}
ring_timeout_s = 3
enforcement.mode = "{enforcement}"
voicemail = {{ mailbox = "602", pin = "2580" }}

[[line]]
name = "printers"
number = "+33465711040"
extension = "0465711040"
pbx = "main"
ring = {ringing}
ring_timeout_s = 3
enforcement.mode = "{enforcement}"
voicemail = {{ mailbox = "603", pin = "2580" }}

"""
BUILTIN = """\
[[desk]]
name = "builtin"
kind = "builtin"
"""


def write(
    folder: Path,
    net: Net,
    database: str,
    *,
    enforcement: str = "off",
    ringing: Sequence[str] = RINGING,
    desk: str = BUILTIN,
) -> Path:
    """Write the configuration, and the directory beside it; give the configuration's path.

    Where nothing is enforced agents need write no tickets. ``ringing`` are every line's telephones,
    ``desk`` is its table, of the name ``builtin``.
    """
    path = folder / CONFIGURATION_FILE
    path.write_text(
        CONFIGURATION.format(
            database=database,
            net=net,
            port=PORT,
            rendered=rendered(net),
            enforcement=enforcement,
            ringing=json.dumps(ringing),
        )
        + desk
        + telephones(net, (interface for _, interface in AGENTS.values()))
    )
    (folder / DIRECTORY_FILE).write_text(DIRECTORY)
    return path
