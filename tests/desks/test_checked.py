"""What ``callcenter check`` says of each kind of desk that is not as it must be: what to change."""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from callcenter.desks.desk import RefusedError
from callcenter.desks.filing import Filing
from tests.desks.test_builtin import DRAFT
from tests.desks.trial import Trial
from tests.desks.trials import TRIALS

pytestmark = pytest.mark.asyncio(loop_scope="module")

Mistake = tuple[dict[str, Any], str]
"""What is wrong in the configuration, and what its message has to name."""

HIGH = Filing({"high": "Nope"})
ABOUT = Filing({}, {"Hardware": "Nope"})

LABELS: dict[str, list[Mistake]] = {
    "rt": [({"filing": ABOUT}, "categories.'Hardware'"), ({"category_field": "Nope"}, "'Nope'")],
    "zammad": [({"filing": HIGH}, "priorities.high"), ({"category_field": "nope"}, "'nope'")],
    "zendesk": [({"filing": ABOUT}, "categories.'Hardware'"), ({"category_field": "X"}, "'X'")],
    "freshdesk": [({"filing": ABOUT}, "categories.'Hardware'")],
    "glpi": [({"filing": ABOUT}, "categories.'Hardware'")],
    "znuny": [({"filing": HIGH}, "priorities.high"), ({"category_field": "Nope"}, "'Nope'")],
    "django_helpdesk": [
        ({"filing": ABOUT}, "categories.'Hardware'"),
        ({"category_field": "nope"}, "'nope'"),
    ],
    "autotask": [
        ({"priorities": {"high": "Nope"}}, "priorities.high"),
        ({"categories": {"Hardware": "Telephony > Printer"}}, "categories.'Hardware'"),
    ],
}
"""Of what an agent says of a call."""

MISTAKES: dict[str, list[Mistake]] = {
    "rt": [({"queue": "Nowhere"}, "'Nowhere'"), ({"custom_field": "Nope"}, "'Nope'")],
    "zammad": [({"group": "Nowhere"}, "'Nowhere'"), ({"custom_field": "nope"}, "'nope'")],
    "zendesk": [({"group": "Nowhere"}, "'Nowhere'"), ({"users": {"zoe": "no@x.fr"}}, "no@x.fr")],
    "freshdesk": [({"group": "Nowhere"}, "'Nowhere'"), ({"custom_field": "cf_nope"}, "'cf_nope'")],
    "glpi": [({"category": "Nowhere"}, "'Nowhere'"), ({"request_type": "Nope"}, "'Nope'")],
    "znuny": [({"queue": "Nowhere"}, "See queue"), ({"custom_field": "Nope"}, "'Nope'")],
    "django_helpdesk": [({"queue": 99}, "99"), ({"custom_field": "nope"}, "'nope'")],
    "autotask": [({"queue": "Nowhere"}, "'Nowhere'"), ({"udf": "Nope"}, "'Nope'")],
}
CASES = [
    pytest.param(kind, *mistake, id=f"{kind}-{next(iter(mistake[0]))}")
    for kind in TRIALS
    for mistake in MISTAKES.get(str(kind), []) + LABELS.get(str(kind), [])
]


# Without a scope each case would open a desk of its own: its other values belong to one test.
@pytest.mark.parametrize(("trial", "wrong", "named"), CASES, indirect=["trial"], scope="module")
async def test_what_is_not_there_is_named(trial: Trial, wrong: dict[str, Any], named: str) -> None:
    assert trial.remote
    # Znuny names no unknown field: it finds every ticket there is.
    await trial.desk.create(replace(DRAFT, key=str(uuid4())))
    async with trial.remote.opens(**wrong) as desk:
        with pytest.raises(RefusedError, match=re.escape(named)):
            await desk.check()


async def test_each_desk_that_keeps_our_key_in_a_field_or_has_picklists_is_here() -> None:
    without = {"builtin", "generic", "followed", "written", "unsearchable", "osticket"}
    assert {str(kind) for kind in TRIALS} - without == MISTAKES.keys() == LABELS.keys()
