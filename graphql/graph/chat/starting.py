"""How visitors open chats."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.services.chat import starting as service
from app.services.chat.visitors import Guest
from graph.access.viewers import visitor
from graph.acting import WHY_NOT, done, occasion
from graph.context import Info, UserError
from graph.engine.running.repeating import TOLD_ONCE
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived
from graph.steps import described, said

if TYPE_CHECKING:
    SessionType = Any
else:
    SessionType = derived("ChatSession")


@described
class ChatVisitorInput:
    """What a visitor's browser says of them; all of it may be left out."""

    key: str | None = said(
        "The random name that the browser keeps: 16 to 100 letters, digits, - and _. Without one it is given one.",
        default=None,
    )
    name: str | None = said("What the visitor goes by.", default=None)
    email: str | None = said("The visitor's e-mail address.", default=None)
    phone: str | None = said("The visitor's telephone number in E.164 form.", default=None)
    language: str | None = said("BCP 47 tag of the browser's language.", default=None)
    time_zone: str | None = said("IANA time zone of the browser.", default=None)
    consents: bool = said(
        "Whether the visitor agrees to be remembered. Where the widget requires that, who does not is somebody new "
        "each time, and neither browser nor address is kept.",
        default=False,
    )


@described
class StartChatInput:
    """What a visitor opens a chat with."""

    widget_key: str = said("The key of the widget, as it stands in the site's pages.")
    visitor: ChatVisitorInput | None = said("Who it is.", default=None)
    page_url: str | None = said("The page it is opened on.", default=None)
    referrer: str | None = said("The page that led there.", default=None)
    subject: str | None = said("What it is about, in one line of at most 200 characters.", default=None)
    language: str | None = said("BCP 47 tag of the language the visitor writes; the browser's if null.", default=None)
    message: str | None = said("The first message: at most 16,384 bytes in UTF-8.", default=None)
    client_message_id: str | None = said("Your own name for that message, by which its event names it.", default=None)


@strawberry.type(description="A new chat with its token, or why there is none.")
class StartChatPayload:
    """A new chat with its token, or why there is none."""

    session: SessionType | None = said("The chat; null if there are userErrors.")
    token: str | None = said(
        'What to send as "Authorization: Bearer …" from now on: it opens this chat and nothing else. Told this once.',
        metadata=TOLD_ONCE,
    )
    visitor_key: str | None = said("The name for the browser to keep; null for a visitor who is not remembered.")
    user_errors: list[UserError] = said(WHY_NOT)


async def start_chat(
    info: Info, input: Annotated[StartChatInput, strawberry.argument(description="The chat.")]
) -> StartChatPayload:
    """Open a chat."""
    guest = Guest(**vars(input.visitor)) if input.visitor else Guest()
    opening = service.Opening(**{**vars(input), "visitor": guest})
    origin = info.context.client.origin
    made, errors = await done(info, lambda session: service.start_chat(session, opening, occasion(info), origin))
    if made is None:
        return StartChatPayload(session=None, token=None, visitor_key=None, user_errors=errors)
    themselves = visitor(made.visitor_id, chat=made.session_id)  # who asks has been nobody until now
    row = Ref("ChatSession", made.session_id, themselves)
    return StartChatPayload(session=row, token=made.token, visitor_key=made.visitor_key, user_errors=[])


@strawberry.type
class StartingMutation:
    """How chats begin."""

    start_chat: StartChatPayload = strawberry.mutation(
        resolver=start_chat, description="Open a chat with a business through the widget of its site."
    )
