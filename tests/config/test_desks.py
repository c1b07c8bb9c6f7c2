"""What goes together in the table of a desk."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from callcenter.config import RemoteDesk

ADAPTER: TypeAdapter[RemoteDesk] = TypeAdapter(RemoteDesk)
AT = {"name": "company", "url": "https://desk.example.com"}
ZAMMAD = {**AT, "kind": "zammad", "token": "t", "group": "Support", "customer": "unknown"}
GENERIC = {**AT, "kind": "generic", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}


@pytest.mark.parametrize(
    ("table", "mend"),
    [
        (ZAMMAD | {"category_field": "category"}, "categories and category_field go together"),
        (ZAMMAD | {"categories": {"Hardware": "h"}}, "categories and category_field go together"),
        (ZAMMAD | {"priorities": {"urgent": "3 high"}}, "'low', 'medium', 'high' or 'critical'"),
        (GENERIC | {"writes": True}, "needs follows = true"),
    ],
)
def test_what_does_not_go_together_is_named(table: dict[str, Any], mend: str) -> None:
    with pytest.raises(ValidationError, match=mend):
        ADAPTER.validate_python(table)
