"""The administration pages, with an administrator signed in."""

import pytest

from tests.web.conftest import Site


@pytest.fixture
async def root(site: Site) -> Site:
    """The site, and Nour, its administrator, before it."""
    await site.scene.agent("root", "Nour Haddad", role="admin")
    await site.sign_in("root")
    return site
