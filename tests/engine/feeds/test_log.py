"""What is read of a log: numbered for whoever asks, in one statement, and nothing that is not for them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from graphql import GraphQLString
from sqlalchemy import BigInteger, Uuid, cast, null

from graph.access import Rules
from graph.access.viewers import key, person
from graph.engine.access import ADMIN, ANONYMOUS, Viewer, viewer_param
from graph.engine.asking.limits import Limits
from graph.engine.errors import Timeout
from graph.engine.model.computed import Computed, Values
from graph.engine.planning.planner import batched
from graph.engine.running.feeds import Entry
from graph.engine.schema.schema import Schema
from graph.schema import build
from tests.api import Insert, a_user
from tests.engine.feeds.chats import LOG, Chat, Client, a_chat, client, data

HERE = Path(__file__).parent

EVERYTHING = """subscription($id: ID!, $after: Int) { chatEvents(sessionId: $id, after: $after) {
  __typename
  ... on ChatLogEntry { seq type }
  ... on ChatMessageSent { message { content } }
  ... on ChatNoteAdded { message { content isInternal } }
} }"""
NUMBERS = "subscription($id: ID!) { chatEvents(sessionId: $id) { ... on ChatLogEntry { seq type } } }"


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
    found = await staff.read(following)
    assert (found.head, found.epoch, found.is_staff) == (6, 3, True)


async def test_a_visitor_counts_what_is_for_visitors_without_a_gap(visitor: Client, chat: Chat) -> None:
    following = await visitor.follow(EVERYTHING, id=chat.name)
    assert await visitor.entries(following) == [
        {"__typename": "ChatStarted", "seq": 1, "type": "STARTED"},
        {"__typename": "ChatMessageSent", "seq": 2, "type": "MESSAGE_SENT", "message": {"content": "Hello"}},
        {
            "__typename": "ChatMessageSent",
            "seq": 3,
            "type": "MESSAGE_SENT",
            "message": {"content": "Where is my order?"},
        },
        {"__typename": "ChatMessagesRead", "seq": 4, "type": "MESSAGES_READ"},
    ]
    found = await visitor.read(following)
    assert (found.head, found.epoch, found.is_staff) == (4, 3, False)


async def test_an_entry_tells_where_it_stands_beside_its_body(
    visitor: Client, chat: Chat, connection: asyncpg.Connection
) -> None:
    following = await visitor.follow(NUMBERS, id=chat.name)
    first, *_ = (await visitor.read(following)).entries
    started = await connection.fetchval("SELECT id FROM chat.chat_events WHERE type = 'STARTED'")
    assert first == (1, started, "STARTED", b'{"data":{"chatEvents":{"seq":1,"type":"STARTED"}}}')


def nothing_of(viewer: Viewer) -> Any:
    """Nobody sees what staff counts."""
    return lambda row: cast(null(), BigInteger)


PLAIN = Rules(
    rows={
        "ChatSession": lambda viewer: lambda row: row.c.visitor_id == viewer_param("visitor", Uuid()),
        "ChatEvent": lambda viewer: lambda row: row.c.visitor_seq.is_not(None),
        "ChatMessage": lambda viewer: lambda row: ~row.c.is_internal,
    },
    columns={("ChatSession", "staff_seq"): nothing_of, ("ChatEvent", "staff_seq"): nothing_of},
)
"""Rules that are easy to read in a statement."""


def closed(statement: str) -> str:
    """`statement` without the spaces that make it readable."""
    return "".join(statement.split())


async def test_a_read_is_one_statement_and_just_this(connection: asyncpg.Connection, chat: Chat) -> None:
    reader = client(connection, build(PLAIN), chat.as_visitor)
    following = await reader.follow((HERE / "log.graphql").read_text(), id=chat.name)
    await reader.read(following)
    assert len(reader.statements) == 1
    assert closed(reader.statements[0]) == closed((HERE / "log.sql").read_text())


@pytest.mark.parametrize("who", ["visitor", "staff"])
async def test_a_log_is_read_page_by_page(
    who: str, as_: Callable[[Viewer], Client], chat: Chat, request: pytest.FixtureRequest
) -> None:
    reader: Client = request.getfixturevalue(who)
    following = await reader.follow(NUMBERS, id=chat.name)
    whole = (await reader.read(following)).entries
    after, pages = 0, list[Entry]()
    while page := (await reader.read(following, after, 2)).entries:
        pages += page
        after = page[-1].seq
    assert pages == whole
    assert [entry.seq for entry in pages] == list(range(1, len(whole) + 1))


async def test_before_all_entries_only_the_head_is_told(staff: Client, chat: Chat) -> None:
    following = await staff.follow(NUMBERS, id=chat.name)
    assert await staff.read(following, after=-1) == (6, 3, True, [])


async def test_beyond_the_last_entry_only_the_head_is_told(staff: Client, chat: Chat) -> None:
    following = await staff.follow(NUMBERS, id=chat.name)
    assert await staff.read(following, after=6) == (6, 3, True, [])
    assert await staff.read(following, after=1_000) == (6, 3, True, [])


async def test_a_log_without_entries_has_a_head(
    as_: Callable[[Viewer], Client], insert: Insert, connection: asyncpg.Connection
) -> None:
    quiet = await a_chat(insert, "quiet", log=())
    reader = as_(quiet.as_staff)
    assert await reader.read(await reader.follow(NUMBERS, id=quiet.name)) == (0, 3, True, [])


async def test_no_way_leads_a_visitor_to_a_note(visitor: Client, chat: Chat) -> None:
    following = await visitor.follow(
        """subscription($id: ID!) { chatEvents(sessionId: $id) { ... on ChatLogEntry { session {
          messages { nodes { content isInternal } totalCount }
          events { nodes { type message { content } } totalCount }
          noteCount staffSeq
        } } ... on ChatNoteAdded { message { content } } } }""",
        id=chat.name,
    )
    entries = (await visitor.read(following)).entries
    assert len(entries) == 4
    assert not any(b"regular" in entry.body or b"NOTE" in entry.body for entry in entries)
    session = data(entries[0].body)["session"]
    assert session["messages"] == {
        "nodes": [
            {"content": "Hello", "isInternal": False},
            {"content": "Where is my order?", "isInternal": False},
        ],
        "totalCount": 2,
    }
    assert session["events"]["totalCount"] == 4
    assert (session["noteCount"], session["staffSeq"]) == (None, None)


async def test_hidden_columns_are_null(visitor: Client, staff: Client, chat: Chat) -> None:
    query = """subscription($id: ID!) { chatEvents(sessionId: $id) {
      ... on ChatLogEntry { session { subject tags priority } } } }"""
    seen = [await one.entries(await one.follow(query, id=chat.name), limit=1) for one in (visitor, staff)]
    assert seen == [
        [{"session": {"subject": "Orders", "tags": None, "priority": None}}],
        [{"session": {"subject": "Orders", "tags": ["vip"], "priority": 0}}],
    ]


async def test_a_chat_of_others_is_not_there(as_: Callable[[Viewer], Client], chat: Chat, insert: Insert) -> None:
    other = await a_chat(insert, "rival")
    outsiders = [
        ANONYMOUS,
        other.as_visitor,
        other.as_staff,
        person(await a_user(insert, "Nobody"), roles={}),
        person(chat.staff, roles={chat.business: "VIEWER"}),
        key(other.business, ["*"]),
        key(chat.business, ["orders:read"]),
    ]
    for outsider in outsiders:
        following = await as_(outsider).follow(NUMBERS, id=chat.name)
        assert await following.read(0, 100) is None, outsider
        assert await following.read(-1, 0) is None, outsider


async def test_a_chat_that_does_not_exist_is_not_there(staff: Client) -> None:
    following = await staff.follow(NUMBERS, id=f"chat_session_{uuid4()}")
    assert await following.read(0, 100) is None


@pytest.mark.parametrize("asker", ["admin", "key"])
async def test_programs_and_administrators_count_as_staff_does(
    asker: str, as_: Callable[[Viewer], Client], chat: Chat
) -> None:
    reader = as_(ADMIN if asker == "admin" else key(chat.business, ["chat:read"]))
    found = await reader.read(await reader.follow(NUMBERS, id=chat.name))
    assert (found.is_staff, [entry.seq for entry in found.entries]) == (True, [1, 2, 3, 4, 5, 6])


async def test_relations_are_inlined_whatever_the_engine_does_otherwise(
    connection: asyncpg.Connection, guarded: Schema, chat: Chat
) -> None:
    reader = client(connection, guarded, chat.as_staff, batched)
    following = await reader.follow(
        """subscription($id: ID!) { chatEvents(sessionId: $id) {
          ... on ChatMessageSent { message {
            content session { assignedAgent { name } messages { totalCount } } } } } }""",
        id=chat.name,
    )
    entries = await reader.entries(following)
    assert len(reader.statements) == 1
    assert entries[1] == {
        "message": {"content": "Hello", "session": {"assignedAgent": {"name": "Sam"}, "messages": {"totalCount": 3}}}
    }


async def test_fragments_may_name_the_union_the_interface_or_one_type(staff: Client, chat: Chat) -> None:
    following = await staff.follow(
        """subscription($id: ID!) { told: chatEvents(sessionId: $id) { ...Everything } }
        fragment Everything on ChatUpdate { kind: __typename ...Entry ... on ChatCaughtUp { upTo: seq } }
        fragment Entry on ChatLogEntry { number: seq ... on ChatMessageSent { message { content } } }""",
        id=chat.name,
    )
    assert (await staff.entries(following))[:2] == [
        {"kind": "ChatStarted", "number": 1},
        {"kind": "ChatMessageSent", "number": 2, "message": {"content": "Hello"}},
    ]
    assert following.render("ChatCaughtUp", {"seq": 6, "epoch": 3}) == (
        b'{"data":{"told":{"kind":"ChatCaughtUp","upTo":6}}}'
    )


async def test_what_is_selected_of_several_kinds_in_the_same_words_is_looked_up_in_one_place(
    staff: Client, chat: Chat
) -> None:
    following = await staff.follow(
        """subscription($id: ID!) { chatEvents(sessionId: $id) { __typename
          ... on ChatMessageSent { message { ...Words } } ... on ChatNoteAdded { message { ...Words } } } }
        fragment Words on ChatMessage { content }""",
        id=chat.name,
    )
    assert (await staff.entries(following, after=1, limit=2)) == [
        {"__typename": "ChatMessageSent", "message": {"content": "Hello"}},
        {"__typename": "ChatNoteAdded", "message": {"content": "A regular"}},
    ]
    assert staff.statements[0].count("FROM chat.chat_messages") == 1


async def test_entries_of_which_nothing_is_selected_are_told_all_the_same(staff: Client, chat: Chat) -> None:
    following = await staff.follow(
        "subscription($id: ID!) { chatEvents(sessionId: $id) { ... on ChatCaughtUp { seq } } }", id=chat.name
    )
    assert await staff.entries(following) == [{}] * len(LOG)


async def test_a_field_may_depend_on_a_variable(staff: Client, chat: Chat) -> None:
    query = """subscription($id: ID!, $words: Boolean!) { chatEvents(sessionId: $id) {
      ... on ChatMessageSent { seq message @include(if: $words) { content } } } }"""
    with_, without = [await staff.follow(query, id=chat.name, words=words) for words in (True, False)]
    assert (await staff.entries(with_))[1] == {"seq": 2, "message": {"content": "Hello"}}
    assert (await staff.entries(without))[1] == {"seq": 2}


async def test_what_one_has_become_is_what_is_read(staff: Client, chat: Chat) -> None:
    following = await staff.follow(NUMBERS, id=chat.name)
    visiting = following.on_behalf_of(chat.as_visitor)
    outside = following.on_behalf_of(ANONYMOUS)
    assert [entry.seq for entry in (await staff.read(visiting)).entries] == [1, 2, 3, 4]
    assert await outside.read(0, 100) is None
    assert len({following.group, visiting.group, outside.group}) == 3
    assert [entry.seq for entry in (await staff.read(following)).entries] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("after", "expected"), [(None, None), (0, 0), (4, 4)])
async def test_where_a_client_was_is_handed_on(staff: Client, chat: Chat, after: Any, expected: Any) -> None:
    query = """subscription($id: ID!, $after: Int, $epoch: Int) {
      chatEvents(sessionId: $id, after: $after, epoch: $epoch) { ... on ChatLogEntry { seq } } }"""
    following = await staff.follow(query, id=chat.name, after=after, epoch=2)
    assert (following.key, following.after, following.epoch) == (chat.id, expected, 2)
    assert (following.feed.kind, following.viewer) == ("chat", staff.viewer)


async def louder(rows: Sequence[Values]) -> Sequence[str]:
    """What is said, in capitals."""
    return [str(row["content"]).upper() for row in rows]


async def test_what_python_computes_is_in_the_entries_too(connection: asyncpg.Connection, chat: Chat) -> None:
    loud = Computed("ChatMessage", "loud", GraphQLString, ("content",), louder, "What is said, in capitals.")
    reader = client(connection, build(computed=(loud,)), chat.as_visitor)
    following = await reader.follow(
        """subscription($id: ID!) { chatEvents(sessionId: $id) {
          ... on ChatLogEntry { seq } ... on ChatMessageSent { message { loud content } } } }""",
        id=chat.name,
    )
    assert await reader.entries(following, after=1, limit=2) == [
        {"seq": 2, "message": {"loud": "HELLO", "content": "Hello"}},
        {"seq": 3, "message": {"loud": "WHERE IS MY ORDER?", "content": "Where is my order?"}},
    ]
    assert (await reader.read(following, after=-1)).entries == []


async def test_a_read_that_takes_too_long_is_stopped(staff: Client, chat: Chat) -> None:
    staff.engine.limits_of = lambda viewer: Limits(seconds=0.0)
    following = await staff.follow(NUMBERS, id=chat.name)
    with pytest.raises(Timeout):
        await following.read(0, 100)
