"""The desk: all that is open first, then each chat and person that changes, under the policies of whoever follows."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from graph.access.viewers import key, person
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from tests.api import Insert, a_user
from tests.engine.feeds.chats import Chat, Client, a_chat, data

QUERY = """subscription($id: ID!) { deskEvents(businessId: $id) {
  __typename
  ... on DeskSnapshot { sessions { id subject } people: agents { name } again: sessions { tags } }
  ... on DeskChatChanged { session { id subject assignedAgent { name } } same: session { tags } }
  ... on DeskAgentChanged { agent { name currentChatCount } }
  ... on DeskChatGone { sessionId }
  ... on DeskAgentGone { agentId }
  ... on DeskLagged { message }
} }"""


@pytest.fixture
def desk(chat: Chat) -> str:
    """The global ID of the business whose desk it is."""
    return f"business_{chat.business}"


async def test_everything_is_listed_in_the_order_given(staff: Client, chat: Chat, desk: str, insert: Insert) -> None:
    other = await a_chat(insert, "rival")
    second = await insert(
        "chat.chat_sessions", business_id=chat.business, token_hash="x", subject="Returns", visitor_id=chat.visitor
    )
    following = await staff.desk(QUERY, id=desk)
    body = await following.snapshot([second, other.id, uuid4(), chat.id], [other.agent, chat.agent])
    assert data(body) == {
        "__typename": "DeskSnapshot",
        "sessions": [
            {"id": f"chat_session_{second}", "subject": "Returns"},
            {"id": chat.name, "subject": "Orders"},
        ],
        "people": [{"name": "Sam"}],
        "again": [{"tags": []}, {"tags": ["vip"]}],
    }


async def test_an_empty_desk_is_told(staff: Client, desk: str) -> None:
    following = await staff.desk(QUERY, id=desk)
    assert data(await following.snapshot([], [])) == {
        "__typename": "DeskSnapshot",
        "sessions": [],
        "people": [],
        "again": [],
    }


async def test_what_changed_is_told_one_by_one(staff: Client, chat: Chat, desk: str, insert: Insert) -> None:
    other = await a_chat(insert, "rival")
    following = await staff.desk(QUERY, id=desk)
    hidden, changed = await following.changed("session", [other.id, chat.id])
    assert hidden is None
    assert changed is not None
    assert data(changed) == {
        "__typename": "DeskChatChanged",
        "session": {"id": chat.name, "subject": "Orders", "assignedAgent": {"name": "Sam"}},
        "same": {"tags": ["vip"]},
    }
    assert await following.changed("agent", [uuid4(), chat.agent]) == [
        None,
        b'{"data":{"deskEvents":{"__typename":"DeskAgentChanged","agent":{"name":"Sam","currentChatCount":"0"}}}}',
    ]


async def test_what_is_gone_is_told_by_its_global_id(staff: Client, chat: Chat, desk: str) -> None:
    following = await staff.desk(QUERY, id=desk)
    assert data(following.render("DeskChatGone", {"sessionId": chat.id}))["sessionId"] == chat.name
    assert data(following.render("DeskChatGone", {"sessionId": chat.name}))["sessionId"] == chat.name
    assert (
        data(following.render("DeskAgentGone", {"agentId": str(chat.agent)}))["agentId"] == f"chat_agent_{chat.agent}"
    )
    assert data(following.render("DeskLagged", {}))["message"] == "You read too slowly; subscribe again."


async def test_the_desk_of_others_is_not_there(
    as_: Callable[[Viewer], Client], chat: Chat, desk: str, insert: Insert
) -> None:
    other = await a_chat(insert, "rival")
    outsiders = [
        ANONYMOUS,
        chat.as_visitor,
        other.as_staff,
        person(chat.staff, roles={chat.business: "VIEWER"}),
        person(await a_user(insert, "Nobody"), roles={}),
        key(other.business, ["*"]),
        key(chat.business, ["orders:read"]),
    ]
    for outsider in outsiders:
        error = await as_(outsider).refusal(QUERY, id=desk)
        assert error["extensions"] == {"code": "NOT_FOUND"}, outsider


async def test_members_programs_and_administrators_may_follow(
    as_: Callable[[Viewer], Client], staff: Client, chat: Chat, desk: str
) -> None:
    for insider in (chat.as_staff, key(chat.business, ["chat:read"]), ADMIN):
        following = await as_(insider).desk(QUERY, id=desk)
        assert following.key == chat.business
        assert await following.is_there()


async def test_whoever_left_the_business_may_follow_no_more(staff: Client, chat: Chat, desk: str) -> None:
    following = await staff.desk(QUERY, id=desk)
    left = following.on_behalf_of(person(chat.staff, roles={}))
    assert not await left.is_there()
    assert await left.changed("session", [chat.id]) == [None]
    assert left.group != following.group


async def test_those_of_whom_the_same_is_asked_are_one_group(
    as_: Callable[[Viewer], Client], chat: Chat, desk: str, insert: Insert
) -> None:
    program, again, narrower = (key(chat.business, scopes) for scopes in (["chat"], ["chat"], ["chat:read"]))
    groups = [(await as_(viewer).desk(QUERY, id=desk)).group for viewer in (program, again, narrower, chat.as_staff)]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


async def test_of_what_is_not_selected_only_that_it_happened_is_told(staff: Client, chat: Chat, desk: str) -> None:
    following = await staff.desk("subscription($id: ID!) { deskEvents(businessId: $id) { __typename } }", id=desk)
    assert data(await following.snapshot([chat.id], [chat.agent])) == {"__typename": "DeskSnapshot"}
    assert await following.changed("session", [chat.id, uuid4()]) == [
        b'{"data":{"deskEvents":{"__typename":"DeskChatChanged"}}}',
        None,
    ]
