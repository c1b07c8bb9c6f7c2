"""Which language a page is in."""

from pathlib import Path

from babel.support import NullTranslations, Translations

from callcenter.errors import CallcenterError

LANGUAGES = {"fr": "Français", "en": "English"}
"""Code to the language's own name."""

DEFAULT = "en"

FORMATS = {"fr": "fr_FR", "en": "en_GB"}
"""Whose way of writing times goes with a language: 24 hours, the day before the month."""

LOCALES = Path(__file__).parent / "locales"


class NoTranslationsError(CallcenterError):
    """The package was not built."""

    code = "no_translations"


def choose(chosen: str | None, accepted: str) -> str:
    """The agent's own choice, else the best of the browser's Accept-Language header."""
    if chosen in LANGUAGES:
        return chosen
    ranked = sorted(map(_preference, accepted.split(",")), key=lambda each: -each[1])
    return next((code for code, quality in ranked if code in LANGUAGES and quality > 0), DEFAULT)


def translations(language: str) -> NullTranslations:
    """The catalogue of a language. Raises NoTranslationsError where it was not built."""
    found = Translations.load(LOCALES, [language])
    if not isinstance(found, Translations):
        raise NoTranslationsError("the translations are missing: install the package with pip")
    return found


def _preference(part: str) -> tuple[str, float]:
    """Read one part, such as ``fr-CH;q=0.9``, as ``("fr", 0.9)``."""
    name, _, quality = part.strip().partition(";q=")
    try:
        return name.split("-")[0].lower(), float(quality or 1)
    except ValueError:
        return name, 0.0
