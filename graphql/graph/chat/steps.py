"""How the mutations of live chat are made, and the rows that they show."""

from app.services.chat.actors import Actor
from graph.context import Info
from graph.steps import Steps

ENTITIES = {
    "session": "ChatSession",
    "message": "ChatMessage",
    "participant": "ChatParticipant",
    "chat_agent": "ChatAgent",
}
"""What payloads show, and the entity of each."""


def actor(info: Info) -> Actor:
    """Who acts. Raises Refused if nobody is known."""
    return Actor.of(info.context.viewer)


step = Steps(ENTITIES, actor)
