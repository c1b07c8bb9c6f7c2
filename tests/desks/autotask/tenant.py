"""The records of a company in our Autotask, and the rules that a change of them has to keep.

The rules, and the words in which they are refused, are of the developer help's pages on the
entities and of what clients of the vendor's interface report.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.desks.autotask.entities import COMPLETE, ENTITIES, Field

OURS, NADIA, KARIM = 29682885, 29682900, 29682901
"""Resources: our API user, and two technicians."""

DESK_ROLE, FIELD_ROLE = 29683436, 29683437
TENANT, ARDOISE, BRUME = 0, 174, 175
"""Companies: the tenant's own is a valid 0."""

Record = dict[str, Any]
Heard = Callable[[str, Record, int], None]
"""What was done ("Create", "Update", "Delete"), to which ticket, by which resource."""

STAMPS = ("lastActivityDate", "lastModifiedDate", "lastModifiedDateTime", "lastModifiedTime")
STAMPS_MADE = ("createDate", "createDateTime")


class RefusedError(Exception):
    """In Autotask's words, one for each mistake."""

    def __init__(self, *errors: str) -> None:
        super().__init__(*errors)
        self.errors = list(errors)


@dataclass(kw_only=True)
class Tenant:
    """Settings of the company are attributes: a test changes them.

    ``required`` are fields that its ticket category demands besides; ``unimpersonable`` resources
    have a security level that lets nobody write in their names; ``denied`` entities are not for our
    API user.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    udfs: set[str] = field(default_factory=lambda: {"Call ID"})
    required: set[str] = field(default_factory=set)
    unimpersonable: set[int] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    _last: int = 10_000
    _tickets: int = 0

    def __post_init__(self) -> None:
        for entity in ENTITIES:
            self.records[entity] = {}
        for entity, record in _seeds():
            self.put(entity, record)

    def fields(self, entity: str) -> Iterator[Field]:
        """Those of an entity, with what this company requires of it."""
        for one in ENTITIES[entity]:
            is_demanded = entity == "Tickets" and one.name in self.required
            yield replace(one, required=True) if is_demanded else one

    def put(self, entity: str, given: Mapping[str, Any]) -> Record:
        """A record as it is, with its id: no rule is asked."""
        self._last += 1
        record: Record = {one.name: None for one in ENTITIES[entity]} | {"id": self._last}
        if entity == "Tickets":
            record["userDefinedFields"] = []
        record |= given
        self._stamp(record, *STAMPS, "lastTrackedModifiedDateTime")
        self._stamp(record, *STAMPS_MADE)
        self.records[entity][record["id"]] = record
        return record

    def create(self, entity: str, given: Mapping[str, Any], by: int, creator: int) -> int:
        """Make one. ``by`` is who asks, ``creator`` in whose name. Raises RefusedError."""
        self._check_impersonation(by, creator)
        known = self._known(entity, given)
        self._check(entity, known, {})
        record = self.put(entity, known)
        if "creatorResourceID" in record:
            record["creatorResourceID"] = creator
            if creator != by:
                record["impersonatorCreatorResourceID"] = by
        match entity:
            case "Tickets":
                record["ticketNumber"] = self._number()
                self._complete(record)
                self.tell("Create", record, creator)
            case "TicketNotes":
                self._stamp(self.records["Tickets"][record["ticketID"]], "lastActivityDate")
            case "TicketWebhooks":
                record |= {"webhookGUID": str(uuid4()), "isReady": False, "ownerResourceID": by}
            case "TicketWebhookFields" if record["isSubscribedField"]:
                # Until it has one, a webhook never becomes ready.
                self.records["TicketWebhooks"][record["webhookID"]]["isReady"] = True
        identity: int = record["id"]
        return identity

    def patch(self, entity: str, given: Mapping[str, Any], by: int) -> int:
        """Change some fields of one. Raises RefusedError."""
        record = self.records[entity].get(given.get("id", -1))
        if record is None:
            raise RefusedError("No matching records found.")
        known = self._known(entity, given)
        self._check(entity, known, record)
        record |= known
        self._stamp(record, *STAMPS, "lastTrackedModifiedDateTime")
        if entity == "Tickets":
            self._complete(record)
            self.tell("Update", record, by)
        identity: int = record["id"]
        return identity

    def delete(self, entity: str, identity: int, by: int) -> None:
        """Raises RefusedError."""
        record = self.records[entity].pop(identity, None)
        if record is None:
            raise RefusedError("No matching records found.")
        if entity == "Tickets":
            self.tell("Delete", record, by)

    def ticket(self, number: str) -> Record:
        """By its number, as people have it."""
        return next(
            one for one in self.records["Tickets"].values() if one["ticketNumber"] == number
        )

    def tell(self, action: str, ticket: Record, by: int) -> None:
        for hear in self.heard:
            hear(action, ticket, by)

    def _known(self, entity: str, given: Mapping[str, Any]) -> Record:
        """What is no field of the entity is dropped without a word, as is what is read-only."""
        names = {one.name for one in ENTITIES[entity] if not one.read_only} | {"userDefinedFields"}
        return {name: value for name, value in given.items() if name in names}

    def _check_impersonation(self, by: int, creator: int) -> None:
        if creator == by:
            return
        if creator in self.unimpersonable or creator not in self.records["Resources"]:
            raise RefusedError(
                "The logged in Resource does not have the adequate permissions to create this "
                "entity type."
            )

    def _check(self, entity: str, given: Record, before: Record) -> None:
        after = before | given
        errors = [
            error for one in self.fields(entity) for error in self._mistakes(one, given, after)
        ]
        errors += self._mismatches(entity, after)
        errors += [
            f"Unable to find {one['name']} in the list of UDFs."
            for one in given.get("userDefinedFields", ())
            if one["name"] not in self.udfs
        ]
        if errors:
            raise RefusedError(*errors)

    def _mistakes(self, one: Field, given: Record, after: Record) -> Iterator[str]:
        value = given.get(one.name)
        if one.required and after.get(one.name) in (None, ""):
            yield f"Missing Required Field: {one.name}"
        if value is None:
            return
        if one.type == "integer" and not isinstance(value, int):
            yield f"Data violation: Value for field: {one.name} is not an integer."
            return
        if one.choices and value not in [c.value for c in one.choices if c.is_active]:
            yield f"Data violation: Value for field: {one.name} is not a valid picklist value."
        if one.refers and not self._refers(one, value, after):
            entity = one.refers.removesuffix("s")
            yield (
                f"Reference value on field: {one.name} of type: {entity} "
                "does not exist or is invalid."
            )
        if one.length and len(str(value)) > one.length:
            yield f"Data violation: Value for field: {one.name} exceeds {one.length} characters."

    def _refers(self, one: Field, value: int, after: Record) -> bool:
        found = self.records[str(one.refers)].get(value)
        if found is None or found.get("isActive") in (False, 0):
            return False
        if one.name in ("contactID", "contractID"):
            return bool(found["companyID"] == after.get("companyID"))
        return True

    def _mismatches(self, entity: str, after: Record) -> Iterator[str]:
        if entity == "TicketWebhooks":
            yield from self._doubled(after)
        if entity == "TicketSecondaryResources":
            yield from self._twice(after)
        if entity != "Tickets":
            return
        resource, role = after.get("assignedResourceID"), after.get("assignedResourceRoleID")
        if (resource is None) != (role is None):
            yield (
                "Data violation: When assigning a Resource, you must assign both a "
                "assignedResourceID and assignedResourceRoleID."
            )
        elif resource is not None and not any(
            (one["resourceID"], one["roleID"], one["isActive"]) == (resource, role, True)
            for one in self.records["ResourceServiceDeskRoles"].values()
        ):
            yield "Data violation: The Resource and Role are not associated with any queue."
        issue, sub = after.get("issueType"), after.get("subIssueType")
        parents = {c.value: c.parent for f in ENTITIES[entity] for c in f.choices if c.parent}
        if sub is not None and parents.get(sub) != issue:
            yield "Data violation: subIssueType is not a valid picklist value for the issueType."

    def _twice(self, secondary: Record) -> Iterator[str]:
        ticket = self.records["Tickets"].get(secondary.get("ticketID", -1), {})
        there = {ticket.get("assignedResourceID")} | {
            one["resourceID"]
            for one in self.records["TicketSecondaryResources"].values()
            if one["ticketID"] == secondary.get("ticketID")
        }
        if secondary.get("resourceID") in there:
            yield "Data violation: The resource is already assigned to this ticket."

    def _doubled(self, hook: Record) -> Iterator[str]:
        for one in self.records["TicketWebhooks"].values():
            if one["id"] != hook.get("id") and one["webhookUrl"] == hook.get("webhookUrl"):
                yield "Data violation: A callout with this URL already exists for this entity."

    def _complete(self, ticket: Record) -> None:
        if ticket["status"] != COMPLETE:
            ticket["completedDate"] = None
        elif ticket["completedDate"] is None:
            self._stamp(ticket, "completedDate")

    def _stamp(self, record: Record, *names: str) -> None:
        at = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record |= {name: at for name in names if name in record}

    def _number(self) -> str:
        self._tickets += 1
        return f"T{self.now():%Y%m%d}.{self._tickets:04}"


def _seeds() -> Iterator[tuple[str, Record]]:
    for role, name in ((DESK_ROLE, "Service Desk"), (FIELD_ROLE, "Field Engineer")):
        yield "Roles", {"id": role, "name": name, "isActive": True}
    yield "BillingCodes", {"name": "Remote Support", "isActive": True}
    yield from _resources()
    companies = ((TENANT, "Ma Société"), (ARDOISE, "Ardoise & Fils"), (BRUME, "Brume SARL"))
    for company, name in companies:
        yield (
            "Companies",
            {
                "id": company,
                "companyName": name,
                "phone": "04 65 71 20 00",
                "ownerResourceID": NADIA,
                "isActive": company != BRUME,
            },
        )
    for first, is_active in (("Élise", 1), ("Hugo", 0)):
        yield (
            "Contacts",
            {
                "companyID": ARDOISE,
                "firstName": first,
                "lastName": "Martin-Roux",
                "mobilePhone": "06.39.98.11.22",
                "isActive": is_active,
            },
        )
    for name, status in (("Infogérance", 1), ("Forfait 2025", 0)):
        yield (
            "Contracts",
            {
                "companyID": ARDOISE,
                "contractName": name,
                "status": status,
                "startDate": "2026-01-01T00:00:00Z",
                "endDate": "2026-12-31T00:00:00Z",
            },
        )
    yield (
        "ConfigurationItems",
        {"companyID": ARDOISE, "referenceTitle": "srv-ardoise-01", "isActive": True},
    )


def _resources() -> Iterator[tuple[str, Record]]:
    people = ((OURS, "callcenter", None), (NADIA, "nmartin", DESK_ROLE), (KARIM, "karim", None))
    for resource, name, role in people:
        yield (
            "Resources",
            {
                "id": resource,
                "userName": name,
                "email": f"{name}@example.com",
                "isActive": True,
                "defaultServiceDeskRoleID": role,
            },
        )
    for resource, role, is_default in (
        (NADIA, DESK_ROLE, True),
        (KARIM, FIELD_ROLE, False),
        (KARIM, DESK_ROLE, True),
    ):
        yield (
            "ResourceServiceDeskRoles",
            {"resourceID": resource, "roleID": role, "isActive": True, "isDefault": is_default},
        )
