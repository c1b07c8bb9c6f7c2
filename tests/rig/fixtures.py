"""Fixtures: which Asterisks there are, and a rig that starts on one of them.

A test folder's conftest imports them: ``from tests.rig.fixtures import start_rig, version``.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from dialplan import Site
from tests.rig.errors import RigError
from tests.rig.rig import Rig
from tests.rig.root import root

StartRig = Callable[..., Awaitable[Rig]]


def available(version: int) -> int:
    """The version, where it can be had; else the test is skipped, which in CI is a failure."""
    try:
        root(version)
    except RigError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    return version


@pytest.fixture(params=[16, 22], ids=["asterisk16", "asterisk22"])
def version(request: pytest.FixtureRequest) -> int:
    """Each major version in turn."""
    return available(request.param)


@pytest.fixture
async def start_rig(version: int) -> AsyncIterator[StartRig]:
    """Starts rigs of this version, with the arguments of Rig; they stop after the test."""
    async with AsyncExitStack() as stack:

        async def start(site: Site | None = None, **arguments: object) -> Rig:
            return await stack.enter_async_context(Rig(version, site, **arguments))

        yield start
