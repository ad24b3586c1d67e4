"""A chat from the first click to the rating, as visitor and as staff, and what is refused."""

from tests.chat.chats import Chats


async def test_a_chat_from_beginning_to_end(chats: Chats) -> None:
    shop = await chats.shop()
    chat = await chats.opened(shop, visitor={"name": "Zoe"}, message="Where is my parcel?", clientMessageId="a")
    await chats.accepted(chat)
    await chats.says(shop.staff, chat, "It left yesterday.")
    await chats.says(shop.staff, chat, "She sounds cross.", isInternal=True)
    await chats.says(chat.visitor, chat, "Thank you!")
    ended = await chats.did(shop.staff, "endChat", sessionId=chat.id)
    assert (ended["session"]["status"], ended["session"]["endReason"]) == ("ENDED", "RESOLVED")
    rated = await chats.did(chat.visitor, "rateChat", sessionId=chat.id, rating=5, feedback="Quick.")
    assert rated["session"]["satisfactionRating"] == 5
    said = [
        "STARTED",
        "MESSAGE_SENT",
        "JOINED",
        "ASSIGNED",
        "MESSAGE_SENT",
        "NOTE_ADDED",
        "MESSAGE_SENT",
        "ENDED",
        "RATED",
    ]
    assert await chats.types(chat) == said
    assert await chats.types(chat, chat.visitor) == [one for one in said if one != "NOTE_ADDED"]
    numbers = [entry["visitorSeq"] for entry in await chats.log(chat, chat.visitor)]
    assert numbers == [str(number) for number in range(1, 9)]
