"""The schema over the whole model, and fields that are no columns of a table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from graph.engine.model.ids import camel
from graph.engine.schema.schema import Schema
from graph.engine.schema.types import SUFFIXES
from models import Base
from tests.api import Api, Insert, a_business, a_job, a_user, an_agent

Structured = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType
VIEWS = {"JobAnalytics", "UserStats", "MetricDay", "OrderDay", "AnalyticsEventDay"}


def ours(schema: GraphQLSchema) -> list[Any]:
    """All types but GraphQL's own."""
    return [type_ for name, type_ in schema.type_map.items() if not name.startswith("__")]


def test_every_entity_is_a_type_that_query_leads_to(schema: Schema) -> None:
    core = schema.core
    assert core.query_type is not None
    led_to = {get_named_type(field.type).name.removesuffix("Connection") for field in core.query_type.fields.values()}
    entities = {mapper.class_.__name__ for mapper in Base.registry.mappers}
    assert len(entities) == 205
    assert entities <= led_to
    nodes = {type_.name for type_ in core.get_possible_types(core.type_map["Node"])}  # type: ignore[arg-type]
    assert nodes == entities - VIEWS


def test_every_type_field_and_argument_is_described(schema: Schema) -> None:
    silent = [type_.name for type_ in ours(schema.core) if not type_.description]
    for type_ in ours(schema.core):
        if isinstance(type_, Structured):
            silent += [f"{type_.name}.{name}" for name, field in type_.fields.items() if not field.description]
        if isinstance(type_, GraphQLObjectType):
            arguments = [(field, name, arg) for field, f in type_.fields.items() for name, arg in f.args.items()]
            silent += [f"{type_.name}.{field}({name})" for field, name, arg in arguments if not arg.description]
    assert silent == []


def test_what_is_secret_has_no_field_filter_or_order(schema: Schema) -> None:
    secrets = [
        (mapper.class_.__name__, camel(column.name))
        for mapper in Base.registry.mappers
        for column in mapper.local_table.columns
        if column.info.get("secret")
    ]
    assert ("User", "passwordHash") in secrets
    for entity, name in secrets:
        for type_ in (entity, f"{entity}Filter", f"{entity}OrderBy"):
            assert name not in schema.core.type_map[type_].fields, f"{type_}.{name}"  # type: ignore[attr-defined]
    hashes = [name for _, name in secrets if "Hash" in name]
    assert len(hashes) >= 3


def test_no_entity_and_no_enumeration_clashes_with_a_derived_type(schema: Schema) -> None:
    entities = {mapper.class_.__name__ for mapper in Base.registry.mappers}
    enums = {type_.name for type_ in ours(schema.core) if isinstance(type_, GraphQLEnumType)}
    derived = {f"{entity}{suffix}" for entity in entities for suffix in SUFFIXES}
    assert not derived & entities
    assert not derived & enums


async def test_a_count_over_other_rows_can_be_selected_filtered_and_ordered_by(
    api: Api, insert: Insert, connection: Any
) -> None:
    business = await a_business(insert)
    quiet, busy = await an_agent(insert, business, "quiet"), await an_agent(insert, business, "busy")
    for place in range(2):
        await insert("agents.conversations", agent_id=busy, session_id=f"s{place}")
    query = """{
      agents(orderBy: [{totalConversations: DESC}], first: 1) {
        nodes { slug totalConversations } pageInfo { endCursor }
      }
      idle: agents(filter: {totalConversations: {eq: 0}}) { nodes { id } totalCount }
    }"""
    data = await api.data(query)
    assert data["agents"]["nodes"] == [{"slug": "busy", "totalConversations": "2"}]
    assert data["idle"] == {"nodes": [{"id": f"agent_{quiet}"}], "totalCount": 1}
    assert api.query_count == 1
    cursor = data["agents"]["pageInfo"]["endCursor"]
    query = "query($c: String) { agents(orderBy: [{totalConversations: DESC}], after: $c) { nodes { slug } } }"
    assert (await api.data(query, c=cursor))["agents"]["nodes"] == [{"slug": "quiet"}]


async def test_a_view_is_read_by_its_own_key(api: Api, insert: Insert) -> None:
    ada = await a_user(insert, "Ada")
    business = await a_business(insert)
    await a_job(insert, ada, "one", budget=Decimal(100), status="OPEN", business_id=business)
    await a_job(insert, ada, "two", budget=Decimal(300), business_id=business)
    await a_job(insert, ada, "private", budget=Decimal(5))
    query = """query($user: ID!) {
      userStatsByUser(userId: $user) { postedCount totalEarned user { firstName } }
      jobAnalytics(orderBy: [{postedCount: DESC}]) {
        totalCount nodes { postedCount openCount averageBudget business { slug } }
      }
      users { nodes { stats { postedCount } } }
    }"""
    data = await api.data(query, user=f"user_{ada}")
    assert data["userStatsByUser"] == {"postedCount": "3", "totalEarned": "0.00", "user": {"firstName": "Ada"}}
    assert data["users"]["nodes"] == [{"stats": {"postedCount": "3"}}]
    assert data["jobAnalytics"] == {
        "totalCount": 2,
        "nodes": [
            {"postedCount": "2", "openCount": "1", "averageBudget": "200.00", "business": {"slug": "shop"}},
            {"postedCount": "1", "openCount": "0", "averageBudget": "5.00", "business": None},
        ],
    }


@pytest.mark.parametrize("arguments", ["first: 1", "first: 1, orderBy: [{postedCount: ASC}]"])
async def test_a_view_has_pages(api: Api, insert: Insert, arguments: str) -> None:
    ada = await a_user(insert, "Ada")
    for currency in ("EUR", "USD", "NZD"):
        await a_job(insert, ada, currency, currency=currency)
    seen, cursor = [], None
    query = (
        f"query($c: String) {{ jobAnalytics({arguments}, after: $c) "
        "{ nodes { currency } pageInfo { hasNextPage hasPreviousPage endCursor } } }"
    )
    for _ in range(3):
        page = (await api.data(query, c=cursor))["jobAnalytics"]
        seen += [node["currency"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is (len(seen) < 3)
        assert page["pageInfo"]["hasPreviousPage"] is (len(seen) > 1)
    assert sorted(seen) == ["EUR", "NZD", "USD"]


async def test_a_view_has_no_global_id(api: Api) -> None:
    error = await api.error('{ node(id: "user_stats_019a0000-0000-7000-8000-000000000000") { id } }')
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_who_made_a_row_is_a_person(api: Api, insert: Insert) -> None:
    ada = await a_user(insert, "Ada")
    await a_user(insert, "Bob", created_by_id=ada)
    data = await api.data(
        '{ users(filter: {firstName: {eq: "Bob"}}) { nodes { createdBy { firstName } updatedBy { id } } } }'
    )
    assert data["users"]["nodes"] == [{"createdBy": {"firstName": "Ada"}, "updatedBy": None}]


async def test_an_address_and_a_reference_of_any_kind_read_and_filter(api: Api, insert: Insert) -> None:
    ada = await a_user(insert, "Ada")
    await insert("identity.security_events", user_id=ada, type="LOGIN", severity="LOW", ip_address="192.0.2.1")
    query = "query($a: IpAddress) { securityEvents(filter: {ipAddress: {eq: $a}}) { nodes { ipAddress } } }"
    assert (await api.data(query, a="192.0.2.1"))["securityEvents"]["nodes"] == [{"ipAddress": "192.0.2.1"}]
    assert (await api.error(query, a="nowhere"))["extensions"]["code"] == "BAD_USER_INPUT"
