"""The site that is broken for real, as its administrator would write it."""

from collections.abc import Mapping
from pathlib import Path

from tests.rig.configuration import rendered, telephones
from tests.rig.net import Net

PBX = "main"
LINES = {"support": "0465711010", "network": "0465711020"}  # a queue, and a plain Dial
TELEPHONES = ("101", "102", "103", "104")
PASSWORD = "un mot de passe assez long"
AMI_PORT = 5038
CONFIGURATION = """\
[database]
url = "{database}"

[http]
host = "{net.service}"
port = 8080

[[pbx]]
name = "main"
host = "{net.between}"
port = 5038
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
members = {telephones}
desk = "{desks[support]}"
ring_timeout_s = 6
enforcement.mode = "off"
voicemail = {{ mailbox = "600", pin = "2580" }}

[[line]]
name = "network"
number = "+33465711020"
extension = "0465711020"
pbx = "main"
ring = {telephones}
desk = "{desks[network]}"
ring_timeout_s = 6
enforcement.mode = "off"
voicemail = {{ mailbox = "601", pin = "2580" }}

[[desk]]
name = "builtin"
kind = "builtin"

{desk}"""


def write(folder: Path, net: Net, database: str, desk: str, desks: Mapping[str, str]) -> Path:
    """Write the configuration; give its path. ``desk`` is a table, and ``desks`` names by line."""
    listed = [f"PJSIP/{name}" for name in TELEPHONES]
    text = CONFIGURATION.format(
        database=database,
        net=net,
        rendered=rendered(net),
        telephones=listed,
        desk=desk,
        desks=desks,
    )
    path = folder / "callcenter.toml"
    path.write_text(text + telephones(net, listed), encoding="utf-8")
    return path


def busy(name: str, text: str) -> str:
    """A rendered file, changed so that telephones that talk are rung for further calls: a busy
    line rings without end.
    """
    if name != "queues.conf":
        return text
    changed = text.replace("ringinuse = no", "ringinuse = yes")
    assert changed != text
    return changed
