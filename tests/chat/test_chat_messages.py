"""Messages and notes: said once however often they are sent, edited, taken back; attachments and prepared answers."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.services.accounts.occasion import Occasion
from app.services.chat.locking import locked
from app.services.chat.messages import SYSTEM, Said, ai_speaker, do_say
from graph.access.viewers import key
from graph.engine.access import Viewer
from tests.chat.chats import Chats, uuid_of
from tests.doing import NOBODY


async def test_a_message_sent_again_is_the_same_message(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    given = {"sessionId": chat.id, "clientMessageId": "once", "content": "Hello!"}
    first = await chats.did(chat.visitor, "sendChatMessage", **given)
    again = await chats.did(chat.visitor, "sendChatMessage", **given)
    assert first["message"]["id"] == again["message"]["id"]
    assert (await chats.types(chat)).count("MESSAGE_SENT") == 1
    await chats.did(shop.staff, "endChat", sessionId=chat.id)
    late = await chats.did(chat.visitor, "sendChatMessage", **given)
    assert late["message"]["id"] == first["message"]["id"], "whoever lost the answer learns it after the end too"
    given = {**given, "content": "Mine."}
    refused = await chats.refused(shop.staff, "sendChatMessage", **given)
    assert refused == [("CONFLICT", "clientMessageId")], "a name of the other side's"


@pytest.mark.parametrize("was_internal", [True, False])
@pytest.mark.parametrize("is_internal", [True, False])
async def test_a_colleagues_name_for_a_message_is_taken(chats: Chats, was_internal: bool, is_internal: bool) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    bob, _ = await chats.at_desk(shop.id, "Bob")
    await chats.says(shop.staff, chat, "Of Ada.", clientMessageId="m-1", isInternal=was_internal)
    given = {"sessionId": chat.id, "clientMessageId": "m-1", "content": "Of Bob.", "isInternal": is_internal}
    assert await chats.refused(bob, "sendChatMessage", **given) == [("CONFLICT", "clientMessageId")]


@pytest.mark.parametrize("was_internal", [True, False])
async def test_a_note_is_no_message_under_the_same_name(chats: Chats, was_internal: bool) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    given = {"sessionId": chat.id, "clientMessageId": "m-1"}
    await chats.did(shop.staff, "sendChatMessage", **given, isInternal=was_internal)
    other = {**given, "isInternal": not was_internal}
    assert await chats.refused(shop.staff, "sendChatMessage", **other) == [("CONFLICT", "clientMessageId")]


async def test_a_message_sent_again_after_its_sender_left_and_came_back_is_the_same(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    given = {"sessionId": chat.id, "clientMessageId": "once"}
    first = await chats.did(shop.staff, "sendChatMessage", **given)
    await chats.did(shop.staff, "endChat", sessionId=chat.id)
    await chats.did(chat.visitor, "reopenChat", sessionId=chat.id)
    await chats.accepted(chat)
    again = await chats.did(shop.staff, "sendChatMessage", **given)
    assert again["message"]["id"] == first["message"]["id"]


async def test_of_two_that_are_sent_at_once_one_is_said(chats: Chats) -> None:
    chat = await chats.opened(await chats.shop())
    given = {"sessionId": chat.id, "clientMessageId": "once", "content": "Hello!"}
    sent = await asyncio.gather(*(chats.did(chat.visitor, "sendChatMessage", **given) for _ in range(8)))
    assert len({one["message"]["id"] for one in sent}) == 1
    assert await chats.types(chat) == ["STARTED", "QUEUED", "MESSAGE_SENT"]


async def test_the_first_message_of_a_chat_is_said_once_too(chats: Chats) -> None:
    chat = await chats.opened(await chats.shop(), message="Hello!", clientMessageId="once")
    again = await chats.did(
        chat.visitor, "sendChatMessage", sessionId=chat.id, clientMessageId="once", content="Hello!"
    )
    assert again["session"]["messageCount"] == 1


async def test_twenty_who_send_at_once_leave_no_gap(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    before = len(await chats.log(chat))

    async def send(number: int) -> None:
        if number % 2:
            await chats.says(chat.visitor, chat, f"{number}")
        else:
            await chats.says(shop.staff, chat, f"{number}", isInternal=number % 4 == 0)

    await asyncio.gather(*map(send, range(20)))
    log, seen = await chats.log(chat), await chats.log(chat, chat.visitor)
    assert [entry["staffSeq"] for entry in log] == [str(one) for one in range(1, before + 21)]
    assert [entry["visitorSeq"] for entry in seen] == [str(one) for one in range(1, before + 16)]
    told = [entry["message"]["id"] for entry in log if entry["message"]]
    assert told == sorted(told), "the ids of messages are in the order of the log"
    assert len(set(told)) == 20


async def test_a_note_is_for_staff_alone(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    note = await chats.says(shop.staff, chat, "Be careful with Zoe.", isInternal=True)
    asked = "query($id: ID!) { chatMessage(id: $id) { content } }"
    assert (await chats.ask(shop.staff, asked, id=note))["data"]["chatMessage"]["content"] == "Be careful with Zoe."
    assert (await chats.ask(chat.visitor, asked, id=note))["data"]["chatMessage"] is None
    refused = await chats.refused(chat.visitor, "sendChatMessage", sessionId=chat.id, isInternal=True)
    assert refused == [("FORBIDDEN", "isInternal")]
    for step in ("editChatMessage", "deleteChatMessage"):
        given = {"content": "Zoe is nice."} if step == "editChatMessage" else {}
        assert await chats.refused(chat.visitor, step, id=note, **given) == [("NOT_FOUND", "id")]


async def test_who_only_writes_notes_is_not_there_for_the_visitor(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    boss = await chats.person("Bea", {shop.id: "MANAGER"})
    people = "query($id: ID!) { chatSession(id: $id) { participants(orderBy: [{id: ASC}]) { nodes { name } } } }"

    async def there(viewer: Viewer) -> list[str]:
        found = await chats.ask(viewer, people, id=chat.id)
        return [node["name"] for node in found["data"]["chatSession"]["participants"]["nodes"]]

    await chats.says(boss, chat, "Offer a refund.", isInternal=True)
    assert (await there(chat.visitor), await there(shop.staff)) == (["Visitor", "Ada"], ["Visitor", "Ada", "Bea"])
    await chats.says(boss, chat, "We refund it.")
    assert await there(chat.visitor) == ["Visitor", "Ada", "Bea"]
    assert (await chats.types(chat))[-4:] == ["JOINED", "NOTE_ADDED", "JOINED", "MESSAGE_SENT"]
    assert (await chats.types(chat, chat.visitor))[-2:] == ["JOINED", "MESSAGE_SENT"]


async def test_a_message_is_edited_by_who_said_it(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    mine = await chats.says(chat.visitor, chat, "Wher is it?")
    edited = await chats.did(chat.visitor, "editChatMessage", id=mine, content="Where is it?")
    assert edited["message"]["content"] == "Where is it?" and edited["message"]["editedAt"]
    assert await chats.refused(shop.staff, "editChatMessage", id=mine, content="x") == [("FORBIDDEN", "id")]
    assert await chats.refused(chat.visitor, "editChatMessage", id=mine, content=" ") == [("BAD_USER_INPUT", "content")]
    await chats.did(chat.visitor, "editChatMessage", id=mine, content="Where is it?")
    assert (await chats.types(chat)).count("MESSAGE_EDITED") == 1
    no_message = f"chat_message_{NOBODY}"
    assert await chats.refused(chat.visitor, "editChatMessage", id=no_message, content="x") == [("NOT_FOUND", "id")]


async def test_a_message_that_is_taken_back_leaves_its_place(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    card = await chats.says(chat.visitor, chat, "My card is 4242.", attachmentUrl="https://x.example/card.png")
    assert await chats.refused(shop.staff, "deleteChatMessage", id=card) == [("FORBIDDEN", "id")]
    boss = await chats.person("Bea", {shop.id: "MANAGER"})
    taken = (await chats.did(boss, "deleteChatMessage", id=card))["message"]
    assert (taken["content"], taken["attachmentUrl"]) == (None, None) and taken["redactedAt"]
    again = (await chats.did(chat.visitor, "deleteChatMessage", id=card))["message"]
    assert again["redactedAt"] == taken["redactedAt"]
    assert await chats.refused(chat.visitor, "editChatMessage", id=card, content="x") == [("CONFLICT", "id")]
    assert (await chats.types(chat, chat.visitor)).count("MESSAGE_REDACTED") == 1
    assert "4242" not in str(await chats.log(chat))


async def test_what_changes_of_a_note_is_told_to_staff_alone(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)
    note = await chats.says(shop.staff, chat, "Hm.", isInternal=True)
    seen = await chats.types(chat, chat.visitor)
    await chats.did(shop.staff, "editChatMessage", id=note, content="Hmm.")
    await chats.did(shop.staff, "deleteChatMessage", id=note)
    assert await chats.types(chat, chat.visitor) == seen
    assert (await chats.types(chat))[-2:] == ["MESSAGE_EDITED", "MESSAGE_REDACTED"]


async def test_a_prepared_answer_is_filled_with_names(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop, visitor={"name": "Zoe"})
    canned = await chats.made(
        "chat.canned_responses",
        **{"business_id": shop.id, "shortcut": "hi", "title": "Hi", "content": "Hi {visitor}, {agent} here. {x}"},
    )
    given = {
        "sessionId": chat.id,
        "clientMessageId": "c",
        "content": None,
        "cannedResponseId": f"canned_response_{canned}",
    }
    sent = await chats.did(shop.staff, "sendChatMessage", **given)
    assert sent["message"]["content"] == "Hi Zoe, Ada here. {x}"
    changed = {**given, "clientMessageId": "d", "content": "Hello {visitor}!"}
    assert (await chats.did(shop.staff, "sendChatMessage", **changed))["message"]["content"] == "Hello Zoe!"
    other = {**given, "clientMessageId": "e"}
    refused = await chats.refused(chat.visitor, "sendChatMessage", **other)
    assert refused == [("FORBIDDEN", "cannedResponseId")]
    await chats.run("UPDATE chat.canned_responses SET is_active = false WHERE id = $1", canned)
    assert await chats.refused(shop.staff, "sendChatMessage", **other) == [("NOT_FOUND", "cannedResponseId")]


async def test_an_attachment_may_come_without_words(chats: Chats) -> None:
    chat = await chats.opened(await chats.shop())
    given = {"sessionId": chat.id, "content": None, "attachmentUrl": "https://files.example/a.png", "type": "IMAGE"}
    sent = await chats.did(chat.visitor, "sendChatMessage", clientMessageId="a", attachmentName="a.png", **given)
    assert (sent["message"]["type"], sent["message"]["attachmentName"]) == ("IMAGE", "a.png")
    local = {"attachmentUrl": "http://localhost:9000/b.pdf", "sessionId": chat.id, "clientMessageId": "b"}
    assert (await chats.did(chat.visitor, "sendChatMessage", **local))["message"]["type"] == "FILE"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"content": None}, "content"),
        ({"content": "  "}, "content"),
        ({"content": "x" * 16_385}, "content"),
        ({"content": "ä" * 8_193}, "content"),
        ({"clientMessageId": ""}, "clientMessageId"),
        ({"clientMessageId": "x" * 65}, "clientMessageId"),
        ({"type": "SYSTEM"}, "type"),
        ({"type": "IMAGE"}, "type"),
        ({"attachmentName": "a.png"}, "attachmentName"),
        ({"attachmentUrl": "javascript:alert(1)"}, "attachmentUrl"),
        ({"attachmentUrl": "http://files.example/a.png"}, "attachmentUrl"),
        ({"attachmentUrl": "https://user:pass@files.example/a.png"}, "attachmentUrl"),
        ({"attachmentUrl": "http://localhost.evil.example/a.png"}, "attachmentUrl"),
        ({"attachmentUrl": "https://x.example/" + "x" * 2_000}, "attachmentUrl"),
        ({"attachmentUrl": "https://x.example/a", "type": "TEXT"}, "type"),
        ({"attachmentUrl": "https://x.example/a", "attachmentName": "x" * 201}, "attachmentName"),
        ({"attachmentUrl": "https://x.example/a", "attachmentName": " " * 200 + "x"}, "attachmentName"),
    ],
)
async def test_what_is_wrong_with_a_message_is_said(chats: Chats, given: dict[str, Any], field: str) -> None:
    chat = await chats.opened(await chats.shop())
    refused = await chats.refused(chat.visitor, "sendChatMessage", sessionId=chat.id, **given)
    assert refused == [("BAD_USER_INPUT", field)]


@pytest.mark.parametrize("content", ["x" * 16_384, "ä" * 8_192, "\N{GRINNING FACE}" * 4_096])
async def test_a_message_may_have_16_kib(chats: Chats, content: str) -> None:
    chat = await chats.opened(await chats.shop())
    sent = await chats.says(chat.visitor, chat, content)
    (row,) = await chats.run("SELECT content FROM chat.chat_messages WHERE id = $1", uuid_of(sent))
    assert row == {"content": content}


async def test_the_first_answer_is_noted(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.answered(shop)

    async def noted() -> str | None:
        found = await chats.ask(shop.staff, "query($id: ID!) { chatSession(id: $id) { firstResponseAt } }", id=chat.id)
        moment: str | None = found["data"]["chatSession"]["firstResponseAt"]
        return moment

    await chats.says(chat.visitor, chat)
    await chats.says(shop.staff, chat, "Hm.", isInternal=True)
    assert await noted() is None
    await chats.says(shop.staff, chat, "Hello!")
    first = await noted()
    await chats.says(shop.staff, chat, "Are you there?")
    assert first is not None and await noted() == first


async def test_a_key_of_an_ai_agent_speaks_as_it_and_one_of_none_does_not(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop)
    agent = await an_agent(chats, shop.id)
    program = key(shop.id, ["chat"])
    speaking = Viewer(program.kind, {**program.params, "agent": agent})
    sent = await chats.did(speaking, "sendChatMessage", sessionId=chat.id, clientMessageId="a", content="I am a bot.")
    assert (sent["message"]["senderType"], sent["message"]["senderName"]) == ("AI", "Bot")
    assert await chats.refused(program, "sendChatMessage", sessionId=chat.id) == [("FORBIDDEN", None)]
    reading = key(shop.id, ["chat:read"])
    assert await chats.refused(reading, "sendChatMessage", sessionId=chat.id) == [("NOT_FOUND", "sessionId")]


async def test_services_say_things_as_the_system_and_as_ai_agents(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop)
    agent = await an_agent(chats, shop.id)
    async with chats.begin() as session:
        row = await locked(session, uuid_of(chat.id))
        assert row is not None
        await do_say(session, row, SYSTEM, Said("Welcome!", type="SYSTEM"))
        speaker = await ai_speaker(session, row, agent, Occasion(row.started_at).now)
        await do_say(session, row, speaker, Said("How can I help?"))
        assert await ai_speaker(session, row, agent, row.started_at) == speaker
    assert await chats.types(chat, chat.visitor) == ["STARTED", "QUEUED", "MESSAGE_SENT", "JOINED", "MESSAGE_SENT"]


async def an_agent(chats: Chats, business: UUID) -> UUID:
    """An AI agent called Bot."""
    return await chats.made("agents.agents", business_id=business, name="Bot", slug=f"bot-{business}", type="CUSTOM")


async def test_a_message_takes_few_statements(chats: Chats) -> None:
    """The chat, the name it is said under, who says it, the message, its entry and the chat again."""
    shop = await chats.shop()
    chat = await chats.answered(shop)
    await chats.says(chat.visitor, chat)
    async with chats.counted() as sent:
        await chats.says(chat.visitor, chat)
    assert len(sent) == 6, "\n".join(sent)
