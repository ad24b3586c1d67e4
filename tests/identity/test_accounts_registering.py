"""How people come to have an account."""

import asyncio
import logging

import pytest
import structlog

from app.services.accounts import registering
from app.services.accounts.people import NewPerson
from app.services.accounts.tokens import digest
from tests.identity.accounts import EMAIL, OTHER, PASSWORD, Desk, refusal, refusals


async def verified(desk: Desk, token: str) -> object:
    return await desk.done(lambda session: registering.verify_email(session, token, desk.at))


async def test_a_person_registers_and_gets_a_token_by_email(desk: Desk) -> None:
    await desk.register(" Ada@X.example ")
    user = await desk.user()
    assert (user["first_name"], user["locale"], user["email_verified_at"]) == ("Ada", "en", None)
    assert user["password_hash"].startswith("$argon2id$")
    (notice,) = await desk.rows("SELECT * FROM support.notifications")
    assert (notice["user_id"], notice["type"], notice["channel"]) == (user["id"], "SECURITY", "EMAIL")
    assert notice["data"].keys() == {"template", "token"}
    assert notice["data"]["template"] == "account.verify_email"
    assert notice["data"]["token"] not in notice["title"] + notice["body"]


async def test_the_token_is_in_the_notice_alone_and_stored_as_a_hash(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    new = NewPerson(EMAIL, PASSWORD, "Ada", "L")
    with structlog.testing.capture_logs() as logs:
        result: object = await registering.register(desk.begin, desk.passwords, new, desk.at)  # type: ignore[func-returns-value]
    token = await desk.token()
    assert result is None
    assert token.startswith("agora_t_")
    said = caplog.text + str(logs) + repr(new)
    assert token not in said
    assert PASSWORD not in said
    (row,) = await desk.rows("SELECT * FROM identity.tokens")
    assert row["token_hash"] == digest(token)
    assert token not in str(row)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a b@x.example"),
        ("email", "é@x.example"),
        ("email", "a@x." + "e" * 260),
        ("first_name", " "),
        ("last_name", "x" * 101),
        ("last_name", "L\r\nBcc: all"),
        ("locale", "English, please"),
        ("locale", "en" + "-abcdefgh" * 9),
        ("password", "short"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(desk: Desk, field: str, value: str) -> None:
    said = {"email": EMAIL, "password": PASSWORD, "first_name": "Ada", "last_name": "L", field: value}
    head, *tail = field.split("_")
    expected = ("BAD_USER_INPUT", head + "".join(word.title() for word in tail))
    assert await refusal(registering.register(desk.begin, desk.passwords, NewPerson(**said), desk.at)) == expected
    assert await desk.rows("SELECT 1 FROM identity.users") == []


async def test_every_reason_is_told_at_once(desk: Desk) -> None:
    wrong = NewPerson("", "", "", "", "")
    found = await refusals(registering.register(desk.begin, desk.passwords, wrong, desk.at))
    assert {refusal.field for refusal in found} == {"email", "password", "firstName", "lastName", "locale"}


async def test_an_address_with_an_account_is_answered_alike_and_its_owner_is_told(desk: Desk) -> None:
    await desk.person()
    before = await desk.user()
    await desk.register(EMAIL, OTHER)
    assert await desk.user() == before
    assert (await desk.notices())[1:] == [{"template": "account.already_registered"}]
    assert await desk.value("SELECT count(*) FROM identity.tokens") == 1


async def test_the_owner_is_told_once_a_minute_at_most(desk: Desk) -> None:
    await desk.person()
    for _ in range(3):
        await desk.register()
    assert len(await desk.notices()) == 2
    desk.wait(minutes=2)
    await desk.register()
    assert len(await desk.notices()) == 3


@pytest.mark.parametrize("state", ["is_active = false", "deleted_at = now()"])
async def test_the_owner_of_an_account_that_is_closed_is_not_told(desk: Desk, state: str) -> None:
    await desk.person()
    await desk.rows(f"UPDATE identity.users SET {state} RETURNING id")
    await desk.register()
    assert len(await desk.notices()) == 1


async def test_two_registrations_at_once_make_one_account(real: Desk) -> None:
    await asyncio.gather(*(real.register() for _ in range(4)))
    assert await real.value("SELECT count(*) FROM identity.users") == 1
    assert await real.value("SELECT count(*) FROM identity.tokens") == 1


async def test_a_token_proves_the_address(desk: Desk) -> None:
    user = await desk.person()
    assert await verified(desk, await desk.token()) == user
    assert (await desk.user())["email_verified_at"] == desk.now
    assert await desk.events() == ["EMAIL_VERIFIED"]


async def test_a_token_is_good_once(desk: Desk) -> None:
    await desk.person()
    token = await desk.token()
    await verified(desk, token)
    assert await refusal(verified(desk, token)) == ("BAD_USER_INPUT", "token")


async def test_a_token_that_is_shown_many_times_at_once_is_good_once(real: Desk) -> None:
    await real.person()
    token = await real.token()
    results = await asyncio.gather(*(verified(real, token) for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1


@pytest.mark.parametrize(("minutes", "good"), [(24 * 60 - 1, True), (24 * 60, False)])
async def test_a_token_is_good_for_24_hours(desk: Desk, minutes: int, good: bool) -> None:
    await desk.register()
    desk.wait(minutes=minutes)
    token = await desk.token()
    if good:
        await verified(desk, token)
    else:
        assert await refusal(verified(desk, token)) == ("BAD_USER_INPUT", "token")
    assert ((await desk.user())["email_verified_at"] is not None) == good


@pytest.mark.parametrize("token", ["", "agora_t_", "x" * 10_000, "é"])
async def test_what_is_no_token_proves_nothing(desk: Desk, token: str) -> None:
    assert await refusal(verified(desk, token)) == ("BAD_USER_INPUT", "token")


async def test_a_token_for_a_new_password_does_not_prove_an_address(desk: Desk) -> None:
    await desk.person()
    await desk.ask()
    assert await refusal(verified(desk, await desk.token())) == ("BAD_USER_INPUT", "token")


async def test_a_token_that_was_sent_to_a_former_address_proves_nothing_and_stays_unused(desk: Desk) -> None:
    await desk.person()
    token = await desk.token()
    await desk.rows("UPDATE identity.users SET email = 'new@x.example' RETURNING id")
    assert await refusal(verified(desk, token)) == ("BAD_USER_INPUT", "token")
    assert await desk.value("SELECT used_at FROM identity.tokens") is None


async def test_the_token_is_sent_again_and_the_one_before_is_worthless(desk: Desk) -> None:
    await desk.person()
    first = await desk.token()
    await desk.ask_again(" ADA@x.example")
    second = await desk.token()
    assert await refusal(verified(desk, first)) == ("BAD_USER_INPUT", "token")
    alive = "SELECT count(*) FROM identity.tokens WHERE used_at IS NULL AND revoked_at IS NULL"
    assert await desk.value(alive) == 1
    await verified(desk, second)
    assert (await desk.user())["email_verified_at"] == desk.now


async def test_nobody_is_sent_more_than_one_token_a_minute_and_five_a_day(desk: Desk) -> None:
    await desk.register()
    sent = []
    for _ in range(8):
        for _ in range(2):
            await desk.ask_again()
        sent.append(len(await desk.notices()))
        desk.wait(seconds=61)
    assert sent == [1, 2, 3, 4, 5, 5, 5, 5]
    desk.wait(hours=24)
    await desk.ask_again()
    assert len(await desk.notices()) == 6


async def test_nothing_is_sent_to_who_has_proven_the_address_or_has_no_account(desk: Desk) -> None:
    await desk.person("inactive@x.example", is_active=False)
    await desk.person("deleted@x.example", deleted_at=desk.now)
    await desk.person("proven@x.example", email_verified_at=desk.now)
    before = await desk.value("SELECT count(*) FROM support.notifications")
    for name in ("inactive@x.example", "deleted@x.example", "proven@x.example", "no@x.example", "", "no address"):
        await desk.ask_again(name)
    assert await desk.value("SELECT count(*) FROM support.notifications") == before


async def test_of_many_who_ask_at_once_one_is_sent_a_token(real: Desk) -> None:
    await real.person()
    await asyncio.gather(*(real.ask_again() for _ in range(8)))
    assert len(await real.notices()) == 2
