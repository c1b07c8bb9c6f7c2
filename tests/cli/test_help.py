"""Help teaches, and mistakes are told in words, with exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.cli.group import COMMANDS
from tests.cli.conftest import Call

ROOT = Path(__file__).parents[2]
EVERY = [
    ("serve",),
    ("check",),
    ("demo",),
    ("agent", "add"),
    ("agent", "grant"),
    ("agent", "revoke"),
    ("customer", "add"),
    ("customer", "list"),
    ("customer", "password"),
    ("customer", "disable"),
    ("customer", "enable"),
    ("token", "create"),
    ("ticket", "list"),
    ("ticket", "retry"),
    ("desk", "subscribe"),
    ("directory", "import"),
    ("person", "export"),
    ("person", "erase"),
    ("history", "import"),
    ("dialplan", "render"),
    ("db", "upgrade"),
    ("backup",),
]


def test_help_lists_every_command(call: Call) -> None:
    result = call("--help")
    assert result.exit_code == 0
    for command, help_text in COMMANDS.items():
        assert command in result.output
        assert help_text in result.output


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_of_a_command_has_an_example_and_the_configuration(
    call: Call, words: tuple[str, ...]
) -> None:
    result = call(*words, "--help")
    assert result.exit_code == 0, result.output
    assert f"callcenter {' '.join(words)}" in result.output
    assert "Example" in result.output
    assert "--config PATH" in result.output


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_mistyped_option_is_told_with_exit_code_2(call: Call, words: tuple[str, ...]) -> None:
    result = call(*words, "--confg", "x")
    assert result.exit_code == 2
    assert "--confg" in result.stderr


def test_an_unknown_command_is_told_with_exit_code_2(call: Call) -> None:
    result = call("srve")
    assert result.exit_code == 2
    assert "srve" in result.stderr


@pytest.mark.parametrize("words", [("check",), ("db", "upgrade"), ("token", "create", "x")])
def test_a_wrong_configuration_is_told_without_a_traceback(
    call: Call, words: tuple[str, ...], folder: Path
) -> None:
    (folder / "wrong.toml").write_text("[http]\nprot = 1\n", encoding="utf-8")
    result = call(*words, "--config", "wrong.toml")
    assert result.exit_code == 2
    assert "wrong.toml, line 2: http.prot is not a key here: did you mean port?" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_not_there_is_told(call: Call) -> None:
    result = call("check", "--config", "gone.toml")
    assert result.exit_code == 2
    assert "gone.toml: cannot be read" in result.stderr


def test_the_file_may_be_named_by_a_variable(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_CONFIG", "gone.toml")
    assert "gone.toml: cannot be read" in call("check").stderr


def test_help_imports_neither_the_database_nor_the_web() -> None:
    script = (
        "import sys; from callcenter.cli import main; main(['--help'], standalone_mode=False); "
        "sys.exit(bool({'sqlalchemy', 'aiohttp', 'pydantic'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True
    )
    assert result.returncode == 0, result.stderr


def test_the_module_is_the_command_line_too() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "callcenter", "--help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert result.stdout.startswith("Usage: callcenter ")
