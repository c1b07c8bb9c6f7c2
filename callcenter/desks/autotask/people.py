"""Autotask's resources: who of them answered, with the role that a ticket wants beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.query import either, where
from callcenter.desks.autotask.shapes import Resource, ServiceDeskRole
from callcenter.desks.desk import RejectedError
from callcenter.desks.kept import Kept

KEPT = timedelta(hours=1)
"""So long a resource is believed to be the same."""


@dataclass(frozen=True, slots=True)
class Person:
    """Ids. Autotask takes no primary resource without a role."""

    resource: int
    role: int


@dataclass(kw_only=True)
class People:
    """``users`` has Autotask's user name, or the e-mail address, of an agent's login, where the
    login is neither."""

    api: Api
    users: Mapping[str, str]
    _known: dict[str, Kept[Person | None]] = field(default_factory=dict, init=False, repr=False)

    async def of(self, login: str) -> Person | None:
        """None for whom Autotask does not know, or has no role for. Raises DeskError."""
        known = self._known.setdefault(login, Kept(KEPT))
        return await known.get(self.api.now(), partial(self._person, self.users.get(login, login)))

    def forget(self) -> None:
        """Somebody may have changed: look again."""
        self._known.clear()

    async def check(self) -> None:
        """See that each of ``users`` is there and has a role. Raises DeskError."""
        for login, name in self.users.items():
            resource = await self._resource(name)
            if resource is None:
                raise RejectedError(
                    f"Autotask has no active resource {name!r}: write the user name or the e-mail "
                    f"address of {login} into users"
                )
            if await self._with_role(resource) is None:
                raise RejectedError(
                    f"the resource {name!r} has no role for the service desk: give it one on its "
                    "page in Autotask, under Service Desk, with a queue"
                )

    async def _person(self, name: str) -> Person | None:
        resource = await self._resource(name)
        return await self._with_role(resource) if resource else None

    async def _resource(self, name: str) -> Resource | None:
        found = await self.api.query(
            "Resources",
            Resource,
            where("isActive", value=True),
            either(where("userName", name), where("email", name)),
        )
        return found[0] if len(found) == 1 else None

    async def _with_role(self, resource: Resource) -> Person | None:
        if resource.defaultServiceDeskRoleID is not None:
            return Person(resource.id, resource.defaultServiceDeskRoleID)
        roles = await self.api.query(
            "ResourceServiceDeskRoles",
            ServiceDeskRole,
            where("resourceID", resource.id),
            where("isActive", value=True),
        )
        # The default first, and else the one that was given first.
        roles.sort(key=lambda one: (not one.isDefault, one.id))
        return Person(resource.id, roles[0].roleID) if roles else None
