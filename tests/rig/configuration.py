"""The parts of a service's configuration that are the same beside every rig."""

from collections.abc import Iterable

from tests.rig.net import Net

RENDERED = """\
[pbx.rendered]
listen = "{net.pbx}"
permit = ["{net.everyone}", "127.0.0.1/32"]
trunk = ["{net.trunk}"]
sip_address = "{net.pbx}"
"""
TELEPHONE = """
[[telephone]]
name = "{name}"
pbx = "main"
contact = "sip:{name}@{address}:5060"
"""


def rendered(net: Net) -> str:
    """What the rendered files need to know of the rig's network."""
    return RENDERED.format(net=net)


def telephones(net: Net, interfaces: Iterable[str]) -> str:
    """A telephone for each interface (``PJSIP/101``), in the order of the network's addresses."""
    return "".join(
        TELEPHONE.format(name=interface.partition("/")[2], address=net.telephone(index))
        for index, interface in enumerate(interfaces)
    )
