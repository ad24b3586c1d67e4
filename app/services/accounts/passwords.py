"""Passwords: what they must be like, and their hashes, of which a few are made at a time."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from threading import BoundedSemaphore
from typing import NamedTuple, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.services.refusals import Refusal, Refused

FEWEST, MOST = 10, 200
"""Characters of a password."""

_COMMONEST = """
1234567890 0123456789 0987654321 9876543210 1111111111 0000000000 12345678910 123456789a a123456789 123456789q
1q2w3e4r5t 1qaz2wsx3edc q1w2e3r4t5 q1w2e3r4t5y6 qwertyuiop qwerty12345 qwerty123456 qwertyuiop123 asdfghjkl1
asdfghjkl123 zxcvbnm123 abcdefghij abcdefghijk abcd123456 abc1234567 aaaaaaaaaa
password12 password123 password1234 password12345 password123! password2024 password2025 password2026 passw0rd123
p@ssw0rd123 p@ssword123 mypassword mypassword1 iloveyou12 iloveyou123 iloveyou1234 administrator admin12345
admin123456 welcome123 welcome1234 welcome2024 welcome2025 welcome2026 letmein123 letmein1234 changeme123
changemenow football123 baseball123 superman123 princess123 sunshine123 correcthorsebatterystaple
"""

COMMONEST = frozenset(_COMMONEST.split())
"""Those that everybody tries first, of the lengths that are allowed."""

ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""OWASP's least for Argon2id: 19 MiB, two passes, one lane."""

TOO_MANY = Refusal("RATE_LIMITED", "password", "cannot be checked now: there are too many sign-ins at once; try again")

T = TypeVar("T")


class Proof(NamedTuple):
    """Whether a password is the right one; `anew` is its hash by today's parameters if the stored one is of others."""

    holds: bool
    anew: str | None = None


def normalised(password: str) -> str:
    """The same characters whatever the keyboard that they come from."""
    return normalize("NFKC", password)


def check_password(password: str, email: str, field: str = "password") -> list[Refusal]:
    """What is wrong with `password` for the person with the address `email`."""
    # The length before normalising: a long run of combining marks takes long to sort.
    text = normalised(password) if len(password) <= MOST else ""
    rules = {
        f"must have {FEWEST} to {MOST} characters": FEWEST <= len(text) <= MOST,
        "must not be your e-mail address": text.casefold() != email.casefold(),
        "is among the first that anybody would try": text.casefold() not in COMMONEST,
    }
    return [Refusal("BAD_USER_INPUT", field, message) for message, holds in rules.items() if not holds]


class Passwords:
    """Hashes and verifies in `threads` threads; who comes when `waiting` others wait is refused."""

    def __init__(self, *, threads: int = 2, waiting: int = 32, hasher: PasswordHasher = ARGON2) -> None:
        self._hasher = hasher
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._places = BoundedSemaphore(threads + waiting)
        self._nobodys = hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """What is stored of `password`. Raises Refused when too many wait."""
        return await self._do(lambda: self._hasher.hash(normalised(password)))

    async def prove(self, stored: str | None, password: str) -> Proof:
        """Whether `password` is the one that `stored` is of; without one it takes as long to say no.

        Raises Refused when too many wait.
        """
        return await self._do(lambda: self._proof(stored, password))

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _proof(self, stored: str | None, password: str) -> Proof:
        known = stored if len(password) <= MOST else None
        text = normalised(password[:MOST])
        try:
            self._hasher.verify(known or self._nobodys, text)
        except (VerificationError, InvalidHashError):
            return Proof(False)
        if known is None:
            return Proof(False)
        return Proof(True, self._hasher.hash(text) if self._hasher.check_needs_rehash(known) else None)

    async def _do(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Refused([TOO_MANY])
        future = self._pool.submit(work)
        # Called too when the one who waited was cancelled; a thread that has begun keeps its place to the end.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)


@asynccontextmanager
async def hashing() -> AsyncIterator[Passwords]:
    """Passwords until the end."""
    passwords = await asyncio.to_thread(Passwords)
    try:
        yield passwords
    finally:
        passwords.close()
