"""What is no subscription that can be followed is refused before anything is read."""

from collections.abc import Callable

import orjson
import pytest

from graph.engine.access import Viewer
from graph.engine.answer import Answer, Operation
from graph.engine.asking.documents import Documents, hash_of
from graph.engine.asking.limits import Limits, by_kind
from graph.engine.costs.charging import Rate, RateLimited, Uses
from graph.engine.running.feeds import Following
from graph.engine.schema.schema import Schema
from tests.api import Api
from tests.engine.feeds.chats import Chat, Client

ID = "chat_session_019a0000-0000-7000-8000-000000000000"
ONE = f'chatEvents(sessionId: "{ID}") {{ ... on ChatLogEntry {{ seq }} }}'


def chat_of(inner: str) -> str:
    """A subscription that selects `inner` of every entry."""
    return f'subscription {{ chatEvents(sessionId: "{ID}") {{ ... on ChatLogEntry {{ {inner} }} }} }}'


def deep(levels: int) -> str:
    """A chat within a chat, and so on."""
    inner = "id"
    for _ in range(levels):
        inner = f"session {{ events(first: 1) {{ nodes {{ {inner} }} }} }}"
    return inner


INVALID = [
    (f"subscription {{ {ONE} other: {ONE} }}", "must select only one top level field"),
    (f"subscription {{ {ONE} ...More }} fragment More on Subscription {{ b: {ONE} }}", "only one top level field"),
    (f"subscription {{ {ONE} ... {{ ... on Subscription {{ b: {ONE} }} }} }}", "only one top level field"),
    ("subscription { __typename }", "must not select an introspection"),
    ("subscription { __schema { __typename } }", "must not select an introspection"),
    (f"subscription {{ {ONE.replace(') {', ') @skip(if: false) {', 1)} }}", "must not use `@skip` or `@include`"),
    (f"subscription($on: Boolean!) {{ ... @include(if: $on) {{ {ONE} }} }}", "must not use `@skip` or `@include`"),
    ("subscription { chatEvents { __typename } }", "sessionId:)' of type 'ID!' is required"),
    (f'subscription {{ chatEvents(sessionId: "{ID}") {{ seq }} }}', "Cannot query field 'seq' on type 'ChatUpdate'"),
    (f'subscription {{ chatEvents(sessionId: "{ID}") }}', "must have a selection of subfields"),
    ("subscription { chats { id } }", "Cannot query field 'chats' on type 'Subscription'"),
    (chat_of("message { content }"), "Cannot query field 'message' on type 'ChatLogEntry'"),
    ("subscription { ", "Syntax Error"),
    ("{ version }", "no subscription"),
    ("mutation { __typename }", "no subscription"),
]


@pytest.mark.parametrize(("query", "why"), INVALID)
async def test_what_is_not_valid_is_refused(staff: Client, query: str, why: str) -> None:
    error = await staff.refusal(query, on=True)
    assert why in error["message"].replace('"', "'")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ('sessionId: "job_019a0000-0000-7000-8000-000000000000"', "is not the ID of a chat_session"),
        ('sessionId: "chat_session_1"', "is not the ID of a chat_session"),
        (f'sessionId: "{ID}", after: -1', "must not be below 0"),
    ],
)
async def test_arguments_that_name_nothing_are_refused(staff: Client, arguments: str, why: str) -> None:
    error = await staff.refusal(f"subscription {{ chatEvents({arguments}) {{ __typename }} }}")
    assert why in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["argument"].startswith("chatEvents.")


async def test_variables_that_do_not_fit_are_refused(staff: Client) -> None:
    query = "subscription($id: ID!, $after: Int) { chatEvents(sessionId: $id, after: $after) { __typename } }"
    assert (await staff.refusal(query))["extensions"]["code"] == "BAD_USER_INPUT"
    assert (await staff.refusal(query, id=ID, after="one"))["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("limit", "query"),
    [
        ("depth", chat_of(deep(6))),
        ("aliases", chat_of(" ".join(f"a{number}: seq" for number in range(31)))),
        (
            "selections",
            chat_of("...F " * 60) + f" fragment F on ChatLogEntry {{ {'seq ' * 99} }}",
        ),
        ("spreads", chat_of("... { seq } " * 101)),
        ("tokens", chat_of("seq " * 2_000)),
        ("bytes", chat_of("seq") + "#" + "x" * 262_144),
    ],
)
async def test_what_is_too_much_is_refused_by_name(staff: Client, limit: str, query: str) -> None:
    error = await staff.refusal(query)
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("TOO_COMPLEX", limit)


async def test_a_visitor_may_ask_for_less(as_: Callable[[Viewer], Client], staff: Client, chat: Chat) -> None:
    visiting = as_(chat.as_visitor)
    for client in (visiting, staff):
        client.engine.limits_of = by_kind
    query = chat_of(deep(4))
    assert (await visiting.refusal(query))["extensions"]["limit"] == "depth"
    await staff.follow(query)


async def test_what_costs_too_much_is_refused_with_the_place(staff: Client) -> None:
    staff.engine.limits_of = lambda viewer: Limits(cost=500)
    inner = "events(first: 100) { nodes { payload } }"
    error = await staff.refusal(chat_of(f"session {{ messages(first: 100) {{ nodes {{ session {{ {inner} }} }} }} }}"))
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert error["extensions"]["limit"] == "cost"
    assert error["extensions"]["path"].startswith("chatEvents.session")


async def test_a_subscription_is_not_answered(api: Api) -> None:
    for query in (f"subscription {{ {ONE} }}", f"query Q {{ version }} subscription S {{ {ONE} }}"):
        answer = await api.engine.answer(Operation(query, name="S" if "query" in query else None))
        (error,) = orjson.loads(answer.body)["errors"]
        assert answer.refused
        assert "WebSocket" in error["message"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert api.query_count == 0


async def test_strawberry_is_told_the_same(schema: Schema, api: Api) -> None:
    result = await schema.execute(f"subscription {{ {ONE} }}")
    assert result.errors is not None
    assert "WebSocket" in result.errors[0].message
    results = [one async for one in await schema.stream(f"subscription {{ {ONE} }}")]
    assert ["WebSocket" in one.errors[0].message for one in results] == [True]


async def test_one_door_takes_whatever_comes(staff: Client, chat: Chat) -> None:
    answer = await staff.engine.open(Operation("{ __typename }", viewer=staff.viewer))
    assert answer == Answer(b'{"data":{"__typename":"Query"}}')
    query = "subscription($id: ID!) { chatEvents(sessionId: $id) { __typename } }"
    followed = await staff.engine.open(Operation(query, {"id": chat.name}, viewer=staff.viewer))
    assert isinstance(followed, Following)


async def test_of_several_operations_one_is_begun(staff: Client, chat: Chat) -> None:
    document = f"query Q {{ version }} subscription S {{ {ONE.replace(ID, chat.name)} }}"
    following = await staff.follow(document, name="S")
    assert await staff.entries(following, limit=1) == [{"seq": 1}]
    assert "no subscription" in (await staff.refusal(document, name="Q"))["message"]
    assert "several operations" in (await staff.refusal(document))["message"]


async def test_only_trusted_documents_are_followed_where_no_others_are(staff: Client, chat: Chat) -> None:
    trusted = "subscription($id: ID!) { chatEvents(sessionId: $id) { ... on ChatLogEntry { seq } } }"
    staff.engine.documents = Documents({hash_of(trusted): trusted}, only=True)
    assert (await staff.refusal(f"subscription {{ {ONE} }}"))["extensions"]["code"] == "FORBIDDEN"
    operation = Operation("", {"id": chat.name}, viewer=staff.viewer, sha256=hash_of(trusted))
    following = await staff.engine.subscribe(operation)
    assert isinstance(following, Following)
    assert (await staff.entries(following, limit=1)) == [{"seq": 1}]
    again = await staff.engine.subscribe(operation._replace(query=trusted))
    assert isinstance(again, Following)
    assert again.group == following.group


async def test_a_document_that_was_followed_is_known_by_its_hash(staff: Client, chat: Chat) -> None:
    query = "subscription($id: ID!) { chatEvents(sessionId: $id) { __typename } }"
    operation = Operation("", {"id": chat.name}, viewer=staff.viewer, sha256=hash_of(query))
    unknown = await staff.engine.subscribe(operation)
    assert isinstance(unknown, Answer) and unknown.code == "PERSISTED_QUERY_NOT_FOUND"
    assert isinstance(await staff.engine.subscribe(operation._replace(query=query)), Following)
    assert isinstance(await staff.engine.subscribe(operation), Following)


class Purse:
    """Has so many units for everybody."""

    def __init__(self, units: int) -> None:
        self.left = units
        self.charged: list[tuple[str, Uses, int]] = []

    async def charge(self, viewer: Viewer, context: object, kind: str, uses: Uses, units: int) -> Rate | None:
        """Take the units, if there are so many."""
        self.charged.append((kind, uses, units))
        if units > self.left:
            raise RateLimited("Too much.", 7, Rate(100, self.left, 7))
        self.left -= units
        return Rate(100, self.left, 7)

    def foresee(self, viewer: Viewer, context: object, units: int) -> None:
        """Nothing is known beforehand."""


async def test_a_subscription_is_charged_once_when_it_is_begun(staff: Client, chat: Chat) -> None:
    purse = Purse(1_000_000)
    staff.engine.meter = purse
    following = await staff.follow(f"subscription {{ {ONE.replace(ID, chat.name)} }}")
    await staff.read(following)
    ((kind, uses, units),) = purse.charged
    assert kind == "subscription"
    assert uses["chatEvents"] == 1
    assert units > 0


async def test_a_subscription_that_nobody_can_pay_is_refused(staff: Client, chat: Chat) -> None:
    staff.engine.meter = Purse(0)
    answer = await staff.engine.subscribe(Operation(f"subscription {{ {ONE.replace(ID, chat.name)} }}"))
    assert isinstance(answer, Answer)
    assert (answer.refused, answer.code, answer.retry_after) == (True, "RATE_LIMITED", 7)
