"""What policies become in SQL: as little as the viewer and the way to the row allow."""

from uuid import UUID

import pytest

from graph.access import viewers
from graph.access.policies import Policies
from graph.access.policy import Member
from graph.access.tables import READERS
from graph.access.words import ADMINS, OWNER, VIEWER, own, public, readers, within
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from graph.engine.answer import Operation
from graph.engine.model.entities import Graph
from graph.engine.schema.schema import Schema
from graph.engine.sql.fragments import Frozen
from tests.api import Api

SHOP = UUID(int=1)
STAFF = viewers.person(UUID(int=2), roles={SHOP: "STAFF"})
CUSTOMER = viewers.person(UUID(int=3), roles={}, customers=[UUID(int=4)], shops=[SHOP])


@pytest.fixture
def graph(guarded: Schema) -> Graph:
    """What there is."""
    return guarded.derived.graph


def statement(api: Api, query: str, viewer: Viewer) -> str:
    """The SQL of an operation."""
    planned = api.engine.plan(api.engine.asked(Operation(query, viewer=viewer)))
    assert planned.statement
    return planned.statement.text


def said(graph: Graph, entity: str, viewer: Viewer) -> str | None:
    """The condition on rows of an entity; None if there is none."""
    rule = Policies(graph).predicate(graph[entity], viewer)
    assert rule is None or isinstance(rule, Frozen)
    return rule.text("t") if rule else None


def test_what_no_line_names_is_read_by_administrators_only(graph: Graph) -> None:
    policies = Policies(graph, {})
    for viewer in (ANONYMOUS, CUSTOMER, STAFF, viewers.key(SHOP, ["*"])):
        rule = policies.predicate(graph["Order"], viewer)
        assert isinstance(rule, Frozen) and rule.text("t") == "false"
    assert policies.predicate(graph["Order"], ADMIN) is None


def test_a_kind_of_viewer_is_asked_only_what_may_be_so(graph: Graph) -> None:
    assert said(graph, "Order", ANONYMOUS) == "false"
    assert said(graph, "Order", CUSTOMER) == "t.customer_id = ANY (\x01viewer_customers\x01::UUID[])"
    assert said(graph, "Order", viewers.key(SHOP, ["orders:read"])) == "t.business_id = \x01viewer_business\x01::UUID"
    assert said(graph, "Order", viewers.key(SHOP, ["products:read"])) == "false"
    assert said(graph, "Order", ADMIN) is None
    assert said(graph, "Product", ANONYMOUS) == "t.status = 'ACTIVE' AND t.deleted_at IS NULL"


@pytest.mark.parametrize(
    ("scopes", "sees"),
    [(["*"], True), (["orders:write"], True), (["sales:read"], True), (["order:read"], False), ([], False)],
)
def test_a_key_reads_what_a_scope_names(graph: Graph, scopes: list[str], sees: bool) -> None:
    assert (said(graph, "Order", viewers.key(SHOP, scopes)) != "false") is sees


def test_no_key_is_an_owner(graph: Graph) -> None:
    assert said(graph, "AuditLog", viewers.key(SHOP, ["*"])) == "false"


def test_what_a_row_before_it_implies_is_not_asked_again(connection: object, guarded: Schema) -> None:
    api = Api(connection, guarded)  # type: ignore[arg-type]
    alone = statement(api, "{ orderItems { nodes { quantity order { status } } } }", STAFF)
    beneath = statement(api, "{ orders { nodes { items { nodes { quantity order { status } } } } } }", STAFF)
    assert alone.count("EXISTS") == 1 and beneath.count("EXISTS") == 0
    assert alone.count("ANY") == beneath.count("ANY") == 2


def test_a_policy_through_another_row_reads_that_row_alone(graph: Graph) -> None:
    text = said(graph, "CustomerInteraction", STAFF)
    assert text == (
        "EXISTS (SELECT 1 \nFROM customers.customers AS t_ \n"
        "WHERE t_.id = t.customer_id AND t_.business_id = ANY (\x01viewer_staff\x01::UUID[]))"
    )


def test_texts_that_a_search_shows_are_for_everybody_who_sees_the_row(graph: Graph) -> None:
    shown = {entity.name: set(entity.text.texts) for entity in graph if entity.text}
    assert {name: texts & set(READERS[name].values) for name, texts in shown.items()} == {key: set() for key in shown}


def test_a_restricted_field_may_be_null_and_says_who_reads_it(guarded: Schema) -> None:
    field = guarded.core.type_map["Product"].fields["cost"]  # type: ignore[attr-defined]
    assert field.description.endswith("Read by: managers of its business.")
    email = guarded.core.type_map["User"].fields["email"]  # type: ignore[attr-defined]
    assert str(email.type) == "String" and email.description.endswith("Read by: whom it is about.")


def test_policies_are_said_in_words(graph: Graph) -> None:
    order = graph["Order"]
    line = readers(
        public(status=("NEW", "PAID"), is_tax_included=True, deleted_at=None) | own("customer_id") | VIEWER,
        cost=within("customer", OWNER),
        notes=ADMINS,
        name=Member("STAFF", "id") & public(),
    )
    assert line.rows.words(order) == (
        "everybody if its status is NEW or PAID and it is tax included and it has no deleted at; its customer; "
        "members of its business"
    )
    assert {name: policy.words(order) for name, policy in line.values.items()} == {
        "cost": "of its customer: owners of its business",
        "notes": "administrators",
        "name": "staff of it, if also everybody",
    }


def test_what_depends_on_the_row_before_is_read_of_it_where_it_is_at_hand(connection: object, guarded: Schema) -> None:
    api = Api(connection, guarded)  # type: ignore[arg-type]
    alone = statement(api, "{ applications { nodes { id } } }", STAFF)
    inner = "applications { totalCount nodes { id } } escrow { amount }"
    beneath = statement(api, f'{{ job(id: "job_{SHOP}") {{ {inner} }} }}', STAFF)
    assert alone.count("EXISTS") == 1
    assert beneath.count("EXISTS") == 1 and "t0.business_id = ANY" in beneath
