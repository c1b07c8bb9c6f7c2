"""A scripted PBX for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.ami.scripted import ScriptedAmi


@pytest.fixture
async def pbx() -> AsyncIterator[ScriptedAmi]:
    async with ScriptedAmi() as scripted:
        yield scripted
