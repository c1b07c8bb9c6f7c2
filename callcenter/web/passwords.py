"""Passwords, hashed with argon2id at the library's own parameters (64 MiB, 3 passes)."""

import asyncio
import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""Hashes computed at the same time: each takes 64 MiB and some 100 ms of a core."""

MAX_LENGTH = 1024
"""Characters of a password; nobody types more."""

MIN_LENGTH = 10
"""Characters of a password that is chosen on a page (NIST SP 800-63B asks for eight at least)."""

MADE_BYTES = 12
"""Of a password that we make: 96 bits, 16 characters."""

DEFAULT_HASHER = PasswordHasher()


class Passwords:
    """Hashes in threads, a few at once, so that a rush of sign-ins does not stop the pages."""

    def __init__(self, hasher: PasswordHasher = DEFAULT_HASHER) -> None:
        self._hasher = hasher
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the one of this hash.

        None, for a login that nobody has, takes as long as a wrong password does: how long the
        answer takes does not tell which logins there are.
        """
        async with self._slots:
            return await asyncio.to_thread(self._verify, hashed, password)

    async def hash(self, password: str) -> str:
        """What to keep of a password."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            self._hasher.verify(hashed or _nobodys_hash(self._hasher), password)
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None


def made() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(MADE_BYTES)


@functools.cache
def _nobodys_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")
