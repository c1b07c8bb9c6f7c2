"""``kind = "autotask"``."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from callcenter.config.desks.filing import CategoryLabels
from callcenter.config.desks.remote import CustomersTable, DeskAddress
from callcenter.config.names import Word
from webhooks.ticket import Priority

ZONES_URL = "https://webservices2.autotask.net"
"""Where the vendor has every company's zone asked for."""

SECRET_MIN, SECRET_MAX = 16, 64
"""Characters of a webhook's secret: Autotask takes no longer one."""


def _long_enough(secret: SecretStr) -> SecretStr:
    if not SECRET_MIN <= len(secret.get_secret_value()) <= SECRET_MAX:
        raise PydanticCustomError(
            "webhook_secret",
            "must have {least} to {most} characters: make one with openssl rand -hex 32",
            {"least": SECRET_MIN, "most": SECRET_MAX},
        )
    return secret


class AutotaskDesk(CategoryLabels, CustomersTable):
    """``autotask`` is a company's Autotask PSA.

    ``username``, ``secret`` and ``integration_code`` are of an API user. ``queue`` to
    ``sub_issue_type`` are labels of what stands in a new ticket, ``status_open`` to
    ``status_closed`` of what it is set to later; ``priorities`` has the label of each of our
    priorities, and ``categories`` that of an issue type, or ``Computer > Printer`` for one with a
    sub-issue type. ``company_id`` has the calls of nobody known.
    ``udf`` keeps the id of the call in a field of the company's, in place of externalID.
    ``time_entries`` are of each agent's part in a call, ``work_type`` is their billing code, and
    ``secondary_resources`` are the agents who took part besides the first.
    ``users`` has Autotask's user name, or the e-mail address, of an agent, by login.
    """

    kind: Literal["autotask"]
    url: DeskAddress = ZONES_URL
    username: Word
    secret: SecretStr
    integration_code: SecretStr
    queue: Word
    status: Word = "New"
    status_open: Word = "In Progress"
    status_pending: Word = "Waiting Customer"
    status_closed: Word = "Complete"
    priority: Word = "Medium"
    priorities: dict[Priority, Word] = Field(default_factory=dict)
    source: Word | None = "Phone"
    ticket_type: Word | None = None
    ticket_category: Word | None = None
    issue_type: Word | None = None
    sub_issue_type: Word | None = None
    note_type: Word = "Task Notes"
    note_publish: Word = "All Autotask Users"
    company_id: Annotated[int, Field(ge=0)] = 0
    due_h: Annotated[float, Field(gt=0, le=8760)] = 24.0
    udf: Word | None = None
    users: dict[str, Word] = Field(default_factory=dict)
    impersonate: bool = False
    time_entries: bool = False
    work_type: Word | None = None
    secondary_resources: bool = False
    webhook_secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 300.0
