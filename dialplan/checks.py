"""Refuses a site whose values could break, or break out of, the files they are written into.

Each kind of value has a list of the characters it may hold; there is no escaping, because the
rules for it differ between files and between versions of Asterisk.
"""

import re
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from dialplan.errors import DialplanError
from dialplan.site import DAYS, Hours, Line, Pbx, Site, Telephone, Tls

RING_MAX_S = 3600
MENU_TRIES_MAX = 10
PORT_MAX = 65535

KINDS: dict[str, tuple[str, str]] = {
    "name": (r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "1 to 40 letters, digits, - and _"),
    "number": (r"\+[1-9][0-9]{5,14}", "E.164 digits after a +, like +33465711010"),
    "extension": (r"\+?[0-9]{1,20}", "digits, like 0465711010"),
    "secret": (r"[!#-:<-Z^-~]{1,64}", '1 to 64 ASCII characters but space " ; [ ] and \\'),
    "token": (r"[A-Za-z0-9_.~-]{1,128}", "1 to 128 letters, digits and . _ ~ -"),
    "url": (
        r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9_.~/-]*)?",
        "http(s)://host[:port]/path with letters, digits and . _ ~ - in the path",
    ),
    "interface": (
        r"[A-Za-z0-9]+/[A-Za-z0-9_+-][A-Za-z0-9_.@:+/-]{0,79}",
        "technology/resource, like PJSIP/101 or Local/101@telephones/n",
    ),
    "contact": (
        r"sip:[A-Za-z0-9_.+-]+@[0-9.]+:[0-9]{1,5}",
        "sip:name@address:port with an IPv4 address",
    ),
    "trunk": (r"sip:[A-Za-z0-9.-]+(:[0-9]{1,5})?", "sip:host or sip:host:port"),
    "sound": (r"[A-Za-z0-9_][A-Za-z0-9_/-]*", "the name of a sound, without its ending"),
    "zone": (r"[A-Za-z][A-Za-z0-9_+/-]*", "a time zone like Europe/Paris"),
    "clock": (r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", "a time like 09:00"),
    "path": (r"/[A-Za-z0-9_./-]+", "an absolute path of letters, digits and . _ - /"),
    "event": (r"[A-Za-z]+", "the name of an AMI event"),
    "digits": (r"[0-9]{1,20}", "digits"),
    "key": (r"[0-9]", "one digit"),
}


def check(site: Site) -> None:
    """Raise DialplanError for the first value that cannot be rendered safely."""
    check_pbx(site.pbx)
    if not site.lines:
        raise DialplanError("lines: there is none; configure at least one support line")
    for line in site.lines:
        check_line(line)
    for telephone in site.telephones:
        check_telephone(telephone)
    if not site.events:
        raise DialplanError("events: name at least one AMI event, or the service is told nothing")
    _each("events", "event", site.events)
    _check_addresses(site)
    _check_unique(site)


def check_pbx(pbx: Pbx) -> None:
    """Check the manager account."""
    _fits("pbx.name", "name", pbx.name)
    _fits("pbx.username", "name", pbx.username)
    _fits("pbx.secret", "secret", pbx.secret, shown=False)
    if pbx.username == "general":
        raise DialplanError("pbx.username: general is a section of manager.conf; choose another")
    _port("pbx.port", pbx.port)
    if pbx.tls:
        _check_tls(pbx.tls)
    if pbx.caller_name:
        _fits("pbx.caller_name.url", "url", pbx.caller_name.url)
        _fits("pbx.caller_name.token", "token", pbx.caller_name.token, shown=False)


def check_line(line: Line) -> None:
    """Check one support line."""
    _fits("line.name", "name", line.name)
    where = f"line {line.name}"
    _fits(f"{where}: number", "number", line.number)
    _fits(f"{where}: extension", "extension", line.extension)
    _check_group(where, line)
    for hours in line.hours:
        _check_hours(where, hours)
    _maybe(f"{where}: time_zone", "zone", line.time_zone)
    _maybe(f"{where}: hold_music", "name", line.hold_music)
    _each(f"{where}: closed", "sound", line.closed)
    _check_menu(where, line)
    if line.mailbox:
        _fits(f"{where}: mailbox.number", "digits", line.mailbox.number)
        _fits(f"{where}: mailbox.pin", "digits", line.mailbox.pin, shown=False)


def check_telephone(telephone: Telephone) -> None:
    """Check one desk telephone."""
    _fits("telephone.name", "extension", telephone.name)
    where = f"telephone {telephone.name}"
    if (telephone.secret is None) == (telephone.contact is None):
        raise DialplanError(f"{where}: give it either a secret or a contact")
    _maybe(f"{where}: secret", "secret", telephone.secret, shown=False)
    _maybe(f"{where}: contact", "contact", telephone.contact)


def _check_group(where: str, line: Line) -> None:
    if (line.queue is None) == (not line.ring):
        raise DialplanError(f"{where}: give it either a queue or interfaces to ring")
    _maybe(f"{where}: queue", "name", line.queue)
    if line.queue == "general":
        raise DialplanError(f"{where}: a queue cannot be called general; rename it")
    _each(f"{where}: members", "interface", line.members)
    _each(f"{where}: ring", "interface", line.ring)
    if not 1 <= line.ring_s <= RING_MAX_S:
        raise DialplanError(f"{where}: ring_s must be 1 to {RING_MAX_S} seconds")


def _check_hours(where: str, hours: Hours) -> None:
    first, _, last = hours.days.partition("-")
    if first not in DAYS or (last or first) not in DAYS or hours.days.endswith("-"):
        raise DialplanError(f"{where}: hours: days {hours.days!r} must be like mon-fri or sat")
    _fits(f"{where}: hours: opens", "clock", hours.opens)
    _fits(f"{where}: hours: closes", "clock", hours.closes)
    if hours.opens in (hours.closes, "24:00"):
        raise DialplanError(f"{where}: hours: open from {hours.opens} to {hours.closes} is never")


def _check_menu(where: str, line: Line) -> None:
    if line.menu is None:
        return
    if not line.menu.prompts:
        raise DialplanError(f"{where}: menu.prompts: name at least one sound")
    _each(f"{where}: menu.prompts", "sound", line.menu.prompts)
    _each(f"{where}: menu.sorry", "sound", line.menu.sorry)
    _fits(f"{where}: menu.option", "key", line.menu.option)
    if not 1 <= line.menu.tries <= MENU_TRIES_MAX:
        raise DialplanError(f"{where}: menu.tries must be 1 to {MENU_TRIES_MAX}")


def _check_tls(tls: Tls) -> None:
    _fits("pbx.tls.certificate", "path", tls.certificate)
    _fits("pbx.tls.key", "path", tls.key)
    _port("pbx.tls.port", tls.port)


def _check_addresses(site: Site) -> None:
    _address("pbx.address", site.pbx.address)
    _address("sip_address", site.sip_address)
    _port("sip_port", site.sip_port)
    for address in site.trunk.addresses if site.trunk else ():
        _address("trunk.addresses", address)
    _maybe("trunk.contact", "trunk", site.trunk.contact if site.trunk else None)
    if not site.pbx.permit:
        raise DialplanError("pbx.permit: name the addresses the service logs in from")
    for network in site.pbx.permit:
        _network("pbx.permit", network)
    low, high = site.rtp_ports
    if not 1024 <= low < high <= PORT_MAX:
        raise DialplanError(f"rtp_ports: {low}-{high} must be a range within 1024-{PORT_MAX}")


def _check_unique(site: Site) -> None:
    _unique("line names", (line.name for line in site.lines))
    _unique("line extensions", (line.extension for line in site.lines))
    _unique("line numbers", (line.number for line in site.lines))
    _unique("queues", (line.queue for line in site.lines if line.queue))
    dialled = [t.name for t in site.telephones] + [line.extension for line in site.lines]
    _unique("extensions of telephones and lines", dialled)


def _fits(where: str, kind: str, value: str, *, shown: bool = True) -> None:
    pattern, allowed = KINDS[kind]
    if not re.fullmatch(pattern, value):
        said = f"{value!r} " if shown else ""
        raise DialplanError(
            f"{where}: {said}cannot be written into Asterisk's files; use {allowed}"
        )


def _maybe(where: str, kind: str, value: str | None, *, shown: bool = True) -> None:
    if value is not None:
        _fits(where, kind, value, shown=shown)


def _each(where: str, kind: str, values: Iterable[str]) -> None:
    for value in values:
        _fits(where, kind, value)


def _address(where: str, value: str) -> None:
    try:
        ip_address(value)
    except ValueError:
        raise DialplanError(f"{where}: {value!r} is no IP address; write one") from None


def _network(where: str, value: str) -> None:
    try:
        ip_network(value)
    except ValueError:
        raise DialplanError(
            f"{where}: {value!r} is no network; write one like 192.0.2.7/32"
        ) from None


def _port(where: str, value: int) -> None:
    if not 1 <= value <= PORT_MAX:
        raise DialplanError(f"{where}: {value} is no port; use 1 to {PORT_MAX}")


def _unique(what: str, values: Iterable[str]) -> None:
    value, count = Counter(values).most_common(1)[0] if (values := list(values)) else ("", 0)
    if count > 1:
        raise DialplanError(f"{what}: {value!r} is there {count} times; each must be its own")
