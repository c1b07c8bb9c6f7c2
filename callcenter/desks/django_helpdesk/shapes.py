"""What django-helpdesk answers, as far as it is looked at."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, RootModel


class FollowUp(BaseModel):
    """What somebody wrote or changed."""

    ticket: int
    date: AwareDatetime
    comment: str | None = None


class Ticket(BaseModel):
    """The fields of the site's own are extra, each called ``custom_`` and its name."""

    model_config = ConfigDict(extra="allow")

    id: int
    title: str
    status: int
    priority: int = 0
    on_hold: bool = False
    resolution: str | None = None
    merged_to: int | None = None
    followup_set: list[FollowUp] = []

    def has(self, field: str) -> bool:
        """Whether tickets have this field of the site's own."""
        return f"custom_{field}" in (self.model_extra or {})

    def value(self, field: str) -> str | None:
        """Of a field of the site's own; None where there is none, or no text."""
        found = (self.model_extra or {}).get(f"custom_{field}")
        return found if isinstance(found, str) else None


class Page(BaseModel):
    """A page of tickets; ``count`` is of all of them."""

    count: int
    results: list[Ticket]


class FollowUps(BaseModel):
    """A page of follow-ups; ``count`` is of all of them."""

    count: int
    results: list[FollowUp]


class Choice(BaseModel):
    """One of what a field takes."""

    value: str | int


class Field(BaseModel):
    """What a field of a ticket may have in it."""

    type: str
    required: bool = False
    max_length: int | None = None
    choices: list[Choice] | None = None


class Actions(BaseModel):
    """The fields of a new ticket, for one who may make one."""

    POST: dict[str, Field] = {}


class Options(BaseModel):
    """What may be done with tickets."""

    actions: Actions = Actions()


class Minds(RootModel[dict[str, str | list[str]]]):
    """Why something is refused: in ``detail``, or by the fields that are wrong."""


class Told(BaseModel):
    """The ticket of a webhook."""

    id: int


class Hook(BaseModel):
    """What a webhook tells."""

    ticket: Told
