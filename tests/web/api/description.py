"""The OpenAPI description, and whether an answer fits it."""

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

import callcenter.web.api

FILE = Path(callcenter.web.api.__file__).with_name("openapi.yaml")


@cache
def description() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def closed(node: Any) -> Any:
    """The same, with every object that lists its properties closed: nothing undescribed passes."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if "properties" in node and isinstance(node.get("required"), list):
        node.setdefault("additionalProperties", False)
    return node


def check(schema: Any, value: Any) -> None:
    """Hold a value against a schema of the description."""
    whole = {**closed(copy.deepcopy(schema)), "components": closed(description()["components"])}
    Draft202012Validator(whole).validate(value)


def validate(path: str, method: str, status: int, body: Any) -> None:
    """Hold an answer against what the description says of its route and status."""
    answers = operation(path, method)["responses"]
    assert str(status) in answers, f"{method} {path} answers {status}, which is not described"
    check(resolve(answers[str(status)])["content"]["application/json"]["schema"], body)


def operation(path: str, method: str) -> Any:
    """The operation that an address belongs to; a path without parameters goes first."""
    paths = description()["paths"]
    for pattern in sorted(paths, key=lambda each: each.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
            return paths[pattern][method]
    raise AssertionError(f"{path} is not described")


def resolve(node: Any) -> Any:
    """What a reference stands for."""
    while "$ref" in node:
        found = description()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node
