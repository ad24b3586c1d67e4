"""Who is in one group gets equal bytes: what is read for one of them is sent to all."""

from collections.abc import Callable
from uuid import uuid4

from graph.access.viewers import person
from graph.engine.access import Viewer
from graph.engine.answer import Operation
from graph.engine.running.feeds import Following
from tests.api import Insert, a_user
from tests.engine.feeds.chats import Chat, Client, a_chat

QUERY = """subscription($id: ID!, $after: Int, $epoch: Int, $first: Int, $staff: Boolean = false) {
  chatEvents(sessionId: $id, after: $after, epoch: $epoch) {
    ... on ChatLogEntry { seq session { messages(first: $first) { nodes { content } } } }
    ... on ChatNoteAdded @include(if: $staff) { message { content } }
  }
}"""


async def test_where_clients_were_does_not_part_them(staff: Client, chat: Chat) -> None:
    begun = [
        await staff.follow(QUERY, id=chat.name, first=3),
        await staff.follow(QUERY, id=chat.name, first=3, after=2, epoch=3),
        await staff.follow(QUERY, id=chat.name, first=3, after=None),
        await staff.follow(QUERY, id=chat.name, first=3, stray=True),
    ]
    assert len({following.group for following in begun}) == 1


async def test_what_is_selected_parts_them(staff: Client, chat: Chat) -> None:
    begun = [
        await staff.follow(QUERY, id=chat.name),
        await staff.follow(QUERY + " ", id=chat.name),
        await staff.follow(QUERY, id=chat.name, first=3),
        await staff.follow(QUERY, id=chat.name, first=4),
        await staff.follow(QUERY, id=chat.name, staff=True),
        await staff.follow(QUERY.replace("chatEvents(", "told: chatEvents("), id=chat.name),
    ]
    assert len({following.group for following in begun}) == len(begun)


async def test_operations_of_one_document_are_parted(staff: Client, chat: Chat) -> None:
    document = "".join(
        f'subscription {name} {{ chatEvents(sessionId: "{chat.name}") {{ ... on ChatLogEntry {{ {field} }} }} }}'
        for name, field in (("A", "seq"), ("B", "type"))
    )
    one, other = await staff.follow(document, name="A"), await staff.follow(document, name="B")
    assert one.group != other.group


async def test_a_variable_that_says_more_than_where_a_client_was_parts_them(staff: Client, chat: Chat) -> None:
    query = """subscription($id: ID!, $number: Int) { chatEvents(sessionId: $id, after: $number) {
      ... on ChatLogEntry { session { messages(first: $number) { totalCount nodes { content } } } } } }"""
    one, other = [await staff.follow(query, id=chat.name, number=number) for number in (1, 2)]
    assert one.group != other.group


async def test_who_asks_parts_them(
    as_: Callable[[Viewer], Client], staff: Client, visitor: Client, chat: Chat, insert: Insert
) -> None:
    colleague = as_(person(await a_user(insert, "Colleague"), roles={chat.business: "VIEWER"}))
    other = as_((await a_chat(insert, "rival")).as_visitor)
    begun = [await one.follow(QUERY, id=chat.name) for one in (staff, visitor, colleague, other)]
    assert len({following.group for following in begun}) == len(begun)


async def test_colleagues_who_may_read_the_same_are_one_group_and_get_equal_bytes(
    as_: Callable[[Viewer], Client], staff: Client, chat: Chat, insert: Insert
) -> None:
    query = QUERY.replace("@include(if: $staff)", "").replace(", $staff: Boolean = false", "")
    also = uuid4()
    colleague = await a_user(insert, "Colleague")
    clients = [
        as_(person(chat.staff, roles={chat.business: "STAFF", also: "STAFF"})),
        as_(person(colleague, roles={also: "STAFF", chat.business: "STAFF"})),
    ]
    one, other = [await client.follow(query, id=chat.name) for client in clients]
    assert one.group == other.group
    assert await one.read(0, 100) == await other.read(0, 100)
    assert (await staff.follow(query, id=chat.name)).group != one.group


async def test_whoever_is_named_by_what_is_selected_is_alone(
    as_: Callable[[Viewer], Client], chat: Chat, insert: Insert
) -> None:
    query = """subscription($id: ID!) { chatEvents(sessionId: $id) {
      ... on ChatLogEntry { session { assignedAgent { user { email } } } } } }"""
    people = [chat.staff, await a_user(insert, "Colleague")]
    begun = [await as_(person(one, roles={chat.business: "STAFF"})).follow(query, id=chat.name) for one in people]
    assert begun[0].group != begun[1].group


async def test_a_plan_is_made_once_for_all(staff: Client, chat: Chat) -> None:
    begun = [await staff.follow(QUERY, id=chat.name, after=after, first=3) for after in (1, 2, 3)]
    prepared = staff.engine.cache.get(QUERY)
    assert prepared is not None
    assert [tree.plans for tree in prepared.plans.values()] == [1]
    assert len({following.group for following in begun}) == 1


async def test_literals_are_part_of_the_document(staff: Client, chat: Chat) -> None:
    def query(after: int) -> str:
        return f'subscription {{ chatEvents(sessionId: "{chat.name}", after: {after}) {{ __typename }} }}'

    one, other = [await staff.follow(query(after)) for after in (1, 2)]
    assert (one.after, other.after) == (1, 2)
    assert one.group != other.group


async def test_a_subscription_is_another_operation_each_time_it_is_begun(staff: Client, chat: Chat) -> None:
    operation = Operation(QUERY, {"id": chat.name}, viewer=staff.viewer)
    one, other = [await staff.engine.subscribe(operation) for _ in range(2)]
    assert isinstance(one, Following) and isinstance(other, Following)
    assert one is not other
    assert one.group == other.group
