"""A stand-in for FreePBX's own files: as little as its custom files hang on.

FreePBX renders its files itself and includes the custom ones at these places: extensions_custom
before its own contexts, manager_custom after its [general], queues_post_custom after its queues.
"""

from dataclasses import replace

from dialplan import Site, render
from tests.rig import sites

QUEUE = "600"
MEMBERS = ("PJSIP/101", "PJSIP/102")

EXTENSIONS = f"""\
[general]
static = yes
autofallthrough = yes
#include extensions_custom.conf

[from-callcenter-trunk]
exten => {sites.SUPPORT},1,Goto(callcenter-support,{sites.SUPPORT},1)
exten => {sites.NETWORK},1,Goto(callcenter-network,{sites.NETWORK},1)

[ext-queues]
exten => {QUEUE},1,Answer()
 same => n,Queue({QUEUE},t,,,30)
 same => n,Hangup()

[from-callcenter-telephones]
exten => 103,1,Dial(PJSIP/103,30)
"""

MANAGER = """\
[general]
enabled = yes
port = {port}
bindaddr = {address}
#include manager_custom.conf
"""

QUEUES = f"""\
[general]
persistentmembers = yes

[{QUEUE}]
strategy = ringall
timeout = 15
member => {MEMBERS[0]}
member => {MEMBERS[1]}

#include queues_post_custom.conf
"""


def site() -> Site:
    """Lines as a FreePBX has them: its queue of a number, and telephones rung by a plain Dial."""
    return sites.site(sites.support(queue=QUEUE, members=()), sites.network(ring=MEMBERS))


def files(placed: Site, version: int) -> dict[str, str]:
    """FreePBX's stand-in with what is rendered for it, over a standalone's other files."""
    pbx = placed.pbx
    return {
        **render(placed, "freepbx", version),
        "extensions.conf": EXTENSIONS,
        "manager.conf": MANAGER.format(port=pbx.port, address=pbx.address),
        "queues.conf": QUEUES,
    }


def renamed(site: Site, **changes: object) -> Site:
    """The site with something changed about its PBX."""
    return replace(site, pbx=replace(site.pbx, **changes))
