"""Values of Autotask's picklists, by the labels that people know: each company has its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.shapes import Choice, FieldInfo, Fields
from callcenter.desks.desk import DeskError, RejectedError, TicketState
from callcenter.desks.filing import BELOW, NOTHING, Filing, Label
from callcenter.desks.kept import Kept

KEPT = timedelta(hours=6)
"""So long values are believed: they seldom change, and reading them all costs much."""

SHOWN = 12
"""Labels that a message lists."""

ALWAYS_SENT = {"companyID", "title", "description", "dueDateTime"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a ticket is to say, by the keys of the configuration; None: nothing is sent."""

    queue: str
    status: str
    status_open: str
    status_pending: str
    status_closed: str
    priority: str
    note_type: str
    note_publish: str
    source: str | None = None
    ticket_type: str | None = None
    ticket_category: str | None = None
    issue_type: str | None = None
    sub_issue_type: str | None = None


TICKET_FIELDS = {
    "queue": "queueID",
    "status": "status",
    "priority": "priority",
    "source": "source",
    "ticket_type": "ticketType",
    "ticket_category": "ticketCategory",
    "issue_type": "issueType",
    "sub_issue_type": "subIssueType",
}
"""Of a new ticket: the key of the configuration, and the field of Autotask."""

STATE_KEYS = {
    TicketState.OPEN: "status_open",
    TicketState.PENDING: "status_pending",
    TicketState.CLOSED: "status_closed",
}

NOTE_FIELDS = {"note_type": "noteType", "note_publish": "publish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Values by their fields: of a new ticket, of a note; and of each state. ``fields`` are all of
    a ticket's, by name."""

    ticket: Mapping[str, int]
    note: Mapping[str, int]
    states: Mapping[TicketState, int]
    fields: Mapping[str, FieldInfo]

    def priority(self, label: Label, key: str = "priorities") -> int:
        """Its value. Raises RejectedError, naming ``key`` of the configuration."""
        return _value(key, str(label), _present(self.fields, "priority"))

    def category(self, label: str, key: str = "categories") -> Mapping[str, int | None]:
        """Values by their fields, of an issue type or of "Computer > Printer". The sub-issue type
        of another issue type is taken away. Raises RejectedError."""
        issue, _, below = label.partition(BELOW)
        chosen = _value(key, issue, _present(self.fields, "issueType"))
        sub = _value(key, below, _present(self.fields, "subIssueType"), chosen) if below else None
        return {"issueType": chosen, "subIssueType": sub}


@dataclass(kw_only=True)
class Picklists:
    """What the company's picklists have for our labels.

    ``udf`` is the field that keeps calls' keys, where the company defined one for them.
    """

    api: Api
    labels: Labels
    udf: str | None = None
    filing: Filing = NOTHING
    _picked: Kept[Picked] = field(default_factory=lambda: Kept(KEPT), init=False, repr=False)

    async def picked(self) -> Picked:
        """Raises DeskError; RejectedError, which says what to change, where a label is unknown."""
        return await self._picked.get(self.api.now(), self._read)

    def forget(self) -> None:
        """Somebody may have changed them: read them again."""
        self._picked.forget()

    async def check(self) -> None:
        """See that each label is known, and that nothing is required that is not sent.

        Raises DeskError.
        """
        fields = await self._fields("Tickets")
        picked = await self._pick(fields)
        for priority, label in self.filing.priorities.items():
            picked.priority(label, f"priorities.{priority}")
        for category, name in self.filing.categories.items():
            picked.category(name, f"categories.{category!r}")
        sent = ALWAYS_SENT | picked.ticket.keys()
        wanted = [one.name for one in fields.values() if one.isRequired and not one.isReadOnly]
        missing = [name for name in wanted if name not in sent]
        if missing:
            raise RejectedError(f"Autotask requires {_mend(missing)}")

    async def _read(self) -> Picked:
        return await self._pick(await self._fields("Tickets"))

    async def _pick(self, fields: Mapping[str, FieldInfo]) -> Picked:
        if self.udf:
            await self._require_udf(self.udf)
        notes = await self._fields("TicketNotes")
        states = {state: self._labelled(key, fields["status"]) for state, key in STATE_KEYS.items()}
        ticket: dict[str, int] = {}
        for key, name in TICKET_FIELDS.items():
            if getattr(self.labels, key) is not None:
                above = ticket.get("issueType") if name == "subIssueType" else None
                ticket[name] = self._labelled(key, _present(fields, name), above)
        return Picked(
            ticket=ticket,
            note={
                name: self._labelled(key, _present(notes, name))
                for key, name in NOTE_FIELDS.items()
            },
            states=states,
            fields=fields,
        )

    def _labelled(self, key: str, info: FieldInfo, above: int | None = None) -> int:
        return _value(key, getattr(self.labels, key), info, above)

    async def _fields(self, entity: str) -> dict[str, FieldInfo]:
        found = await self.api.get(f"{entity}/entityInformation/fields", Fields)
        return {one.name: one for one in found.fields}

    async def _require_udf(self, name: str) -> None:
        found = await self.api.get("Tickets/entityInformation/userDefinedFields", Fields)
        if name not in {one.name for one in found.fields}:
            raise RejectedError(
                f"Autotask has no user-defined field {name!r} for tickets: make one (text, single "
                "line) under Admin, User-Defined Fields, Tickets, or take udf out"
            )


def _value(key: str, label: str, info: FieldInfo, above: int | None = None) -> int:
    """``above`` is the issue type that a sub-issue type is of."""
    choices = _under(info.choices, above) if info.name == "subIssueType" else info.choices
    for one in choices:
        if one.label == label:
            return int(one.value)
    raise RejectedError(
        f"Autotask has no {info.name} {label!r}: write {_listed(choices)} into {key}"
    )


def _present(fields: Mapping[str, FieldInfo], name: str) -> FieldInfo:
    if name not in fields:
        raise DeskError(f"Autotask does not tell of its field {name}: is url its address?")
    return fields[name]


def _under(choices: Sequence[Choice], parent: int | None) -> list[Choice]:
    return [one for one in choices if not one.parentValue or one.parentValue == str(parent)]


def _listed(choices: Sequence[Choice]) -> str:
    labels = [repr(one.label) for one in choices]
    more = f" or another of {len(labels)}" if len(labels) > SHOWN else ""
    return f"one of {', '.join(labels[:SHOWN])}{more}" if labels else "nothing (it has no values)"


def _mend(missing: Sequence[str]) -> str:
    keys = {name: key for key, name in TICKET_FIELDS.items()}
    ours = [keys[name] for name in missing if name in keys]
    others = [name for name in missing if name not in keys]
    mends = [f"write {' and '.join(ours)} into the configuration"] if ours else []
    mends += [f"make {' and '.join(others)} optional in the ticket category"] if others else []
    return f"{', '.join(missing)} of each ticket: {'; '.join(mends)}"
