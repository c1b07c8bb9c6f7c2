"""The bundled script and style sheet, under names that change when they do."""

import json
from collections.abc import Mapping
from pathlib import Path

from callcenter.errors import CallcenterError

STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"

CACHE_CONTROL = "public, max-age=31536000, immutable"
"""A name stands for one content for ever."""


class NoAssetsError(CallcenterError):
    """The package was not built."""

    code = "no_assets"


def read_manifest(folder: Path = STATIC) -> Mapping[str, str]:
    """Plain name to address: ``{"app.js": "/static/app-K3J2.js"}``.

    Raises NoAssetsError where nothing was built.
    """
    try:
        names: dict[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise NoAssetsError(
            "the pages' scripts are missing: install the package with pip"
        ) from error
    return {plain: PREFIX + hashed for plain, hashed in names.items()}
