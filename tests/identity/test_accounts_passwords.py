"""Passwords: rules, hashes, and what happens when too many come at once."""

import asyncio
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher

from app.services.accounts.passwords import COMMONEST, FEWEST, MOST, Passwords, check_password
from app.services.refusals import Refused
from tests.identity.accounts import EMAIL, PASSWORD, refusal

WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "password123")
"""In the letters of Japanese keyboards."""


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("short one", "must have 10 to 200 characters"),
        ("x" * 201, "must have 10 to 200 characters"),
        ("\ufdfa" * 12, "must have 10 to 200 characters"),  # one character that NFKC makes eighteen of
        ("Ada@X.example", "must not be your e-mail address"),
        ("PassWord123", "is among the first that anybody would try"),
        (WIDE, "is among the first that anybody would try"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, message: str) -> None:
    (found,) = check_password(password, EMAIL, "newPassword")
    assert (found.code, found.field, found.message) == ("BAD_USER_INPUT", "newPassword", message)


@pytest.mark.parametrize("password", [PASSWORD, "0123456780", "x" * 200, "пароль из слов", "🙂" * 10])
def test_a_good_password_is_taken(password: str) -> None:
    assert check_password(password, EMAIL) == []


def test_the_commonest_are_of_lengths_that_are_allowed() -> None:
    assert len(COMMONEST) > 50
    assert all(FEWEST <= len(word) <= MOST and word == word.casefold() for word in COMMONEST)


def test_a_very_long_password_of_combining_marks_is_refused_at_once() -> None:
    assert check_password("a" + "\u0301\u0316" * 100_000, EMAIL)


async def test_a_password_is_hashed_by_argon2id_with_at_least_19_mib_two_passes_and_one_lane(
    passwords: Passwords,
) -> None:
    hashed = await passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hashed != await passwords.hash(PASSWORD)
    assert await passwords.prove(hashed, PASSWORD) == (True, None)
    assert await passwords.prove(hashed, PASSWORD + " ") == (False, None)


async def test_it_is_the_same_password_however_the_keyboard_composes_it(passwords: Passwords) -> None:
    hashed = await passwords.hash(normalize("NFD", "Größe über alles"))
    assert (await passwords.prove(hashed, normalize("NFC", "Größe über alles"))).holds


@pytest.mark.parametrize("stored", [None, "", "no hash at all"])
async def test_nothing_proves_an_account_without_a_hash(passwords: Passwords, stored: str | None) -> None:
    assert await passwords.prove(stored, PASSWORD) == (False, None)


async def test_a_password_that_is_longer_than_any_proves_nothing(passwords: Passwords) -> None:
    hashed = await passwords.hash("x" * MOST)
    assert await passwords.prove(hashed, "x" * (MOST + 1)) == (False, None)


async def test_a_hash_of_other_parameters_is_made_anew_once_the_password_is_known(passwords: Passwords) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    assert await passwords.prove(weak, "a wrong password") == (False, None)
    proof = await passwords.prove(weak, PASSWORD)
    assert proof.holds
    assert proof.anew is not None
    assert await passwords.prove(proof.anew, PASSWORD) == (True, None)


async def test_who_comes_when_too_many_wait_is_refused_and_later_ones_are_not() -> None:
    few = Passwords(threads=1, waiting=2)
    results = await asyncio.gather(*(few.hash(PASSWORD) for _ in range(5)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, Refused)]
    assert len(refused) == 2
    assert refused[0].refusals[0].code == "RATE_LIMITED"
    assert "too many sign-ins at once" in refused[0].refusals[0].message
    assert (await few.hash(PASSWORD)).startswith("$argon2id$")
    few.close()


async def test_the_place_of_one_who_gives_up_is_free_again() -> None:
    few = Passwords(threads=1, waiting=1)
    waiting = [asyncio.ensure_future(few.hash(PASSWORD)) for _ in range(2)]
    await asyncio.sleep(0)
    assert await refusal(few.hash(PASSWORD)) == ("RATE_LIMITED", "password")
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.sleep(0.2)
    for _ in range(3):
        await few.hash(PASSWORD)
    few.close()
