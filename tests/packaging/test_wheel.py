"""The wheel has all that the pages need, and is the same each time it is built."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
NOT_KEPT = shutil.ignore_patterns("__pycache__", "static", "*.mo")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout without anything that a build has left."""
    tree = tmp_path / "tree"
    for folder in ("callcenter", "dialplan", "webhooks"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=NOT_KEPT)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tree)
    return tree


def build(tree: Path, target: str = "wheel") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "dist"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def built_wheel(tree: Path) -> Path:
    result = build(tree)
    assert result.returncode == 0, result.stdout + result.stderr
    (wheel,) = (tree / "dist").glob("*.whl")
    return wheel


def test_the_wheel_has_bundles_and_catalogs_and_none_of_their_sources(tree: Path) -> None:
    names = set(ZipFile(built_wheel(tree)).namelist())
    manifest = json.loads((tree / "callcenter/web/static/manifest.json").read_text())
    assert set(manifest) == {"app.js", "app.css", "plots.js"}
    assert {f"callcenter/web/static/{name}" for name in manifest.values()} <= names
    for catalog in (tree / "callcenter").rglob("*.po"):
        assert str(catalog.relative_to(tree).with_suffix(".mo")) in names
    assert not [name for name in names if "/assets/" in name or name.endswith(".po")]


def test_two_builds_are_the_same_to_the_byte(tree: Path) -> None:
    first = built_wheel(tree).read_bytes()
    shutil.rmtree(tree / "callcenter/web/static")
    assert built_wheel(tree).read_bytes() == first


def test_a_build_takes_away_what_an_earlier_one_left(tree: Path) -> None:
    old = tree / "callcenter/web/static/app-000000000000.js"
    old.parent.mkdir()
    old.write_text("of an earlier build")
    assert "callcenter/web/static/app-000000000000.js" not in ZipFile(built_wheel(tree)).namelist()


def test_a_package_that_is_not_the_pinned_one_stops_the_build(tree: Path) -> None:
    lock = json.loads((tree / "package-lock.json").read_text())
    lock["packages"]["node_modules/esbuild"]["integrity"] = "sha512-" + "A" * 86 + "=="
    (tree / "package-lock.json").write_text(json.dumps(lock))
    result = build(tree)
    assert result.returncode != 0
    assert "EINTEGRITY" in result.stderr


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"], name


def test_the_source_distribution_has_no_bundles_and_builds(tree: Path) -> None:
    built_wheel(tree)
    assert build(tree, "sdist").returncode == 0
    (archive,) = (tree / "dist").glob("*.tar.gz")
    shutil.unpack_archive(archive, tree / "unpacked", filter="data")
    (unpacked,) = (tree / "unpacked").iterdir()
    assert not (unpacked / "callcenter/web/static").exists()
    assert built_wheel(unpacked).read_bytes() == built_wheel(tree).read_bytes()
