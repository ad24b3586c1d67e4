"""The log of a conversation with an AI agent: one number for all who may read it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from graph.access.viewers import person
from graph.engine.access import Viewer
from tests.api import Insert, a_business, a_user, an_agent
from tests.engine.feeds.chats import Client

QUERY = """subscription($id: ID!) { conversationEvents(conversationId: $id) {
  __typename
  ... on ConversationLogEntry { seq conversation { title } }
  ... on ConversationMessageAdded { message { role content } }
} }"""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation, and who has to do with it."""

    id: UUID
    business: UUID
    person: UUID

    @property
    def name(self) -> str:
        """Its global ID."""
        return f"conversation_{self.id}"


@pytest.fixture
async def talk(insert: Insert) -> Talk:
    """A question, what the agent is told beside it, and the answer."""
    business, asking = await a_business(insert), await a_user(insert)
    agent = await an_agent(insert, business)
    given = {"agent_id": agent, "business_id": business, "user_id": asking, "session_id": "s", "title": "Socks"}
    conversation = await insert("agents.conversations", **given, last_seq=4)
    said = [("USER", "Which socks?"), ("SYSTEM", "Be kind."), ("ASSISTANT", "Woollen ones.")]
    await insert("agents.conversation_events", conversation_id=conversation, seq=1, type="STARTED", payload="{}")
    for place, (role, content) in enumerate(said, start=1):
        mine = {"conversation_id": conversation, "role": role, "content": content, "sequence_number": place}
        message = await insert("agents.messages", **mine)
        entry = {"conversation_id": conversation, "seq": place + 1, "type": "MESSAGE_ADDED", "payload": "{}"}
        await insert("agents.conversation_events", **entry, message_id=message)
    return Talk(conversation, business, asking)


async def test_a_person_follows_their_own_without_what_only_managers_read(
    as_: Callable[[Viewer], Client], talk: Talk
) -> None:
    reader = as_(person(talk.person, roles={}))
    following = await reader.follow(QUERY, id=talk.name)
    title = {"title": "Socks"}
    assert await reader.entries(following) == [
        {"__typename": "ConversationStarted", "seq": 1, "conversation": title},
        {
            "__typename": "ConversationMessageAdded",
            "seq": 2,
            "conversation": title,
            "message": {"role": "USER", "content": "Which socks?"},
        },
        {
            "__typename": "ConversationMessageAdded",
            "seq": 4,
            "conversation": title,
            "message": {"role": "ASSISTANT", "content": "Woollen ones."},
        },
    ]
    found = await reader.read(following, after=1, limit=2)
    assert (found.head, found.epoch, found.is_staff, len(found.entries)) == (4, 0, False, 2)


async def test_managers_follow_all_of_it(as_: Callable[[Viewer], Client], talk: Talk, insert: Insert) -> None:
    reader = as_(person(await a_user(insert, "Boss"), roles={talk.business: "MANAGER"}))
    found = await reader.read(await reader.follow(QUERY, id=talk.name))
    assert [entry.seq for entry in found.entries] == [1, 2, 3, 4]
    assert len(reader.statements) == 1


async def test_a_conversation_of_others_is_not_there(
    as_: Callable[[Viewer], Client], talk: Talk, insert: Insert
) -> None:
    following = await as_(person(await a_user(insert, "Other"), roles={})).follow(QUERY, id=talk.name)
    assert await following.read(0, 100) is None


async def test_what_passes_is_shown_as_it_is_selected(as_: Callable[[Viewer], Client], talk: Talk) -> None:
    following = await as_(person(talk.person, roles={})).follow(
        """subscription($id: ID!) { conversationEvents(conversationId: $id) {
          ... on ConversationAnswering { kind: __typename draft: draftId text isDone }
          ... on ConversationLagged { seq } } }""",
        id=talk.name,
    )
    words = {"draftId": "d", "index": 0, "text": 'He said "wool"', "isDone": False}
    assert following.render("ConversationAnswering", words) == (
        b'{"data":{"conversationEvents":{"kind":"ConversationAnswering","draft":"d",'
        b'"text":"He said \\"wool\\"","isDone":false}}}'
    )
    assert following.render("ConversationLagged", {"seq": 3}) == b'{"data":{"conversationEvents":{"seq":3}}}'
    assert following.render("ConversationCaughtUp", {"seq": 3}) == b'{"data":{"conversationEvents":{}}}'
    with pytest.raises(ValueError, match="conversationEvents tells no ChatTyping"):
        following.render("ChatTyping", {})
