"""Live chat: its hand-written fields, thin over `app.services.chat`, and what of it can be followed."""

import strawberry

from graph.chat.desk import DeskMutation, DeskQuery
from graph.chat.messages import MessagesMutation
from graph.chat.sessions import SessionsMutation
from graph.chat.starting import StartingMutation

__all__ = ["ChatMutation", "ChatQuery"]


@strawberry.type
class ChatMutation(StartingMutation, MessagesMutation, SessionsMutation, DeskMutation):
    """What visitors and staff do in live chats."""


@strawberry.type
class ChatQuery(DeskQuery):
    """What is asked of live chats, beside all that is derived."""
