"""What the README shows can be done as it says."""

import os
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import get_args

import click
import pytest

from callcenter.cli import main
from callcenter.cli.group import COMMANDS
from callcenter.config import GenericDesk, RemoteDesk, load
from webhooks import WantedTicket, WebhookType
from webhooks.examples import example
from webhooks.signature import sign

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


KINDS = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(RemoteDesk)
}


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    path = tmp_path / "callcenter.toml"
    path.write_text(text, encoding="utf-8")
    assert [line.name for line in load(path, {}).lines] == ["support"]


def test_a_wanted_ticket_is_as_it_is_sent() -> None:
    (text,) = blocks("json")
    assert WantedTicket.model_validate_json(text).model_dump_json(indent=2) == text.strip()


def test_what_is_shown_of_each_desk_is_accepted_and_is_all_of_its_keys() -> None:
    pages = sorted((ROOT / "docs" / "desks").glob("*.md"))
    assert {page.stem for page in pages} == {kind for kind in KINDS if kind != "generic"}
    for page in pages:
        (text,) = blocks("toml", page.read_text(encoding="utf-8"))
        model = KINDS[page.stem]
        assert set(re.findall(r"^#? ?(\w+) =", text, re.MULTILINE)) == set(model.model_fields)
        (desk,) = tomllib.loads(text)["desk"]
        assert desk["kind"] == page.stem
        model.model_validate(desk)


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


def test_the_receiver_takes_what_is_signed_and_once_and_nothing_else() -> None:
    (code,) = blocks("python")
    secret, body = f"whsec_{'A' * 32}", example(WebhookType.CALL_MISSED).encode()
    environ = os.environ | {"SECRET": secret, "PORT": "0"}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as receiver:
        try:
            assert receiver.stdout is not None
            port = int(receiver.stdout.readline())
            headers = sign([secret], "msg_1", datetime.now(UTC), body)
            answers = [_post(port, headers, body) for _ in range(2)]
            answers.append(_post(port, headers, body + b" "))
            said = receiver.stdout.readline().split()
        finally:
            receiver.terminate()
        assert (answers, said[0]) == ([204, 204, 401], "call.missed")
        assert receiver.stdout.read() == ""


def _post(port: int, headers: dict[str, str], body: bytes) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()
