"""When a ticket says what its call was about."""

import pytest

from callcenter.core.qualification import Missing, missing


@pytest.mark.parametrize(
    ("title", "is_made", "category_id", "has_categories", "expected"),
    [
        ("Printer is offline", False, 7, True, ()),
        ("Printer is offline", False, None, False, ()),
        ("Printer is offline", False, None, True, (Missing.CATEGORY,)),
        ("support: Lucie Petit", True, 7, True, (Missing.TITLE,)),
        ("support: Lucie Petit", True, None, True, (Missing.TITLE, Missing.CATEGORY)),
        ("", False, 7, True, (Missing.TITLE,)),
        (" -.…", False, 7, False, (Missing.TITLE,)),
        ("PC", False, None, False, ()),
        ("打印机", False, None, False, ()),
    ],
)
def test_a_real_title_and_a_category_where_there_are_any(
    title: str,
    is_made: bool,
    category_id: int | None,
    has_categories: bool,
    expected: tuple[Missing, ...],
) -> None:
    assert (
        missing(title, is_made=is_made, category_id=category_id, has_categories=has_categories)
        == expected
    )
