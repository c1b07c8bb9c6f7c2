"""What the pages and the API are given: one object, made by the wiring."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from aiohttp import web
from prometheus_client import CollectorRegistry

from callcenter.alerts.source import Source
from callcenter.core.enforcement import Policy
from callcenter.core.wallboard import LineRules
from callcenter.db.desk_events import NewEvent
from callcenter.db.engine import Database
from callcenter.web.live import Hub

Readiness: TypeAlias = Callable[[], Mapping[str, str | None]]
"""Component to None when it is ready, else to why it is not: ``{"database": None, "pbx.main":
"connection refused"}``. A PBX is called ``pbx.`` and its name."""


Hear: TypeAlias = Callable[[Mapping[str, str], bytes], Sequence[NewEvent]]
"""Given the headers and the body of a desk's webhook: raises HookError for one to disbelieve."""


@dataclass(frozen=True, slots=True)
class Portal:
    """Where what customers open goes: into the queue of ``line``, under a day of its time zone."""

    line: str
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class HookInbox:
    """Where desks tell of their tickets, by the name of each: what understands it.

    ``received`` says which of them did; ``count`` is given a desk and what became of a request.
    """

    desks: Mapping[str, Hear] = field(default_factory=dict)
    received: Callable[[str], None] = lambda _desk: None
    count: Callable[[str, str], None] = lambda _desk, _result: None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertInbox:
    """Where monitoring systems send alerts, by the name of each.

    ``received`` says that there is something to do; ``count`` is given a source and what became of
    a request.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    received: Callable[[], None] = lambda: None
    count: Callable[[str, str], None] = lambda _source, _result: None


class Recordings(Protocol):
    """The files in which a PBX recorded calls."""

    def of_call(self, ids: Collection[str], *moments: datetime) -> list[Path]:
        """Those of a call, by its channels' ids and its times; blocks, and raises OSError."""


async def _no_webhooks(_key: int) -> None:
    """Nobody sends them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """``public_url`` is what people reach, without a slash at its end.

    ``country`` (two letters) is where numbers are shown nationally. ``line_countries`` has where
    each line's numbers are read, if elsewhere, ``line_pbxs`` the PBX of each, and ``line_zones``
    where its days begin. ``standing_by`` gives the components that another instance may be taking
    care of. ``owed`` says that there may be a ticket to make now, ``dial`` that there is a call to
    make or to listen to, or one to end.
    ``confirm_exemptions``: that a call needs no ticket is a supervisor's to confirm.
    ``announces_supervision``: who is listened to sees on their pages by whom. ``portal``
    None: customers have no pages. ``lookup_tokens`` has, by the name of each PBX, what its dialplan
    presents when it asks for a caller's name. ``floor_changed`` says that a pause, a release, a
    seat or a ticket was committed: who can take a call is decided anew. ``policies`` has what each
    line demands of its agents, by name, and ``pause_reasons`` what they choose from.
    ``webhooks_changed`` says that a destination of webhooks was, and ``test_webhook`` sends one a
    test by its id, which raises GoneError. ``alerts`` is where monitoring systems send theirs,
    and ``hooks`` where desks tell of their tickets. Into those of ``writing_desks`` what agents say
    of a call is written by us. ``wallboard`` has by what each line's day is counted there,
    ``recordings`` where those of each PBX are that has any.
    """

    database: Database
    hub: Hub
    now: Callable[[], datetime]
    public_url: str
    timezone: ZoneInfo
    country: str
    lines: tuple[str, ...]
    readiness: Readiness
    standing_by: Callable[[], Sequence[str]] = list
    metrics: CollectorRegistry
    owed: Callable[[], None] = lambda: None
    dial: Callable[[], None] = lambda: None
    confirm_exemptions: bool = False
    announces_supervision: bool = True
    line_countries: Mapping[str, str] = field(default_factory=dict)
    portal: Portal | None = None
    line_pbxs: Mapping[str, str] = field(default_factory=dict)
    line_zones: Mapping[str, ZoneInfo] = field(default_factory=dict)
    lookup_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    floor_changed: Callable[[], None] = lambda: None
    policies: Mapping[str, Policy] = field(default_factory=dict)
    pause_reasons: tuple[str, ...] = ()
    webhooks_changed: Callable[[], None] = lambda: None
    test_webhook: Callable[[int], Awaitable[None]] = _no_webhooks
    alerts: AlertInbox = AlertInbox()
    hooks: HookInbox = HookInbox()
    writing_desks: frozenset[str] = frozenset()
    sends_mail: bool = False
    wallboard: Mapping[str, LineRules] = field(default_factory=dict)
    recordings: Mapping[str, Recordings] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        """Whether people reach the pages over TLS."""
        return self.public_url.startswith("https:")


CONTEXT = web.AppKey("context", WebContext)
