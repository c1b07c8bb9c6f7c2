"""What the README shows can be done as it says."""

import re
from pathlib import Path

import click
import pytest

from callcenter.cli import main
from callcenter.cli.group import COMMANDS
from callcenter.config import GenericDesk, load
from webhooks import WantedTicket

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    path = tmp_path / "callcenter.toml"
    path.write_text(text, encoding="utf-8")
    assert [line.name for line in load(path, {}).lines] == ["support"]


def test_a_wanted_ticket_is_as_it_is_sent() -> None:
    (text,) = blocks("json")
    assert WantedTicket.model_validate_json(text).model_dump_json(indent=2) == text.strip()


def test_the_keys_of_a_generic_desk_are_all_shown() -> None:
    (text,) = blocks("toml")
    shown = set(re.findall(r"^#? ?(\w+) =", text[text.index("# [[desk]]") :], re.MULTILINE))
    assert shown == set(GenericDesk.model_fields)


def test_every_command_is_there_with_its_options() -> None:
    shown = [line.split("#")[0].split() for line in "\n".join(blocks("sh")).splitlines()]
    commands = [words[1:] for words in shown if words[:1] == ["callcenter"]]
    assert {words[0] for words in commands} <= set(COMMANDS)
    for words in commands:
        command: click.Command = main
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None
            command = found
        known = {option for each in command.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("target", re.findall(r"`?make ([a-z]+)", README))
def test_every_make_target_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_that_is_linked_is_there(path: str) -> None:
    assert (ROOT / path).is_file()
