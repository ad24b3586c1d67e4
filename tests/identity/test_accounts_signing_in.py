"""How people sign in, and what becomes of those who guess."""

import asyncio
from datetime import timedelta
from ipaddress import ip_address
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from argon2 import PasswordHasher

from app.services.accounts.occasion import Occasion
from app.services.accounts.passwords import Passwords
from app.services.accounts.signing_in import NOT_LET_IN, lock_after
from app.services.accounts.tokens import digest
from graph.client import Client
from tests.identity.accounts import EMAIL, OTHER, PASSWORD, Desk, refusals


async def test_a_person_signs_in_and_gets_a_token_once(desk: Desk) -> None:
    user = await desk.person()
    session, token = await desk.sign_in(" ADA@x.example")
    assert token.startswith("agora_s_")
    assert len(token) == len("agora_s_") + 43
    (row,) = await desk.rows("SELECT * FROM identity.login_sessions")
    assert (row["id"], row["user_id"], row["token_hash"]) == (session.id, user, digest(token))
    assert (row["type"], row["method"], row["user_agent"]) == ("USER", "PASSWORD", "Firefox")
    assert row["ip_address"] == ip_address("192.0.2.7")
    assert token not in str(row)
    found = await desk.user()
    assert (found["login_count"], found["last_login_at"]) == (1, desk.now)
    (event,) = await desk.rows("SELECT * FROM identity.security_events")
    assert (event["type"], event["user_id"], event["session_id"]) == ("LOGIN", user, session.id)
    assert (event["ip_address"], event["user_agent"]) == (ip_address("192.0.2.7"), "Firefox")


@pytest.mark.parametrize(("remember", "life"), [(False, timedelta(hours=12)), (True, timedelta(days=30))])
async def test_a_session_lives_half_a_day_and_a_remembered_one_a_month(
    desk: Desk, remember: bool, life: timedelta
) -> None:
    await desk.person()
    session, _ = await desk.sign_in(remember=remember)
    assert (session.is_remembered, session.expires_at) == (remember, desk.now + life)


async def test_an_administrators_session_says_so(desk: Desk) -> None:
    await desk.person(is_superuser=True)
    assert (await desk.sign_in()).session.type == "ADMIN"


@pytest.mark.parametrize("client", [None, Client(None, None), Client("a socket", "x" * 9_999)])
async def test_a_client_that_says_nothing_of_use_may_sign_in(desk: Desk, client: Client | None) -> None:
    at = Occasion(desk.now, client)
    assert at.address is None
    assert len(at.user_agent or "") <= 500


async def test_everybody_who_is_not_let_in_is_told_the_same(desk: Desk) -> None:
    await desk.person("locked@x.example", locked_until=desk.now + timedelta(hours=1))
    await desk.person("inactive@x.example", is_active=False)
    await desk.person("deleted@x.example", deleted_at=desk.now)
    await desk.person("hashless@x.example", password_hash=None)
    await desk.person()
    for email in ("locked@x.example", "inactive@x.example", "deleted@x.example", "hashless@x.example", "no@x.example"):
        await desk.fail(email=email, password=PASSWORD)
    await desk.fail()
    reasons = await desk.rows("SELECT details ->> 'reason' AS reason FROM identity.security_events ORDER BY id")
    expected = ["LOCKED", "INACTIVE", "INACTIVE", "WRONG_PASSWORD", "UNKNOWN", "WRONG_PASSWORD"]
    assert [row["reason"] for row in reasons] == expected
    assert await desk.value("SELECT count(*) FROM identity.login_sessions") == 0


async def test_a_failure_is_kept_although_it_ends_in_a_refusal(real: Desk) -> None:
    await real.person()
    await real.fail()
    await real.fail(email="no@x.example")
    assert (await real.user())["failed_login_attempts"] == 1
    assert await real.events() == ["LOGIN_FAILED", "LOGIN_FAILED"]


async def test_the_fifth_failure_locks_the_account_and_a_right_password_does_not_open_it(desk: Desk) -> None:
    await desk.person()
    await desk.fail(4)
    assert (await desk.user())["locked_until"] is None
    await desk.fail()
    assert (await desk.user())["locked_until"] == desk.now + timedelta(seconds=30)
    await desk.fail(password=PASSWORD)
    assert await desk.events() == [*["LOGIN_FAILED"] * 5, "ACCOUNT_LOCKED", "LOGIN_FAILED"]
    desk.wait(seconds=31)
    await desk.sign_in()
    user = await desk.user()
    assert (user["failed_login_attempts"], user["locked_until"]) == (0, None)


async def test_each_failure_after_a_lock_locks_twice_as_long_up_to_an_hour(desk: Desk) -> None:
    await desk.person()
    await desk.fail(4)
    locks = []
    for _ in range(9):
        await desk.fail()
        until = (await desk.user())["locked_until"]
        locks.append(int((until - desk.now).total_seconds()))
        desk.now = until
    assert locks == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert lock_after(2_000_000_000) == timedelta(hours=1)


async def test_guesses_while_it_is_locked_do_not_prolong_the_lock(desk: Desk) -> None:
    await desk.person()
    await desk.fail(5)
    locked = await desk.user()
    await desk.fail(10)
    assert await desk.user() == locked


async def test_a_good_sign_in_between_begins_the_count_anew(desk: Desk) -> None:
    await desk.person()
    for _ in range(3):
        await desk.fail(4)
        await desk.sign_in()
    assert (await desk.user())["login_count"] == 3


async def test_of_guesses_that_are_made_at_once_no_more_than_five_count(real: Desk) -> None:
    await real.person()
    guesses = [f"wrong password {i}" for i in range(12)]
    await asyncio.gather(*(real.fail(password=guess) for guess in guesses))
    assert (await real.user())["failed_login_attempts"] == 5
    reasons = await real.rows(
        "SELECT details ->> 'reason' AS r FROM identity.security_events WHERE type <> 'ACCOUNT_LOCKED'"
    )
    assert sorted(row["r"] for row in reasons) == ["LOCKED"] * 7 + ["WRONG_PASSWORD"] * 5
    await real.fail(password=PASSWORD)


async def test_a_password_that_is_changed_while_it_is_verified_opens_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.person()
    other, prove = await desk.passwords.hash(OTHER), desk.passwords.prove

    async def meanwhile(stored: str | None, password: str) -> Any:
        proof = await prove(stored, password)
        await desk.rows("UPDATE identity.users SET password_hash = :hash RETURNING id", hash=other)
        return proof

    monkeypatch.setattr(desk.passwords, "prove", meanwhile)
    assert await refusals(desk.sign_in()) == (NOT_LET_IN,)
    assert (await desk.user())["failed_login_attempts"] == 0


async def test_a_hash_of_weaker_parameters_is_replaced_at_sign_in(desk: Desk) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    await desk.person(password_hash=weak)
    await desk.fail()
    assert (await desk.user())["password_hash"] == weak
    await desk.sign_in()
    assert "m=19456,t=2,p=1" in (await desk.user())["password_hash"]
    await desk.sign_in()


async def test_no_connection_is_held_while_a_password_is_verified(desk: Desk) -> None:
    await desk.person()
    held, during = 0, []
    begin = desk.begin

    class Watched(Passwords):
        async def prove(self, stored: str | None, password: str) -> Any:
            during.append(held)
            return await super().prove(stored, password)

    class Counted:
        def __init__(self) -> None:
            self.inner = begin()

        async def __aenter__(self) -> Any:
            nonlocal held
            held += 1
            return await self.inner.__aenter__()

        async def __aexit__(self, *error: Any) -> Any:
            nonlocal held
            held -= 1
            return await self.inner.__aexit__(*error)

    desk.passwords, desk.begin = Watched(), Counted
    await desk.sign_in()
    desk.passwords.close()
    assert during == [0]


async def times(desk: Desk, tries: int) -> dict[str, float]:
    """The median time of a refusal, by what was wrong."""
    await desk.person()
    await desk.person("locked@x.example", locked_until=desk.now + timedelta(hours=1))
    await desk.person("inactive@x.example", is_active=False)
    taken: dict[str, list[float]] = {}
    for _ in range(tries):
        for email in (EMAIL, "no@x.example", "locked@x.example", "inactive@x.example"):
            begun = perf_counter()
            await desk.fail(email=email)
            taken.setdefault(email, []).append(perf_counter() - begun)
        await desk.rows(
            "UPDATE identity.users SET failed_login_attempts = 0, locked_until = NULL WHERE email = :e RETURNING id",
            e=EMAIL,
        )
    return {email: median(each) for email, each in taken.items()}


async def test_time_does_not_tell_whether_there_is_an_account(desk: Desk) -> None:
    found = await times(desk, 30)
    assert max(found.values()) < 1.3 * min(found.values()), found


@pytest.mark.long
async def test_time_does_not_tell_whether_there_is_an_account_however_often_one_asks(real: Desk) -> None:
    found = await times(real, 200)
    assert max(found.values()) < 1.15 * min(found.values()), found
