"""How far people read, who is told of it, and that somebody is writing."""

import orjson
import pytest

from graph.engine.access import Viewer
from tests.chat.chats import Chat, Chats, uuid_of
from tests.chat.following import Follower, fresh


async def unread(chats: Chats, chat: Chat, viewer: Viewer) -> dict[str, int | None]:
    """How many messages each of those whom somebody sees has not read."""
    asked = "query($id: ID!) { chatSession(id: $id) { participants { nodes { name unreadCount } } } }"
    found = await chats.ask(viewer, asked, id=chat.id)
    people = found["data"]["chatSession"]["participants"]["nodes"]
    return {one["name"]: one["unreadCount"] and int(one["unreadCount"]) for one in people}


async def test_what_the_visitor_read_is_marked_and_told(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    await chats.says(chat.visitor, chat)
    first, second = [await chats.says(shop.staff, chat, text) for text in ("Hello!", "How can I help?")]
    assert await unread(chats, chat, shop.staff) == {"Visitor": 2, "Ada": 1}
    head = int((await chats.log(chat, chat.visitor))[-1]["visitorSeq"])
    read = await chats.did(chat.visitor, "markChatRead", sessionId=chat.id, seq=head - 1)
    assert (read["participant"]["lastReadSeq"], read["participant"]["unreadCount"]) == (str(head - 1), "1")
    entry = (await chats.log(chat))[-1]
    assert (entry["type"], entry["actorType"], entry["payload"]["upTo"]) == ("MESSAGES_READ", "VISITOR", first)
    read_at = "SELECT read_at IS NOT NULL AS is_read FROM chat.chat_messages WHERE id = $1"
    assert await chats.run(read_at, uuid_of(first)) == [{"is_read": True}]
    assert await chats.run(read_at, uuid_of(second)) == [{"is_read": False}]


async def test_reading_never_goes_back_and_is_told_once(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    await chats.says(shop.staff, chat)
    head = int((await chats.log(chat, chat.visitor))[-1]["visitorSeq"])
    for seq in (head, head, 1, head + 1):
        read = await chats.did(chat.visitor, "markChatRead", sessionId=chat.id, seq=seq)
        assert read["participant"]["lastReadSeq"] == str(head)
    assert (await chats.types(chat)).count("MESSAGES_READ") == 1, "that somebody read is no news to be read"


@pytest.mark.parametrize("seq", [0, -1, 4])
async def test_what_was_not_said_yet_cannot_be_read(chats: Chats, seq: int) -> None:
    chat = await chats.opened(await chats.shop(), message="Hello?")
    refused = await chats.refused(chat.visitor, "markChatRead", sessionId=chat.id, seq=seq)
    assert refused == [("BAD_USER_INPUT", "seq")]


async def test_the_visitor_learns_that_who_answers_has_read(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    mine = await chats.says(chat.visitor, chat)
    await chats.says(shop.staff, chat, "Hm.", isInternal=True)
    head = int((await chats.log(chat))[-1]["staffSeq"])
    await chats.did(shop.staff, "markChatRead", sessionId=chat.id, seq=head)
    entry = (await chats.log(chat, chat.visitor))[-1]
    assert (entry["type"], entry["payload"].keys(), entry["payload"]["upTo"]) == (
        "MESSAGES_READ",
        {"upTo", "readAt"},
        mine,
    )
    assert await unread(chats, chat, chat.visitor) == {"Visitor": 0, "Ada": None}


async def test_who_reads_without_taking_part_is_seen_by_staff_alone(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    mine = await chats.says(chat.visitor, chat)
    boss = await chats.person("Bea", {shop.id: "MANAGER"})
    seen = await chats.types(chat, chat.visitor)
    head = int((await chats.log(chat))[-1]["staffSeq"])
    read = await chats.did(boss, "markChatRead", sessionId=chat.id, seq=head)
    assert read["participant"]["name"] == "Bea"
    assert await chats.types(chat, chat.visitor) == seen
    assert (await chats.types(chat))[-2:] == ["JOINED", "MESSAGES_READ"]
    asked = "query($id: ID!) { chatMessage(id: $id) { isRead } }"
    assert (await chats.ask(chat.visitor, asked, id=mine))["data"]["chatMessage"]["isRead"] is False


async def test_who_read_unseen_and_takes_part_then_has_read_what_was_said_before_too(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    first = await chats.says(chat.visitor, chat)
    boss = await chats.person("Bea", {shop.id: "MANAGER"})
    kept = [Follower(chats, one, chat, await fresh(chats, one, chat)) for one in (chat.visitor, shop.staff)]
    await chats.did(boss, "markChatRead", sessionId=chat.id, seq=int((await chats.log(chat))[-1]["staffSeq"]))
    await chats.says(boss, chat, "I take care of it.")
    second = await chats.says(chat.visitor, chat, "Thanks!")
    await chats.did(boss, "markChatRead", sessionId=chat.id, seq=int((await chats.log(chat))[-1]["staffSeq"]))
    read = "SELECT count(read_at) AS read FROM chat.chat_messages WHERE id = any($1)"
    assert await chats.run(read, [uuid_of(first), uuid_of(second)]) == [{"read": 2}]
    for follower in kept:
        await follower.catch_up()
        await follower.check()


async def test_that_a_note_was_read_is_not_told_to_the_visitor(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    bob, _ = await chats.at_desk(shop.id, "Bob")
    await chats.says(bob, chat, "I take over.")
    await chats.says(bob, chat, "He is angry.", isInternal=True)
    seen = await chats.types(chat, chat.visitor)
    await chats.did(shop.staff, "markChatRead", sessionId=chat.id, seq=len(await chats.log(chat)))
    assert await chats.types(chat, chat.visitor) == seen
    assert (await chats.log(chat))[-1]["payload"]["upTo"] is None


async def test_that_somebody_writes_is_told_and_kept_nowhere(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop, visitor={"name": "Zoe"})
    before = await chats.log(chat)
    chats.told.clear()
    async with chats.counted() as sent:
        await chats.did(chat.visitor, "setTyping", sessionId=chat.id, isTyping=True)
    assert all(statement.lstrip().startswith("SELECT") and "FOR UPDATE" not in statement for statement in sent)
    await chats.did(shop.staff, "setTyping", sessionId=chat.id, isTyping=False)
    await chats.did(shop.staff, "setTyping", sessionId=chat.id, isTyping=True, isInternal=True)
    assert {topic for topic, _ in chats.told} == {f"chat:{uuid_of(chat.id)}"}
    told = [orjson.loads(payload) for _, payload in chats.told]
    assert [(one["type"], one["for"], one["values"]["name"], one["values"]["isTyping"]) for one in told] == [
        ("ChatTyping", "all", "Zoe", True),
        ("ChatTyping", "all", "Ada", False),
        ("ChatTyping", "staff", "Ada", True),
    ]
    assert told[0]["values"]["participantId"] == before[0]["actor"]["id"]
    assert max(len(payload) for _, payload in chats.told) < 4_096
    assert await chats.log(chat) == before


@pytest.mark.parametrize("reads", [True, False])
async def test_whom_the_visitor_does_not_see_writes_without_a_name(chats: Chats, reads: bool) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    boss, stay = await chats.person("Bea", {shop.id: "MANAGER"}), None
    if reads:  # which is internal
        read = await chats.did(boss, "markChatRead", sessionId=chat.id, seq=1)
        stay = read["participant"]["id"]
    assert await writes(chats, boss, chat) == [("staff", "Bea", stay), ("visitor", None, None)]
    await chats.says(boss, chat, "We refund it.")
    ((whom, name, stay),) = await writes(chats, boss, chat)
    assert (whom, name) == ("all", "Bea") and stay is not None


async def writes(chats: Chats, viewer: Viewer, chat: Chat) -> list[tuple[str, str | None, str | None]]:
    """Who is told that somebody writes, by which name, and whose stay in the chat that is."""
    chats.told.clear()
    await chats.did(viewer, "setTyping", sessionId=chat.id, isTyping=True)
    told = [orjson.loads(payload) for _, payload in chats.told]
    return [(one["for"], one["values"]["name"], one["values"]["participantId"]) for one in told]
