"""What is said in chats, how far it was read, and who is writing."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.services.chat import reading, sending
from graph.acting import WHY_NOT, done
from graph.chat.steps import actor, step
from graph.context import Info, UserError
from graph.engine.schema.schema import leaf
from graph.steps import described, id_of, said, values

if TYPE_CHECKING:
    from models.chat.sessions import ChatMessageType as MessageTypeLeaf
else:
    MessageTypeLeaf = leaf("ChatMessageType")

OF_CHAT = "The ID of the chat."


@described
class SendChatMessageInput:
    """What is said in which chat."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)
    client_message_id: str = said(
        "Your own name for the message, of 1 to 64 characters: sent again under it, it is the same message. "
        "One that somebody else's message has, or a note where this is none, is a CONFLICT."
    )
    content: str | None = said(
        "What is said: 1 to 16,384 bytes in UTF-8. May be left out with an attachment or a prepared answer.",
        default=None,
    )
    is_internal: bool = said("Whether it is a note that only staff reads.", default=False)
    attachment_url: str | None = said("Where an attached image or file is, by https.", default=None)
    attachment_name: str | None = said("What it is called.", default=None)
    type: MessageTypeLeaf | None = said(
        "IMAGE or FILE with an attachment (FILE if null), TEXT without one.", default=None
    )
    canned_response_id: strawberry.ID | None = id_of(
        "canned_response",
        "The ID of a prepared answer that it begins as; {visitor} and {agent} become their names.",
        default=None,
    )


@described
class EditChatMessageInput:
    """What is said in the place of an earlier message."""

    id: strawberry.ID = id_of("chat_message", "The ID of a message of yours.")
    content: str = said("What is said now: 1 to 16,384 bytes in UTF-8.")


@described
class DeleteChatMessageInput:
    """Which message is taken back."""

    id: strawberry.ID = id_of("chat_message", "The ID of a message of yours; a manager takes back anybody's.")


@described
class MarkChatReadInput:
    """How far a chat was read."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)
    seq: int = said("The number of the last entry that was read, as you count.")


@described
class SetTypingInput:
    """Whether somebody writes at the moment."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)
    is_typing: bool = said("Whether you write. Say so again every few seconds: whoever follows forgets it.")
    is_internal: bool = said("Whether it will be a note that only staff reads.", default=False)


@strawberry.type(description="Whether it was told, or why not.")
class SetTypingPayload:
    """Whether it was told, or why not."""

    user_errors: list[UserError] = said(WHY_NOT)


async def set_typing(
    info: Info, input: Annotated[SetTypingInput, strawberry.argument(description="Who writes where.")]
) -> SetTypingPayload:
    """Tell whoever follows the chat at the moment."""
    given = values(input)
    told, errors = await done(info, lambda session: reading.typing(session, actor(info), **given))
    for topic, payload in told or ():
        info.context.tell(topic, payload)
    return SetTypingPayload(user_errors=errors)


@strawberry.type
class MessagesMutation:
    """What is said in chats."""

    send_chat_message = step(
        SendChatMessageInput,
        sending.send_chat_message,
        "Say something in a chat, or leave a note there for staff.",
        *("message", "session"),
    )
    edit_chat_message = step(
        EditChatMessageInput, sending.edit_chat_message, "Say something else in the place of what you said.", "message"
    )
    delete_chat_message = step(
        DeleteChatMessageInput,
        sending.delete_chat_message,
        "Take a message back: it stays in the chat without what it said.",
        "message",
    )
    mark_chat_read = step(
        MarkChatReadInput,
        reading.mark_chat_read,
        "Say how far you read a chat. It never goes back.",
        *("participant", "session"),
    )
    set_typing: SetTypingPayload = strawberry.mutation(
        resolver=set_typing, description="Tell those who follow a chat that you are writing; nothing is kept of it."
    )
