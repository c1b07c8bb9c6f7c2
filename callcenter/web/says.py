"""The history's own words in a language, which its template has once."""

from typing import Any

from markupsafe import Markup

from callcenter.web.history import Asked, History
from callcenter.web.render import Renderer
from callcenter.web.sheets import Words


def says_of(renderer: Renderer, language: str) -> Any:
    """The macros that have the words."""
    return renderer.words(language, "history_words.html")


def words_of(says: Any, asked: Asked, found: History) -> Words:
    """What a file or a mail says."""
    return Words(
        first=plain(says.cut(asked.by)),
        headings=[plain(says.column(column.code)) for column in found.table.columns],
        labels=[plain(says.label(asked.by, line.label)) for line in found.table.lines],
        rest=plain(says.others(found.table.others)),
        total=plain(says.total()),
    )


def plain(markup: Markup) -> str:
    """The text of a macro's markup."""
    return markup.unescape().strip()
