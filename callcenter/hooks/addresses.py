"""Which addresses may be connected to: an administrator's typing must not reach our own network.

It is decided when a connection is made, of the very address that it is made to: whatever a name
meant a moment before, or means to somebody else, is of no matter.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import AddrInfoType

NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""

Allows = Callable[[str], bool]
"""Whether an address, as text, may be connected to."""


class PrivateAddressError(OSError):
    """The host has an address of our own network, and was not allowed to."""

    def __init__(self) -> None:
        super().__init__("the host has a private address")


def is_public(text: str) -> bool:
    """Whether the address is one of the whole world; what carries an IPv4 address is as that is."""
    address = ip_address(text.partition("%")[0])
    carried = _carried(address) if isinstance(address, IPv6Address) else None
    if carried is not None:
        address = carried
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def guarded(allows: Allows) -> Callable[[AddrInfoType], socket.socket]:
    """Makes sockets for connections; raises PrivateAddressError for what is not allowed."""

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not allows(str(address[0])):
            raise PrivateAddressError
        return socket.socket(family, kind, protocol)

    return make


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
