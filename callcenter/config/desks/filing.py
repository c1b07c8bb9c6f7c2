"""What desks call the priorities and the categories of ours, in their tables."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from callcenter.config.names import Table, Word


def _path(name: str) -> str:
    return " > ".join(part.strip() for part in name.split(">"))


CategoryPath = Annotated[Word, AfterValidator(_path)]
"""A category of ours, or ``Hardware > Printer`` for one below it."""


class CategoryLabels(Table):
    """A desk with a place of its own for what a ticket is about; ``categories`` has its labels."""

    categories: dict[CategoryPath, Word] = Field(default_factory=dict)


class CategoryField(CategoryLabels):
    """A desk whose tickets have a field for it that somebody added: ``category_field``."""

    category_field: Word | None = None

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if bool(self.categories) != bool(self.category_field):
            raise PydanticCustomError(
                "category_field",
                "categories and category_field go together: which field of a ticket it is that "
                "says the category, and what stands there for each of ours",
            )
        return self
