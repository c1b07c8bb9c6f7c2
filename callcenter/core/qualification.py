"""When a ticket says what its call was about, so that the debt may be qualified.

A title, and a category where the site has any. The title that the service gave a ticket says who
called, which everybody knows already: it counts once somebody said that it is the right one.
"""

from enum import StrEnum


class Missing(StrEnum):
    """What is yet to be said: the name of its field on every page."""

    TITLE = "title"
    CATEGORY = "category"


def missing(
    title: str, *, is_made: bool, category_id: int | None, has_categories: bool
) -> tuple[Missing, ...]:
    """What a ticket lacks, in the order of its fields; nothing: its call is qualified by it.

    ``is_made``: the title is the service's own, and nobody confirmed it. ``has_categories``: the
    site has some to choose from.
    """
    says_nothing = is_made or not any(letter.isalnum() for letter in title)
    lacks = {
        Missing.TITLE: says_nothing,
        Missing.CATEGORY: has_categories and category_id is None,
    }
    return tuple(field for field, is_lacking in lacks.items() if is_lacking)
