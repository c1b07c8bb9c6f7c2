"""Every text of the pages is in both languages, and none is anywhere else."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

from callcenter.web.languages import DEFAULT, LANGUAGES, LOCALES, choose
from callcenter.web.render import TEMPLATES

SOURCES = TEMPLATES.parent / "assets" / "src"

OPTIONS = {"trimmed": "true", "newstyle_gettext": "true"}

BLOCKS_IN_A_TAG = r"{% block (page|attributes) %}.*{% endblock %}"

WORDS_OF_NO_LANGUAGE = {"Callcenter", "PBX"}


@cache
def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source)


def used() -> set[str]:
    found = extract_from_dir(
        str(TEMPLATES), method_map=[("**.html", "jinja2")], options_map={"**.html": OPTIONS}
    )
    return {str(message) for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_text_and_no_other(language: str) -> None:
    messages = {str(each.id): each for each in catalogue(language) if each.id}
    assert set(messages) == used()
    for text, message in messages.items():
        assert message.string, f"{text!r} is not translated"
        assert not message.fuzzy, text
        assert re.findall(r"%\(\w+\)s", text) == re.findall(r"%\(\w+\)s", str(message.string))


class Texts(HTMLParser):
    """Collects what a reader would see of a template's own, outside of Jinja's expressions."""

    SPOKEN = ("alt", "aria-label", "placeholder", "title")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        self.found += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_has_no_text_of_its_own(path: Path) -> None:
    source = re.sub(BLOCKS_IN_A_TAG, "", path.read_text("utf-8"))
    tokens = Environment(extensions=["jinja2.ext.i18n"]).lex(source)
    parser = Texts()
    parser.feed("".join(value for _, kind, value in tokens if kind == "data"))
    words = {word for text in parser.found for word in re.findall(r"[^\W\d_]{2,}", text)}
    assert words <= WORDS_OF_NO_LANGUAGE


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.js")), ids=lambda path: path.name)
def test_a_script_has_no_text_of_its_own(path: Path) -> None:
    """Two words in a string would be a sentence; messages of errors are for developers."""
    source = re.sub(r"//[^\n]*|new Error\([^)]*\)", "", path.read_text("utf-8"))
    strings = re.findall(r'"([^"\n]*)"|`([^`]*)`', source)
    said = {text for pair in strings for text in pair if re.search(r"[A-Za-z]{2,} [a-z]{2,}", text)}
    assert said == set()


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        (None, "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        (None, "de, en;q=0.3, fr;q=0.7", "fr"),
        (None, "fr;q=0, en", "en"),
        (None, "de", DEFAULT),
        (None, "", DEFAULT),
        (None, "fr;q=rubbish", DEFAULT),
        ("en", "fr", "en"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(
    chosen: str | None, accepted: str, expected: str
) -> None:
    assert choose(chosen, accepted) == expected
