"""What is rendered: one PBX, its support lines, and for a standalone Asterisk its telephones.

Plain values; :func:`dialplan.checks.check` says what each may hold.
"""

from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class CallerNameLookup:
    """Where the dialplan asks for the caller's name before it rings: a POST of token, line, number.

    The answer's body is the name as plain text, or empty.
    """

    url: str  # http(s)://host[:port]/path
    token: str


@dataclass(frozen=True, slots=True)
class Tls:
    """AMI over TLS; the plain port then listens on 127.0.0.1 only."""

    certificate: str  # paths on the PBX
    key: str
    port: int = 5039


@dataclass(frozen=True, slots=True)
class Pbx:
    """The PBX and the manager account of the service on it."""

    name: str
    username: str
    secret: str
    address: str = "127.0.0.1"  # where AMI listens
    port: int = 5038
    permit: tuple[str, ...] = ("127.0.0.1/32",)  # from where the account may log in, CIDR
    tls: Tls | None = None
    caller_name: CallerNameLookup | None = None


@dataclass(frozen=True, slots=True)
class Trunk:
    """The operator's SIP trunk, recognised by its addresses (standalone only).

    ``contact`` is where calls go out: ``sip:203.0.113.10:5060``. None: at its first address.
    """

    addresses: tuple[str, ...]
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Telephone:
    """A desk telephone (standalone only): it registers with a secret, or has a fixed contact."""

    name: str  # "101", which is also its extension and its endpoint PJSIP/101
    secret: str | None = None
    contact: str | None = None  # sip:101@192.0.2.11:5060


@dataclass(frozen=True, slots=True)
class Hours:
    """One span of opening hours. A span that ends before it begins goes past midnight."""

    days: str  # on which it begins: "mon-fri" or "sat"
    opens: str  # "09:00"
    closes: str  # "18:00", closed from then on; "24:00" for the whole evening


@dataclass(frozen=True, slots=True)
class Menu:
    """A spoken menu: the caller must choose the technical service before anything rings."""

    prompts: tuple[str, ...] = ("vm-press", "digits/1")  # sounds, played one after another
    sorry: tuple[str, ...] = ("vm-goodbye",)  # when no choice was made
    option: str = "1"  # the technical service
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a call that nobody takes ends up."""

    number: str
    pin: str  # to listen to it from a telephone (standalone only: FreePBX has its own)


@dataclass(frozen=True, slots=True)
class Line:
    """A support number, and the ring group behind it: an Asterisk queue, or a plain Dial."""

    name: str
    number: str  # E.164
    extension: str  # as the trunk dials it
    queue: str | None = None
    members: tuple[str, ...] = ()  # of the queue: interfaces, for a queue we render
    ring: tuple[str, ...] = ()  # interfaces that Dial rings together
    ring_s: int = 60  # until overflow
    hours: tuple[Hours, ...] = ()  # none: always open
    time_zone: str | None = None  # of the hours; None is the PBX's own
    closed: tuple[str, ...] = ("vm-nobodyavail", "vm-goodbye")  # sounds, out of hours
    menu: Menu | None = None
    mailbox: Mailbox | None = None
    hold_music: str | None = "default"  # a class of musiconhold.conf; None rings instead
    record: bool = False  # FreePBX's own queues record as FreePBX says


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that is rendered."""

    pbx: Pbx
    lines: tuple[Line, ...]
    events: tuple[str, ...]  # the AMI events the service wants; all others are filtered out
    trunk: Trunk | None = None
    telephones: tuple[Telephone, ...] = ()
    sip_address: str = "0.0.0.0"  # noqa: S104  where SIP listens: a trunk comes from outside
    sip_port: int = 5060
    rtp_ports: tuple[int, int] = (10000, 20000)
