"""What can be followed of conversations with AI agents: the log of one."""

from graph.chat.feeds import SEQ
from graph.engine.model.feeds import Feed, Said, Told

MESSAGES = frozenset({"MESSAGE_ADDED", "MESSAGE_EDITED"})

CONVERSATION = Feed(
    kind="conversation",
    field="conversationEvents",
    description=(
        "The log of a conversation: what is in it after a number, and then whatever is added. An error with the code "
        "CONFLICT tells the head of the log where the number is beyond it. Entries about what you may not read are "
        "left out, and so are their numbers."
    ),
    entity="ConversationEvent",
    of="conversation",
    argument="conversationId",
    prefix="Conversation",
    numbers=("seq",),
    heads=("last_seq",),
    epoch=None,
    kinds={
        "STARTED": "The conversation began.",
        "MESSAGE_ADDED": "Something was said.",
        "MESSAGE_EDITED": "What was said was changed.",
        "TITLE_CHANGED": "The conversation is called otherwise.",
        "OUTCOME_CHANGED": "It is known how the conversation ended.",
        "RATED": "The person rated the conversation.",
        "ENDED": "The conversation came to an end.",
        "ARCHIVED": "The conversation was put away.",
    },
    shown=("type", "createdAt", "conversation", "payload"),
    more={"message": MESSAGES},
    told=(
        Told(
            "ConversationCaughtUp",
            "All there was has been sent; from now on entries come as they are added.",
            {"seq": SEQ},
        ),
        Told(
            "ConversationLagged",
            "You read too slowly, and the subscription ends: subscribe again after this number, and nothing is lost.",
            {"seq": Said("Int!", "The number of the last entry that was sent.")},
        ),
        Told(
            "ConversationAnswering",
            "A part of what the agent is about to say; passes. The whole comes as a message.",
            {
                "draftId": Said("ID!", "Which answer it is a part of."),
                "index": Said("Int!", "Its place among the parts, from 0."),
                "text": Said("String!", "The words."),
                "isDone": Said("Boolean!", "Whether it is the last part."),
            },
        ),
    ),
)
