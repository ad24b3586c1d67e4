"""What can be followed of live chats: the log of one, and the desk where a business answers its own."""

from graph.engine.model.feeds import Board, Feed, Listed, Said, Told

SEQ = Said("Int!", "The number of the last entry that there is.")

MESSAGES = frozenset({"MESSAGE_SENT", "MESSAGE_EDITED", "MESSAGE_REDACTED", "NOTE_ADDED"})

CHAT = Feed(
    kind="chat",
    field="chatEvents",
    description=(
        "The log of a live chat: what is in it after a number, and then whatever is added. An error with the code "
        "CONFLICT tells head and epoch of the log where the number or the epoch is not of it."
    ),
    entity="ChatEvent",
    of="session",
    argument="sessionId",
    prefix="Chat",
    numbers=("staff_seq", "visitor_seq"),
    heads=("staff_seq", "visitor_seq"),
    epoch="epoch",
    kinds={
        "STARTED": "The visitor opened the chat.",
        "QUEUED": "The chat waits for a person.",
        "OFFERED": "The chat was offered to somebody at the desk.",
        "DECLINED": "Whom the chat was offered to did not take it.",
        "ASSIGNED": "Somebody took the chat.",
        "TRANSFERRED": "The chat was handed on.",
        "JOINED": "Somebody came into the chat.",
        "LEFT": "Somebody left the chat.",
        "MESSAGE_SENT": "Somebody said something.",
        "MESSAGE_EDITED": "Somebody changed what they said.",
        "MESSAGE_REDACTED": "What somebody said was taken out.",
        "MESSAGES_READ": "Somebody read up to a message.",
        "NOTE_ADDED": "Staff noted something that no visitor sees.",
        "TAGS_CHANGED": "The chat was sorted under other words.",
        "DETAILS_CHANGED": "The chat's subject or language changed.",
        "RATED": "The visitor rated the chat.",
        "ENDED": "The chat came to an end.",
        "ABANDONED": "The visitor gave the chat up.",
        "REOPENED": "The chat goes on after its end.",
    },
    shown=("type", "createdAt", "actorType", "actor", "session", "payload"),
    more={"message": MESSAGES, "clientMessageId": MESSAGES},
    told=(
        Told(
            "ChatCaughtUp",
            "All there was has been sent; from now on entries come as they are added.",
            {"seq": SEQ, "epoch": Said("Int!", "Of which epoch the numbers are: give it when you come back.")},
        ),
        Told(
            "ChatLagged",
            "You read too slowly, and the subscription ends: subscribe again after this number, and nothing is lost.",
            {"seq": Said("Int!", "The number of the last entry that was sent.")},
        ),
        Told(
            "ChatTyping",
            "Somebody writes, or stopped writing; passes, and is in no log.",
            {
                "actorType": Said("ChatActorType!", "As what they speak."),
                "name": Said(
                    "String",
                    "What the others see them called; null where the visitor does not see them in the chat yet.",
                ),
                "isTyping": Said("Boolean!", "Whether they write."),
                "isInternal": Said("Boolean!", "Whether it will be a note, which only staff learns of."),
                "participantId": Said("ID", "Whose stay in the chat it is, if you see them there.", "ChatParticipant"),
            },
        ),
        Told(
            "ChatAnswering",
            "A part of what an AI agent is about to say; passes. The whole comes as a message.",
            {
                "draftId": Said("ID!", "Which answer it is a part of."),
                "index": Said("Int!", "Its place among the parts, from 0."),
                "text": Said("String!", "The words."),
                "isDone": Said("Boolean!", "Whether it is the last part."),
            },
        ),
    ),
)

DESK = Board(
    kind="desk",
    field="deskEvents",
    description="The open chats of a business and the people who answer them: all of them first, then what changes.",
    of="Business",
    argument="businessId",
    union="DeskUpdate",
    snapshot="DeskSnapshot",
    listed=(
        Listed("session", "sessions", "ChatSession", "DeskChatChanged", "A chat that is open: it came, or changed."),
        Listed("agent", "agents", "ChatAgent", "DeskAgentChanged", "A person at the desk who came, or changed."),
    ),
    guard=("CannedResponse", "business_id"),
    told=(
        Told(
            "DeskChatGone",
            "A chat is not open any more, or not for you to see.",
            {"sessionId": Said("ID!", "Which chat.", "ChatSession")},
        ),
        Told(
            "DeskAgentGone",
            "A person is not at the desk any more.",
            {"agentId": Said("ID!", "Who.", "ChatAgent")},
        ),
        Told(
            "DeskLagged",
            "You read too slowly, and the subscription ends: subscribe again and begin with what is there then.",
            {"message": Said("String!", "The same, for people.")},
            {"message": "You read too slowly; subscribe again."},
        ),
    ),
)
