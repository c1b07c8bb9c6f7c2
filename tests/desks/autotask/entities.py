"""The entities of our Autotask and their fields, as ``entityInformation/fields`` tells of them.

Names, types, lengths and what is required are of the vendor's description of the REST interface
(``v1.json``) and of the pages of its developer help on each entity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Type = Literal["integer", "long", "string", "datetime", "boolean", "double"]

NUMBERS = ("integer", "long", "double")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a picklist. In metadata it is a string; in a record it is a number."""

    value: int
    label: str
    parent: int | None = None
    is_active: bool = True

    def told(self) -> dict[str, Any]:
        return {
            "value": str(self.value),
            "label": self.label,
            "isDefaultValue": False,
            "sortOrder": self.value,
            "parentValue": "" if self.parent is None else str(self.parent),
            "isActive": self.is_active,
            "isSystem": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """``refers`` is the entity whose id stands there; ``parent`` the field that narrows choices."""

    name: str
    type: Type = "string"
    length: int = 0
    required: bool = False
    read_only: bool = False
    refers: str | None = None
    choices: tuple[Choice, ...] = ()
    parent: str = ""

    def told(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "dataType": self.type,
            "length": self.length,
            "isRequired": self.required,
            "isReadOnly": self.read_only,
            "isQueryable": True,
            "isReference": self.refers is not None,
            "referenceEntityType": (self.refers or "").removesuffix("s"),
            "isPickList": bool(self.choices),
            "picklistValues": [choice.told() for choice in self.choices] or None,
            "picklistParentValueField": self.parent,
            "isSupportedWebhookField": True,
        }


def text(name: str, length: int, *, required: bool = False, read_only: bool = False) -> Field:
    return Field(name=name, length=length, required=required, read_only=read_only)


def number(name: str, *, required: bool = False) -> Field:
    return Field(name=name, type="integer", required=required)


def to(entity: str, name: str, *, required: bool = False) -> Field:
    """The id of a record of that entity."""
    return Field(name=name, type="integer", refers=entity, required=required)


def chosen(name: str, *choices: Choice, required: bool = False, parent: str = "") -> Field:
    return Field(name=name, type="integer", choices=choices, required=required, parent=parent)


def at(name: str, *, required: bool = False, read_only: bool = False) -> Field:
    return Field(name=name, type="datetime", required=required, read_only=read_only)


def flag(name: str, *, required: bool = False) -> Field:
    return Field(name=name, type="boolean", required=required)


ID = Field(name="id", type="long", read_only=True)

NEW, COMPLETE, WAITING, IN_PROGRESS = 1, 5, 7, 8
SUPPORT, MONITORING = 29682833, 8
PHONE = 2
HIGH = 1
COMPUTER, PRINTER = 10, 101

TICKET = (
    ID,
    text("ticketNumber", 50, read_only=True),
    text("title", 255, required=True),
    text("description", 8000),
    text("resolution", 32000),
    text("externalID", 50),
    chosen(
        "status",
        Choice(NEW, "New"),
        Choice(COMPLETE, "Complete"),
        Choice(WAITING, "Waiting Customer"),
        Choice(IN_PROGRESS, "In Progress"),
        Choice(9, "Waiting Materials", is_active=False),
        required=True,
    ),
    chosen(
        "priority",
        Choice(4, "Critical"),
        Choice(HIGH, "High"),
        Choice(2, "Medium"),
        Choice(3, "Low"),
        required=True,
    ),
    chosen("queueID", Choice(SUPPORT, "Support"), Choice(MONITORING, "Monitoring Alert")),
    chosen("source", Choice(PHONE, "Phone"), Choice(4, "Email")),
    chosen("ticketType", Choice(1, "Service Request"), Choice(2, "Incident")),
    chosen("ticketCategory", Choice(3, "Standard")),
    chosen("issueType", Choice(COMPUTER, "Computer"), Choice(11, "Telephony")),
    chosen(
        "subIssueType",
        Choice(PRINTER, "Printer", parent=COMPUTER),
        Choice(111, "Quality", parent=11),
        Choice(112, "Other", parent=11),
        Choice(102, "Other", parent=10),
        parent="issueType",
    ),
    to("Companies", "companyID", required=True),
    to("Contacts", "contactID"),
    to("Contracts", "contractID"),
    to("ConfigurationItems", "configurationItemID"),
    to("Resources", "assignedResourceID"),
    to("Roles", "assignedResourceRoleID"),
    at("dueDateTime", required=True),
    at("createDate", read_only=True),
    at("lastActivityDate", read_only=True),
    at("completedDate", read_only=True),
    Field(name="creatorResourceID", type="integer", read_only=True),
    Field(name="impersonatorCreatorResourceID", type="integer", read_only=True),
)

ENTITIES: Mapping[str, tuple[Field, ...]] = {
    "Tickets": TICKET,
    "TicketNotes": (
        ID,
        to("Tickets", "ticketID", required=True),
        text("title", 250, required=True),
        text("description", 32000, required=True),
        chosen("noteType", Choice(1, "Task Summary"), Choice(3, "Task Notes"), required=True),
        chosen(
            "publish",
            Choice(1, "All Autotask Users"),
            Choice(2, "Internal Project Team"),
            required=True,
        ),
        at("createDateTime", read_only=True),
        Field(name="creatorResourceID", type="integer", read_only=True),
    ),
    "TicketSecondaryResources": (
        ID,
        to("Tickets", "ticketID", required=True),
        to("Resources", "resourceID", required=True),
        to("Roles", "roleID", required=True),
    ),
    "TimeEntries": (
        ID,
        to("Tickets", "ticketID"),
        to("Resources", "resourceID", required=True),
        to("Roles", "roleID"),
        at("dateWorked"),
        at("startDateTime"),
        at("endDateTime"),
        Field(name="hoursWorked", type="double"),
        to("BillingCodes", "billingCodeID"),
        text("summaryNotes", 32000),
        text("internalNotes", 32000),
        at("lastModifiedDateTime", read_only=True),
    ),
    "BillingCodes": (ID, text("name", 200, required=True), flag("isActive", required=True)),
    "Companies": (
        ID,
        text("companyName", 100, required=True),
        text("companyNumber", 50),
        text("phone", 25, required=True),
        text("alternatePhone1", 25),
        text("alternatePhone2", 25),
        text("fax", 25),
        to("Resources", "ownerResourceID", required=True),
        flag("isActive"),
        at("createDate", read_only=True),
        at("lastActivityDate", read_only=True),
        at("lastTrackedModifiedDateTime", read_only=True),
    ),
    "Contacts": (
        ID,
        to("Companies", "companyID", required=True),
        text("firstName", 50, required=True),
        text("lastName", 50, required=True),
        text("emailAddress", 254),
        text("phone", 25),
        text("extension", 10),
        text("mobilePhone", 25),
        text("alternatePhone", 32),
        number("isActive", required=True),  # a number here, and a boolean of every other entity
        at("createDate", read_only=True),
        at("lastActivityDate", read_only=True),
        at("lastModifiedDate", read_only=True),
    ),
    "Contracts": (
        ID,
        to("Companies", "companyID", required=True),
        text("contractName", 100, required=True),
        chosen("status", Choice(0, "Inactive"), Choice(1, "Active"), required=True),
        flag("isDefaultContract"),
        at("startDate", required=True),
        at("endDate", required=True),
        at("lastModifiedDateTime", read_only=True),
    ),
    "ConfigurationItems": (
        ID,
        to("Companies", "companyID", required=True),
        to("Contacts", "contactID"),
        text("referenceTitle", 250),
        text("serialNumber", 100),
        text("rmmDeviceUID", 50),
        text("rmmDeviceAuditHostname", 255),
        flag("isActive", required=True),
        at("lastModifiedTime", read_only=True),
    ),
    "Resources": (
        ID,
        text("userName", 32, required=True),
        text("email", 254, required=True),
        text("firstName", 50),
        text("lastName", 50),
        flag("isActive", required=True),
        to("Roles", "defaultServiceDeskRoleID"),
    ),
    "Roles": (ID, text("name", 200, required=True), flag("isActive", required=True)),
    "ResourceServiceDeskRoles": (
        ID,
        to("Resources", "resourceID", required=True),
        to("Roles", "roleID", required=True),
        flag("isActive"),
        flag("isDefault"),
    ),
    "TicketWebhooks": (
        ID,
        text("name", 50, required=True),
        text("webhookUrl", 500, required=True),
        text("deactivationUrl", 500, required=True),
        text("secretKey", 64, required=True),
        text("notificationEmailAddress", 150),
        flag("isActive", required=True),
        flag("isSubscribedToCreateEvents"),
        flag("isSubscribedToUpdateEvents"),
        flag("isSubscribedToDeleteEvents"),
        flag("sendThresholdExceededNotification"),
        Field(name="ownerResourceID", type="integer", read_only=True),
        Field(name="isReady", type="boolean", read_only=True),
        Field(name="webhookGUID", read_only=True),
    ),
    "TicketWebhookFields": (
        ID,
        to("TicketWebhooks", "webhookID", required=True),
        chosen(
            "fieldID",
            *(Choice(place, field.name) for place, field in enumerate(TICKET, 1)),
            required=True,
        ),
        flag("isSubscribedField"),
        flag("isDisplayAlwaysField"),
    ),
    "TicketWebhookExcludedResources": (
        ID,
        to("TicketWebhooks", "webhookID", required=True),
        to("Resources", "resourceID", required=True),
    ),
    "WebhookEventErrorLogs": (
        ID,
        number("webhookID"),
        text("payload", 8000),
        text("errorMessage", 2000),
        at("createDateTime", read_only=True),
    ),
}

ROOTS = ("Tickets", "TimeEntries", "Companies", "Contracts", "ConfigurationItems", "TicketWebhooks")
"""What is made at its own address."""

CHILDREN = {
    ("Tickets", "Notes"): ("TicketNotes", "ticketID"),
    ("Tickets", "SecondaryResources"): ("TicketSecondaryResources", "ticketID"),
    ("Companies", "Contacts"): ("Contacts", "companyID"),
    ("TicketWebhooks", "Fields"): ("TicketWebhookFields", "webhookID"),
    ("TicketWebhooks", "ExcludedResources"): ("TicketWebhookExcludedResources", "webhookID"),
}
"""What is made under its parent, and nowhere else: the entity, and its field for the parent."""

DELETABLE = ("TicketSecondaryResources", "TicketWebhooks", "TimeEntries", "Contacts")
