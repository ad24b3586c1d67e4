"""The log of a chat: numbers without gaps for both who count, and a lock that all changes of a chat go through."""

import asyncio
from uuid import UUID

import pytest

from app.services.chat.actors import Actor
from app.services.chat.locking import agents_at, chat_and_agent_at, chat_at, chat_of_staff_at, locked
from app.services.chat.log import Entry, write
from app.services.refusals import Refused
from app.services.waking import touched
from graph.engine.access import ANONYMOUS
from tests.chat.chats import Chats, Shop
from tests.doing import NOBODY

HIDDEN = Entry("TAGS_CHANGED", "SYSTEM", hidden=True)
SEEN = Entry("DETAILS_CHANGED", "SYSTEM")
NOTE = Entry("NOTE_ADDED", "STAFF")


async def numbers(chats: Chats, chat: UUID) -> list[tuple[int, int | None]]:
    rows = await chats.run(
        "SELECT staff_seq, visitor_seq FROM chat.chat_events WHERE session_id = $1 ORDER BY staff_seq", chat
    )
    return [(row["staff_seq"], row["visitor_seq"]) for row in rows]


async def refused(code: str, field: str, work: object) -> None:
    with pytest.raises(Refused) as found:
        await work  # type: ignore[misc]
    assert [(one.code, one.field) for one in found.value.refusals] == [(code, field)]


async def test_the_visitor_counts_without_what_is_hidden(chats: Chats) -> None:
    shop = await chats.shop()
    chat_id = await chats.bare(shop)
    async with chats.begin() as session:
        chat = await locked(session, chat_id)
        assert chat is not None
        assert await write(session, chat, SEEN, HIDDEN) == [1, 2]
        assert await write(session, chat, NOTE) == [3]
        assert await write(session, chat, SEEN, SEEN) == [4, 5]
        assert touched(session) == {f"chat:{chat_id}", f"desk:{shop.id}"}
    assert await numbers(chats, chat_id) == [(1, 1), (2, None), (3, None), (4, 2), (5, 3)]
    (row,) = await chats.run(
        "SELECT s.staff_seq, s.visitor_seq, s.last_activity_at = max(e.created_at) AS is_as_new "
        "FROM chat.chat_sessions AS s JOIN chat.chat_events AS e ON e.session_id = s.id WHERE s.id = $1 GROUP BY s.id",
        chat_id,
    )
    assert row == {"staff_seq": 5, "visitor_seq": 3, "is_as_new": True}


async def test_what_is_undone_leaves_no_gap(chats: Chats) -> None:
    chat_id = await chats.bare(await chats.shop())
    with pytest.raises(ZeroDivisionError):
        async with chats.begin() as session:
            chat = await locked(session, chat_id)
            assert chat is not None
            await write(session, chat, SEEN)
            raise ZeroDivisionError
    async with chats.begin() as session:
        chat = await locked(session, chat_id)
        assert chat is not None and await write(session, chat, SEEN) == [1]


async def test_twenty_who_write_at_once_leave_no_gap(chats: Chats) -> None:
    chat_id = await chats.bare(await chats.shop())

    async def add(number: int) -> None:
        async with chats.begin() as session:
            chat = await locked(session, chat_id)
            assert chat is not None
            await write(session, chat, *([SEEN, NOTE] if number % 2 else [SEEN]))

    await asyncio.gather(*map(add, range(20)))
    found = await numbers(chats, chat_id)
    assert [staff for staff, _ in found] == list(range(1, 31))
    assert [visitor for _, visitor in found if visitor] == list(range(1, 21))
    times = await chats.run(
        "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY staff_seq) AS is_back "
        "FROM chat.chat_events WHERE session_id = $1) AS e WHERE is_back",
        chat_id,
    )
    assert times == [{"count": 0}]


async def test_a_chat_is_there_for_its_visitor_and_for_staff_alone(chats: Chats) -> None:
    shop, other = await chats.shop(), await chats.shop()
    chat_id, beside = await chats.bare(shop), await chats.bare(shop)
    visitor = Actor(visitor=NOBODY, chat=chat_id)
    async with chats.begin() as session:
        staff = Actor.of(shop.staff)
        assert (await chat_at(session, chat_id, staff)).id == chat_id
        assert (await chat_at(session, chat_id, visitor)).id == chat_id
        assert (await chat_of_staff_at(session, chat_id, staff)).id == chat_id
        await refused("NOT_FOUND", "sessionId", chat_at(session, beside, visitor))
        await refused("NOT_FOUND", "sessionId", chat_at(session, chat_id, Actor.of(other.staff)))
        await refused("NOT_FOUND", "sessionId", chat_at(session, NOBODY, staff))
        await refused("FORBIDDEN", "sessionId", chat_of_staff_at(session, chat_id, visitor))
        with pytest.raises(Refused):
            Actor.of(ANONYMOUS)


async def test_a_customer_who_signs_in_has_the_chats_of_who_they_were_recognised_as(chats: Chats) -> None:
    shop = await chats.shop()
    chat_id, person = await chats.bare(shop), await chats.person("Zoe")
    customer = await chats.made(
        "customers.customers", business_id=shop.id, user_id=person.params["user"], email="zoe@x.example"
    )
    by = Actor(user=person.params["user"], customers=frozenset([customer]))
    async with chats.begin() as session:
        await refused("NOT_FOUND", "sessionId", chat_at(session, chat_id, by))
    await chats.run(
        "UPDATE chat.visitors SET customer_id = $1 "
        "WHERE id = (SELECT visitor_id FROM chat.chat_sessions WHERE id = $2)",
        *(customer, chat_id),
    )
    async with chats.begin() as session:
        assert (await chat_at(session, chat_id, by)).id == chat_id


async def test_people_are_locked_before_the_chat_and_looked_at_again(chats: Chats) -> None:
    """Whoever passes a chat on holds its people first; who comes meanwhile waits, and finds the new one."""
    shop = await chats.shop()
    chat_id, (_, second) = await chats.bare(shop), await chats.at_desk(shop.id, "Bob")
    await chats.run("UPDATE chat.chat_sessions SET assigned_agent_id = $1 WHERE id = $2", shop.agent, chat_id)
    by, waiting = Actor.of(shop.staff), asyncio.Event()

    async def pass_on() -> None:
        async with chats.begin() as session:
            held = await chat_and_agent_at(session, chat_id, by, agents=[second])
            assert held.agent is not None and held.agent.id == shop.agent and set(held.agents) == {shop.agent, second}
            waiting.set()
            await chats.blocked(1)
            held.chat.assigned_agent_id = second
            await session.flush()

    async def look() -> None:
        await waiting.wait()
        async with chats.begin() as session:
            held = await chat_and_agent_at(session, chat_id, by)
            assert held.agent is not None and held.agent.id == second and set(held.agents) == {second}

    await asyncio.gather(pass_on(), look())


async def test_nobody_is_locked_where_nobody_is_named(chats: Chats) -> None:
    shop: Shop = await chats.shop()
    chat_id = await chats.bare(shop)
    async with chats.begin() as session:
        assert await agents_at(session, []) == {}
        held = await chat_and_agent_at(session, chat_id, Actor.of(shop.staff))
        assert held.agent is None and held.agents == {}
