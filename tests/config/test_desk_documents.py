"""The example in each desk's document is one that is taken."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from callcenter.config import RemoteDesk

DOCUMENTS = sorted(Path("docs/desks").glob("*.md"))
ADAPTER: TypeAdapter[RemoteDesk] = TypeAdapter(RemoteDesk)


def example(document: Path) -> dict[str, Any]:
    block = re.search(r"```toml\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    assert block
    (desk,) = tomllib.loads(block[1].replace("\n# ca", "\n## ca").replace("\n# ", "\n"))["desk"]
    found: dict[str, Any] = desk
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.stem)
def test_every_key_of_the_example_is_one(document: Path) -> None:
    told = example(document)
    kind = type(ADAPTER.validate_python(told))
    assert kind.model_fields["kind"].annotation.__args__ == (told["kind"],)


def test_a_category_needs_a_field_to_stand_in() -> None:
    told = example(Path("docs/desks/zammad.md"))
    del told["category_field"]
    with pytest.raises(ValidationError, match="categories and category_field go together"):
        ADAPTER.validate_python(told)
