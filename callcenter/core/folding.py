"""Which ticket an alert goes into: a storm must not bury the team.

Alerts of a device that follow each other share its ticket. A site where several devices cry out
one after the other has one trouble, whatever that is: the first of them have tickets of their own,
and all that follow share one of the site.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.core.alert import Alert

SITE_DEVICES = 3
"""Devices of a site that have a ticket of their own before the site has one."""


@dataclass(frozen=True, slots=True)
class Group:
    """What has one ticket: a device, or with ``device`` None the whole of a site."""

    device: str | None


@dataclass(frozen=True, slots=True)
class Known(Group):
    """One that has its ticket already; ``ticket_number`` None: in a desk over a network."""

    id: int
    ticket_number: str | None


def place(device: str, known: Sequence[Known]) -> Group:
    """The group that an alert of the device belongs to: one of those that are known, or a new one.

    ``known`` has the groups of the device's site whose tickets are open and whose last alert is
    not long ago.
    """
    for wanted in (device, None):
        if found := next((group for group in known if group.device == wanted), None):
            return found
    return Group(device if len(known) < SITE_DEVICES else None)


def title(group: Group, site: str, alert: Alert) -> str:
    """What the ticket of a new group is called, after its first alert."""
    about = (site if group.device is None else group.device) or site
    return ": ".join(part for part in (about, alert.text) if part) or alert.key
