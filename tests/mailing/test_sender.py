"""What the site's mail server says, and what to do about it."""

import pytest

from callcenter.mailing.sender import MailError
from tests.mailing.post import authenticate, post


async def test_a_server_is_checked_as_it_will_be_used() -> None:
    async with post() as running:
        assert "127.0.0.1 port" in await running.server().check()


async def test_a_wrong_password_names_the_keys() -> None:
    options = {"authenticator": authenticate, "auth_require_tls": False}
    async with post(**options) as running:
        right = running.server(username="reports", password="hush")
        assert "signed in" in await right.check()
        with pytest.raises(MailError, match=r"username and password under \[mail\]"):
            await running.server(username="reports", password="wrong").check()


@pytest.mark.parametrize("different", [{"port": 1}, {"security": "starttls"}])
async def test_a_server_that_cannot_be_had_names_the_keys(different: dict[str, object]) -> None:
    async with post() as running:
        with pytest.raises(MailError, match="host, port and security") as failed:
            await running.server(**different).check()
    assert not failed.value.is_final
