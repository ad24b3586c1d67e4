"""How sessions end before their time."""

from uuid import UUID

from app.services.accounts import sessions
from tests.identity.accounts import Desk, refusal


async def ended(desk: Desk) -> dict[UUID, str]:
    """Why each session that ended did."""
    found = await desk.rows("SELECT id, revoked_reason AS r FROM identity.login_sessions WHERE revoked_at IS NOT NULL")
    return {row["id"]: row["r"] for row in found}


async def test_whoever_signs_out_ends_the_session_at_hand_alone(desk: Desk) -> None:
    user = await desk.person()
    first, second = (await desk.sign_in()).session.id, (await desk.sign_in()).session.id
    assert await desk.done(lambda session: sessions.sign_out(session, user, first, desk.at))
    assert await ended(desk) == {first: "SIGNED_OUT"}
    assert (await desk.events())[-1] == "LOGOUT"
    assert not await desk.done(lambda session: sessions.sign_out(session, user, first, desk.at))
    assert not await desk.done(lambda session: sessions.sign_out(session, UUID(int=7), second, desk.at))
    assert (await desk.events()).count("LOGOUT") == 1


async def test_whoever_signs_out_everywhere_ends_all_sessions_or_all_but_one(desk: Desk) -> None:
    user = await desk.person()
    await desk.person("other@x.example")
    await desk.sign_in("other@x.example")
    here, *others = [(await desk.sign_in()).session.id for _ in range(3)]
    assert await desk.done(lambda session: sessions.sign_out_everywhere(session, user, desk.at, except_=here)) == 2
    assert await ended(desk) == dict.fromkeys(others, "REVOKED_BY_USER")
    assert await desk.done(lambda session: sessions.sign_out_everywhere(session, user, desk.at)) == 1
    assert (await desk.events())[-3:] == ["SESSION_REVOKED"] * 3
    assert await desk.done(lambda session: sessions.sign_out_everywhere(session, user, desk.at)) == 0


async def test_a_person_ends_one_of_the_own_sessions(desk: Desk) -> None:
    user = await desk.person()
    first, second = (await desk.sign_in()).session.id, (await desk.sign_in()).session.id
    assert await desk.done(lambda session: sessions.revoke_session(session, user, second, desk.at)) == second
    assert await ended(desk) == {second: "REVOKED_BY_USER"}
    (event,) = await desk.rows("SELECT * FROM identity.security_events WHERE type = 'SESSION_REVOKED'")
    assert (event["user_id"], event["session_id"]) == (user, second)
    assert first != second


async def test_another_persons_session_is_as_if_there_were_none(desk: Desk) -> None:
    await desk.person()
    thief = await desk.person("thief@x.example")
    mine = (await desk.sign_in()).session.id
    for wanted in (mine, UUID(int=7)):
        work = desk.done(lambda session, wanted=wanted: sessions.revoke_session(session, thief, wanted, desk.at))  # type: ignore[misc]
        assert await refusal(work) == ("NOT_FOUND", "sessionId")
    assert await ended(desk) == {}


async def test_a_session_that_has_ended_cannot_be_ended(desk: Desk) -> None:
    user = await desk.person()
    gone, late = (await desk.sign_in()).session.id, (await desk.sign_in()).session.id
    await desk.done(lambda session: sessions.sign_out(session, user, gone, desk.at))
    assert await refusal(desk.done(lambda s: sessions.revoke_session(s, user, gone, desk.at))) == (
        "NOT_FOUND",
        "sessionId",
    )
    desk.wait(hours=13)
    assert await refusal(desk.done(lambda s: sessions.revoke_session(s, user, late, desk.at))) == (
        "NOT_FOUND",
        "sessionId",
    )
