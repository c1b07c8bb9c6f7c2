"""axe-core: fetched by npm as package-lock.json pins it, and what it finds on a page."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from hatch_build import install_packages
from tests.rig.root import cache as cache_folder

ROOT = Path(__file__).parents[3]

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

COLOURS = ("color-contrast",)
"""The rules that depend on light or dark."""

RUN = """([tags, rules]) => axe.run(document, {
  runOnly: rules ? {type: "rule", values: rules} : {type: "tag", values: tags},
  rules: rules ? {} : {"target-size": {enabled: true}},
  resultTypes: ["violations"],
})"""
"""The sizes of targets are the one rule of WCAG 2.2 that axe-core leaves off by itself."""


@cache
def script() -> str:
    """The text of axe-core. Raises RuntimeError where npm cannot fetch it."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()[:12]
    place = cache_folder() / f"axe-core-{lock}.js"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            modules = install_packages(ROOT, Path(folder), omit="optional")
            shutil.move(modules / "axe-core" / "axe.min.js", place)
    return place.read_text("utf-8")


async def found(page: Page, rules: Sequence[str] | None = None) -> list[str]:
    """What is wrong with the page as it is now, a line each; by these rules, or by all."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(script())
    result = await page.evaluate(RUN, [TAGS, rules])
    return list(_lines(result["violations"]))


def _lines(violations: list[dict[str, Any]]) -> Iterator[str]:
    for rule in violations:
        for node in rule["nodes"]:
            yield f"{rule['id']}: {' '.join(node['target'])}: {node['failureSummary']}"
