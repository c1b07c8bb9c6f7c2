"""What is read of Autotask's records and envelopes, under the names that they have there."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

At = Annotated[datetime, AfterValidator(lambda at: at if at.tzinfo else at.replace(tzinfo=UTC))]
"""Its times are UTC, and not all of them say so."""


class ZoneAnswer(BaseModel):
    zoneName: str = ""
    url: str
    webUrl: str


class PageDetails(BaseModel):
    nextPageUrl: str | None = None


class Page(BaseModel):
    items: list[dict[str, Any]]
    pageDetails: PageDetails = PageDetails()


class Item(BaseModel):
    """A record that is not there is answered with 200, too."""

    item: dict[str, Any] | None


class Made(BaseModel):
    itemId: int


class Choice(BaseModel):
    """A value of a picklist: a string here, and a number in a record."""

    value: str
    label: str = ""
    isActive: bool = True
    parentValue: str | None = None


class FieldInfo(BaseModel):
    name: str
    isRequired: bool = False
    isReadOnly: bool = False
    picklistValues: list[Choice] | None = None

    @property
    def choices(self) -> list[Choice]:
        """What may be chosen."""
        return [one for one in self.picklistValues or () if one.isActive]


class Fields(BaseModel):
    fields: list[FieldInfo]


class Threshold(BaseModel):
    externalRequestThreshold: int
    currentTimeframeRequestCount: int


class UserDefined(BaseModel):
    name: str
    value: str | None = None


class Ticket(BaseModel):
    id: int
    ticketNumber: str
    title: str = ""
    status: int
    priority: int | None = None
    issueType: int | None = None
    subIssueType: int | None = None
    resolution: str | None = None
    externalID: str | None = None
    assignedResourceID: int | None = None


class TicketWithFields(Ticket):
    """For a company that keeps the call's key in a field of its own."""

    userDefinedFields: list[UserDefined] = []


class Note(BaseModel):
    id: int
    description: str = ""


class SecondaryResource(BaseModel):
    id: int
    resourceID: int


class TimeEntry(BaseModel):
    id: int
    resourceID: int
    startDateTime: At | None = None
    internalNotes: str | None = None


class Activity(BaseModel):
    id: int
    ticketNumber: str
    lastActivityDate: At


class Named(BaseModel):
    """Any record of which only the id is asked for."""

    id: int


class Webhook(BaseModel):
    """``isReady``: somebody is told by it, as long as it is active."""

    id: int
    isActive: bool = False
    isReady: bool = False


class WebhookField(BaseModel):
    id: int
    fieldID: int


class Excluded(BaseModel):
    id: int
    resourceID: int


class Company(BaseModel):
    id: int
    companyName: str
    isActive: bool


class Resource(BaseModel):
    id: int
    defaultServiceDeskRoleID: int | None = None


class ServiceDeskRole(BaseModel):
    id: int
    roleID: int
    isDefault: bool | None = None


class CompanyEntry(BaseModel):
    """A company as its directory has it."""

    id: int
    companyName: str
    phone: str | None = None
    alternatePhone1: str | None = None
    alternatePhone2: str | None = None
    ownerResourceID: int | None = None
    isActive: bool = True


class ContactEntry(BaseModel):
    """``isActive`` is a number of contacts."""

    id: int
    companyID: int | None = None
    firstName: str | None = None
    lastName: str | None = None
    emailAddress: str | None = None
    phone: str | None = None
    mobilePhone: str | None = None
    alternatePhone: str | None = None
    isActive: int = 1


class ContractEntry(BaseModel):
    """Its days come as times, at midnight."""

    id: int
    companyID: int
    contractName: str
    status: int
    startDate: datetime | None = None
    endDate: datetime | None = None


class DeviceEntry(BaseModel):
    """A configuration item. A title is not required, nor known by its monitoring."""

    id: int
    companyID: int
    contactID: int | None = None
    referenceTitle: str | None = None
    rmmDeviceAuditHostname: str | None = None
    isActive: bool = True


class Owner(BaseModel):
    """A resource, by its names."""

    id: int
    userName: str | None = None
    email: str | None = None
    firstName: str | None = None
    lastName: str | None = None
