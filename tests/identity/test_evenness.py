"""Who guesses learns nothing by watching: refusals are the same work, and tokens are known by their digests alone."""

from datetime import timedelta
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from app.auth import Authenticator
from app.database import Database
from app.services.accounts.passwords import ARGON2, Passwords
from app.services.accounts.tokens import digest
from tests.engine.dice import Dice
from tests.identity.accounts import EMAIL, Desk

UNKNOWN = "no@x.example"
TRIES = 200


async def test_a_refusal_at_sign_in_is_the_same_statements_whatever_the_reason(real: Desk, database: Database) -> None:
    await real.person()
    await real.person("locked@x.example", locked_until=real.now + timedelta(hours=1))
    await real.person("inactive@x.example", is_active=False)
    sent: list[str] = []

    @event.listens_for(database.writes.sync_engine, "before_cursor_execute")
    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    done = []
    for email in (EMAIL, UNKNOWN, "locked@x.example", "inactive@x.example"):
        sent.clear()
        await real.fail(email=email)
        done.append(tuple(sent))
    assert len(set(done)) == 1 and len(done[0]) > 2


async def test_a_refusal_at_sign_in_verifies_one_hash_of_the_same_cost_whatever_the_reason(real: Desk) -> None:
    class Counting:
        """The hasher, and how expensive the hashes are that it verifies."""

        verified: list[str] = []  # noqa: RUF012

        def __getattr__(self, name: str) -> Any:
            return getattr(ARGON2, name)

        def verify(self, stored: str, password: str) -> bool:
            self.verified.append(stored.rpartition("$")[0].rpartition("$")[0])
            return ARGON2.verify(stored, password)

    await real.person()
    counting: Any = Counting()
    real.passwords = Passwords(hasher=counting)
    await real.fail()
    await real.fail(email=UNKNOWN)
    real.passwords.close()
    assert len(counting.verified) == 2 and len(set(counting.verified)) == 1


@pytest.mark.long
async def test_pairs_of_guesses_take_as_long_for_an_address_without_an_account(real: Desk) -> None:
    """Each pair is measured in one breath and in a drawn order, so that what disturbs one disturbs the other."""
    await real.person()
    dice, differences, known = Dice(Random(1)), list[float](), list[float]()
    for _ in range(TRIES):
        order, took = dice.some_of([EMAIL, UNKNOWN], 2, 2), dict[str, float]()
        for email in order:
            begun = perf_counter()
            await real.fail(email=email)
            took[email] = perf_counter() - begun
        await real.rows("UPDATE identity.users SET failed_login_attempts = 0, locked_until = NULL RETURNING id")
        differences.append(took[UNKNOWN] - took[EMAIL])
        known.append(took[EMAIL])
    assert abs(median(differences)) < 0.1 * median(known), (median(differences), median(known))


async def test_a_token_is_looked_up_and_remembered_by_its_digest_alone(real: Desk, database: Database) -> None:
    await real.person()
    token = (await real.sign_in()).token
    asked: list[Any] = []

    def note(record: asyncpg.connection.LoggedQuery) -> None:
        asked.append(record.args)

    async with database.reads.acquire() as connection:
        connection.add_query_logger(note)
    authenticator = Authenticator(database.reads.acquire)
    for given in (token, f"{token}x", "agora_k_nothing"):
        await authenticator.identify(given)
    async with database.reads.acquire() as connection:
        connection.remove_query_logger(note)
    told = f"{asked} {vars(authenticator)}"
    assert asked and digest(token) in told and token.removeprefix("agora_s_") not in told


async def test_a_digest_is_no_token(real: Desk, database: Database) -> None:
    await real.person()
    token = (await real.sign_in()).token
    authenticator = Authenticator(database.reads.acquire)
    kept = await real.value("SELECT token_hash FROM identity.login_sessions")
    assert kept == digest(token) and await authenticator.identify(token) is not None
    for given in (kept, f"agora_s_{kept}", token[:-1], token.swapcase(), token.upper(), f" {token}", f"{token}\0"):
        assert await authenticator.identify(given) is None
