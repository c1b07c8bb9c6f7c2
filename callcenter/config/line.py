"""``[[line]]``: a support number that customers dial."""

from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from callcenter.config.enforcement import Enforcement
from callcenter.config.hours import Hours
from callcenter.config.names import Digits, Interface, Listed, Name, Table, Word, matching
from callcenter.config.pbx import Secret
from callcenter.config.site import Country, Timezone
from callcenter.config.wallboard import Wallboard

Seconds = Annotated[int, Field(ge=1, le=3600)]


def _e164(number: str, info: ValidationInfo) -> str:
    """Bring a number to E.164, read in the line's country."""
    try:
        parsed = phonenumbers.parse(number, info.data.get("country"))
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise PydanticCustomError(
            "number", "is not a telephone number: write it like '+33465711010'"
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class Menu(Table):
    """``[line.menu]``: what callers hear before anything rings.

    ``prompts`` are sounds of the PBX, without their endings, played one after another, at most
    ``tries`` times; who presses ``option`` reaches the ring group.
    """

    prompts: Annotated[tuple[Word, ...], Listed] = ("vm-press", "digits/1")
    option: Annotated[str, matching("[0-9]", "must be one digit, in quotes")] = "1"
    tries: Annotated[int, Field(ge=1, le=10)] = 3


class Voicemail(Table):
    """``[line.voicemail]``: the mailbox that takes calls which nobody does.

    ``pin`` is what its listeners dial on a standalone Asterisk; FreePBX has its own.
    """

    mailbox: Digits
    pin: Secret


class Line(Table):
    """A line rings either an Asterisk ``queue`` or, by a plain Dial, the interfaces in ``ring``.

    ``members`` are the interfaces of a queue that callcenter renders. ``country`` and ``timezone``
    are ``[site]``'s where the file does not say otherwise, and what is an alarm on the wallboard is
    ``[wallboard]``'s. Without ``hours`` the line is always
    open. Calls given up within ``short_abandon_s`` are not counted as lost;
    ``service_level_s`` is the wait that the service level promises. With ``record`` the rendered
    dialplan records what is said; queues of FreePBX record as FreePBX says.
    """

    country: Country = "FR"
    name: Name
    number: Annotated[str, AfterValidator(_e164)]
    pbx: Name
    queue: Name | None = None
    members: Annotated[tuple[Interface, ...], Listed] = ()
    ring: Annotated[tuple[Interface, ...], Listed] = ()
    extension: Annotated[
        str,
        matching(r"\+?[0-9]{1,20}", "must be what the PBX is dialled for it: digits, in quotes"),
    ]
    desk: Name = "builtin"
    timezone: Timezone = "Europe/Paris"
    hours: Annotated[tuple[Hours, ...], Listed] = ()
    menu: Menu | None = None
    ring_timeout_s: Seconds = 60
    voicemail: Voicemail | None = None
    record: bool = False
    enforcement: Enforcement = Enforcement()
    wallboard: Wallboard = Wallboard()
    short_abandon_s: Annotated[float, Field(ge=0, le=60)] = 6.0
    service_level_s: Annotated[float, Field(gt=0, le=3600)] = 20.0
