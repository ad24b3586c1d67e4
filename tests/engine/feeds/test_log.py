"""What is read of a log: numbered for whoever asks, in one statement, and nothing that is not for them."""

from tests.engine.feeds.chats import Chat, Client

EVERYTHING = """subscription($id: ID!, $after: Int) { chatEvents(sessionId: $id, after: $after) {
  __typename
  ... on ChatLogEntry { seq type }
  ... on ChatMessageSent { message { content } }
  ... on ChatNoteAdded { message { content isInternal } }
} }"""


async def test_staff_counts_everything(staff: Client, chat: Chat) -> None:
    following = await staff.follow(EVERYTHING, id=chat.name)
    assert await staff.entries(following) == [
        {"__typename": "ChatStarted", "seq": 1, "type": "STARTED"},
        {"__typename": "ChatMessageSent", "seq": 2, "type": "MESSAGE_SENT", "message": {"content": "Hello"}},
        {
            "__typename": "ChatNoteAdded",
            "seq": 3,
            "type": "NOTE_ADDED",
            "message": {"content": "A regular", "isInternal": True},
        },
        {"__typename": "ChatOffered", "seq": 4, "type": "OFFERED"},
        {
            "__typename": "ChatMessageSent",
            "seq": 5,
            "type": "MESSAGE_SENT",
            "message": {"content": "Where is my order?"},
        },
        {"__typename": "ChatMessagesRead", "seq": 6, "type": "MESSAGES_READ"},
    ]
