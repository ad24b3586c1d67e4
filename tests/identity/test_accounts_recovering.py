"""How people come to a new password."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.services.accounts import recovering
from app.services.accounts.recovering import Change
from app.services.accounts.tokens import digest
from tests.identity.accounts import EMAIL, OTHER, PASSWORD, Desk, refusal


async def changed(desk: Desk, user: UUID, session: UUID | None, old: str = PASSWORD, new: str = OTHER) -> int:
    change = Change(old, new)
    return await recovering.change_password(desk.begin, desk.passwords, user, session, change, desk.at)


async def open_sessions(desk: Desk) -> set[UUID]:
    found = await desk.rows("SELECT id FROM identity.login_sessions WHERE revoked_at IS NULL")
    return {row["id"] for row in found}


async def test_a_forgotten_password_is_replaced_by_the_token_of_an_email(desk: Desk) -> None:
    user = await desk.person()
    await desk.ask(" Ada@x.example")
    notice = (await desk.notices())[-1]
    assert notice["template"] == "account.reset_password"
    assert await desk.reset(notice["token"]) == user
    await desk.fail()
    await desk.sign_in(password=OTHER)


async def test_only_the_hash_of_the_token_is_stored_with_tokens(desk: Desk) -> None:
    await desk.person()
    await desk.ask()
    token = await desk.token()
    (row,) = await desk.rows("SELECT * FROM identity.tokens WHERE purpose = 'PASSWORD_RESET'")
    assert row["token_hash"] == digest(token)
    assert (row["email"], row["expires_at"]) == (EMAIL, desk.now + timedelta(hours=1))
    assert token not in str(row)


async def test_nothing_can_be_seen_of_whether_the_address_has_an_account(desk: Desk) -> None:
    await desk.person("inactive@x.example", is_active=False)
    for email in ("no@x.example", "inactive@x.example", "", "no address"):
        await desk.ask(email)
    assert await desk.value("SELECT count(*) FROM identity.tokens WHERE purpose = 'PASSWORD_RESET'") == 0


async def test_whoever_asks_again_within_the_minute_gets_no_second_email(desk: Desk) -> None:
    await desk.person()
    for _ in range(3):
        await desk.ask()
    assert len(await desk.notices()) == 2


async def test_whoever_asks_again_later_makes_the_first_token_worthless(desk: Desk) -> None:
    await desk.person()
    await desk.ask()
    first = await desk.token()
    desk.wait(minutes=2)
    await desk.ask()
    assert await refusal(desk.reset(first)) == ("BAD_USER_INPUT", "token")
    await desk.reset(await desk.token())


@pytest.mark.parametrize(("minutes", "good"), [(59, True), (60, False)])
async def test_a_token_is_good_for_an_hour(desk: Desk, minutes: int, good: bool) -> None:
    await desk.person()
    await desk.ask()
    desk.wait(minutes=minutes)
    if good:
        await desk.reset(await desk.token())
    else:
        assert await refusal(desk.reset(await desk.token())) == ("BAD_USER_INPUT", "token")
        await desk.sign_in()


async def test_a_token_is_good_once(desk: Desk) -> None:
    await desk.person()
    await desk.ask()
    token = await desk.token()
    await desk.reset(token)
    assert await refusal(desk.reset(token, PASSWORD)) == ("BAD_USER_INPUT", "token")


async def test_a_token_that_proves_an_address_resets_no_password(desk: Desk) -> None:
    await desk.person()
    assert await refusal(desk.reset(await desk.token())) == ("BAD_USER_INPUT", "token")


@pytest.mark.parametrize("new", ["short", EMAIL, "password123"])
async def test_a_bad_password_is_refused_and_the_token_stays_good(desk: Desk, new: str) -> None:
    await desk.person()
    await desk.ask()
    token = await desk.token()
    assert await refusal(desk.reset(token, new)) == ("BAD_USER_INPUT", "newPassword")
    await desk.reset(token)


@pytest.mark.parametrize("state", ["is_active = false", "deleted_at = now()", "email = 'new@x.example'"])
async def test_a_token_does_not_open_what_was_closed_meanwhile(desk: Desk, state: str) -> None:
    await desk.person()
    await desk.ask()
    token = await desk.token()
    await desk.rows(f"UPDATE identity.users SET {state} RETURNING id")
    assert await refusal(desk.reset(token)) == ("BAD_USER_INPUT", "token")


async def test_a_reset_ends_all_sessions_and_unlocks_and_proves_the_address(desk: Desk) -> None:
    await desk.person()
    await desk.person("other@x.example")
    spared, _ = await desk.sign_in("other@x.example")
    for _ in range(2):
        await desk.sign_in()
    await desk.fail(5)
    await desk.ask()
    await desk.reset(await desk.token())
    assert await open_sessions(desk) == {spared.id}
    reasons = await desk.rows(
        "SELECT DISTINCT revoked_reason AS r FROM identity.login_sessions WHERE id <> :id", id=spared.id
    )
    assert reasons == [{"r": "PASSWORD_CHANGED"}]
    user = await desk.user()
    assert (user["failed_login_attempts"], user["locked_until"], user["email_verified_at"]) == (0, None, desk.now)
    assert set((await desk.events())[-2:]) == {"PASSWORD_RESET", "EMAIL_VERIFIED"}


async def test_a_password_is_changed_by_the_old_one_and_other_sessions_end(desk: Desk) -> None:
    user = await desk.person()
    here = (await desk.sign_in()).session.id
    await desk.sign_in()
    assert await changed(desk, user, here) == 1
    assert await open_sessions(desk) == {here}
    assert (await desk.events())[-1] == "PASSWORD_CHANGED"
    await desk.fail()
    await desk.sign_in(password=OTHER)


async def test_a_change_makes_tokens_for_a_new_password_worthless(desk: Desk) -> None:
    user = await desk.person()
    await desk.ask()
    await changed(desk, user, None)
    assert await refusal(desk.reset(await desk.token(), PASSWORD)) == ("BAD_USER_INPUT", "token")


async def test_a_wrong_old_password_counts_like_a_failed_sign_in(desk: Desk) -> None:
    user = await desk.person()
    here = (await desk.sign_in()).session.id
    for _ in range(5):
        assert await refusal(changed(desk, user, here, "a wrong password")) == ("BAD_USER_INPUT", "oldPassword")
    assert await refusal(changed(desk, user, here)) == ("BAD_USER_INPUT", "oldPassword")
    assert (await desk.events()).count("LOGIN_FAILED") == 6
    await desk.fail(password=PASSWORD)
    wrong = "SELECT DISTINCT details ->> 'doing' AS d FROM identity.security_events WHERE details ->> 'reason' = :r"
    assert await desk.rows(wrong, r="WRONG_PASSWORD") == [{"d": "CHANGE_PASSWORD"}]


@pytest.mark.parametrize("new", ["short", EMAIL.upper(), "password123"])
async def test_a_bad_new_password_is_refused_and_nothing_is_counted(desk: Desk, new: str) -> None:
    user = await desk.person()
    assert await refusal(changed(desk, user, None, "wrong", new)) == ("BAD_USER_INPUT", "newPassword")
    assert (await desk.user())["failed_login_attempts"] == 0


async def test_nobody_has_no_password_to_change(desk: Desk) -> None:
    assert await refusal(changed(desk, UUID(int=7), None)) == ("BAD_USER_INPUT", "oldPassword")
