"""Who may write rows by themselves: every entity is decided, and no line lets in whom it should not."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Integer

from graph.access import viewers
from graph.access.policies import Policies
from graph.access.policy import About, Member, Nobody, Own, Policy, With
from graph.access.tables import NOT_WRITTEN, READERS, WRITERS
from graph.access.words import OWNER
from graph.engine.access import Viewer
from graph.engine.model.entities import Graph
from graph.engine.schema.schema import Schema
from graph.engine.sql.fragments import Frozen
from tests.access.written import HEADING, asked, needed, parts, section

STAMPS = {"id", "created_at", "updated_at", "deleted_at", "created_by_id", "updated_by_id"}
"""What no client writes in any row: the database and the mutations themselves do."""

PEOPLE = {
    "Address": "their own customer's",
    "CustomerPreference": "their own customer's",
    "Job": "what they offer themselves",
    "Membership": "they leave",
    "Notification": "they read what is for them",
    "ProductReview": "their own opinion",
    "User": "their own profile",
}
"""What people write who are member of no business, and why they may."""

NO_TENANT = {
    "Notification": "is for one person, in whatever name",
    "ProductReview": "is one person's",
}
"""Lines of which a policy asks for no member, and why."""

TAKEN_DOWN = {"ProductReview"}
"""What others may take away than those who may change it."""

TAKEN_ALONG = {
    ("Ad", "AdDailyStat"): "a draft has none",
    ("AdCampaign", "AdDailyStat"): "a draft has none",
    ("AdCampaign", "AdGroup"): "nobody saw those of a draft",
    ("DomainComponent", "HealthCheck"): "looks at what is no more",
    ("DomainComponent", "SystemMetric"): "measures what is no more",
    ("MarketplaceAccount", "MarketplaceDailyStat"): "what was never connected has none",
    ("MarketplaceAccount", "MarketplaceSyncLog"): "what was never connected has none",
    ("MarketplaceListing", "MarketplaceInventorySync"): "a draft has none",
    ("MetricDefinition", "Correlation"): "is computed from its values",
    ("Offer", "OfferDailyStat"): "what has not begun has none",
    ("Site", "ChatDailyStat"): "what was not visited yet has none",
    ("Webhook", "WebhookDelivery"): "what happened stays in the event log",
    ("Workflow", "WorkflowExecution"): "owners know what they do",
}
"""What goes with the row it belongs to though nobody, or fewer people, may delete it alone, and why."""


KINDS = ("", "*", "*:write", "*:read")
"""The scopes of keys that ask."""


@pytest.fixture(scope="session")
def graph(schema: Schema) -> Graph:
    """What there is."""
    return schema.derived.graph


def kinds() -> list[str]:
    """The kinds of viewers whom policies are asked about."""
    people = (viewers.ANONYMOUS, viewers.VISITOR, viewers.USER, viewers.MEMBER)
    return [*people, *(f"{viewers.KEY} {scopes}".strip() for scopes in KINDS)]


def lines() -> list[tuple[str, Policy]]:
    """Every policy with the entity whose rows it lets write."""
    return [(name, policy) for name, line in WRITERS.items() for policy in line.verbs.values()]


def truth(graph: Graph, name: str, policy: Policy, kind: str) -> str:
    """The condition of a policy as SQL, for whom wants to write."""
    entity = graph[name]
    found = policy.truth(About(graph, Policies(graph).rows, Viewer(kind), entity, writing=True))
    return str(found).lower() if isinstance(found, bool) else Frozen(found, entity.table).text("t")


def whose(graph: Graph, kind: str) -> set[str]:
    """The entities of which such a viewer may write some rows."""
    return {name for name, policy in lines() if truth(graph, name, policy, kind) != "false"}


def stored(graph: Graph, name: str) -> set[str]:
    """The columns with a field that are neither computed nor written by what every mutation does."""
    table = graph[name].table
    counted = (
        {"version"} if "version" in table.columns and isinstance(table.columns["version"].type, Integer) else set()
    )
    computed = {column.key for column in table.columns if column.computed is not None}
    fields: set[str] = {column.key for column in graph[name].columns.values() if column.expression is None}
    return fields - computed - counted - STAMPS


def writable(graph: Graph, name: str) -> set[str]:
    """The columns that a client may give a value, when the row is made or later."""
    return stored(graph, name) - WRITERS[name].kept


def test_every_entity_has_a_line_or_a_reason_for_none() -> None:
    assert set(WRITERS) | set(NOT_WRITTEN) == set(READERS)
    assert not set(WRITERS) & set(NOT_WRITTEN)
    assert all(NOT_WRITTEN.values()) and all(line.verbs for line in WRITERS.values())


def test_nobody_writes_views_and_firehose_tables(graph: Graph) -> None:
    assert [name for name in WRITERS if "id" not in graph[name].table.columns or graph[name].time] == []


def test_a_line_names_columns_that_are_there_and_none_twice(graph: Graph) -> None:
    strange = {name: (line.kept | line.once) - stored(graph, name) for name, line in WRITERS.items()}
    assert {name: keys for name, keys in strange.items() if keys} == {}
    assert [name for name, line in WRITERS.items() if line.kept & line.once] == []


def test_who_may_change_a_row_can_change_something(graph: Graph) -> None:
    idle = [name for name, line in WRITERS.items() if "update" in line.verbs and not writable(graph, name) - line.once]
    assert set(idle) <= {"CategoryProduct"}


def test_every_policy_can_be_asked_about_every_kind_of_viewer(graph: Graph) -> None:
    told = {(name, truth(graph, name, policy, kind)) for name, policy in lines() for kind in kinds()}
    assert [name for name, condition in told if condition == "true"] == []


@pytest.mark.parametrize("kind", [viewers.ANONYMOUS, viewers.VISITOR, viewers.KEY, f"{viewers.KEY} *:read"])
def test_strangers_visitors_and_keys_that_only_read_write_nothing(graph: Graph, kind: str) -> None:
    assert whose(graph, kind) == set()


def test_who_is_member_of_no_business_writes_only_what_is_their_own(graph: Graph) -> None:
    assert whose(graph, viewers.USER) == set(PEOPLE)
    named = {name for name, policy in lines() if any(isinstance(part, Own) for part in parts(policy))}
    assert named == set(PEOPLE)


def test_no_key_writes_what_is_for_owners_and_people(graph: Graph) -> None:
    mine = {"Business", "Membership", "Notification", "PaymentGateway", "User"}
    assert mine & whose(graph, f"{viewers.KEY} *") == set()


def test_every_policy_asks_for_staff_at_least() -> None:
    assert [name for name, policy in lines() if asked(policy) < asked(Member("STAFF"))] == []


def test_to_delete_takes_no_less_than_to_change() -> None:
    both = {name: line.verbs for name, line in WRITERS.items() if {"update", "delete"} <= set(line.verbs)}
    easier = {name for name, verbs in both.items() if asked(verbs["delete"]) < asked(verbs["update"])}
    assert easier == TAKEN_DOWN


def test_who_deletes_a_row_takes_along_nothing_that_was_not_theirs_to_delete(graph: Graph) -> None:
    found = {
        (parent, entity.name)
        for entity in graph
        for key in entity.table.foreign_keys
        for parent in WRITERS
        if key.ondelete == "CASCADE"
        and key.column.table is graph[parent].table
        and _outlives(graph, parent, entity.name)
    }
    assert found == set(TAKEN_ALONG)


def _outlives(graph: Graph, parent: str, child: str) -> bool:
    """Whether rows of `child` may be deleted by fewer people than those above them, which are really deleted."""
    above = WRITERS[parent].verbs.get("delete")
    below = WRITERS[child].verbs.get("delete") if child in WRITERS else None
    if above is None or asked(above) > asked(OWNER) or "deleted_at" in graph[parent].table.columns:
        return False
    return below is None or asked(below) > asked(above)


def test_rows_of_a_business_are_written_by_its_members() -> None:
    loose = {
        name for name, policy in lines() if not any(isinstance(part, Nobody | With | Member) for part in parts(policy))
    }
    assert loose - {"User"} == set(NO_TENANT)


def test_what_triggers_and_the_worker_keep_is_no_clients(graph: Graph) -> None:
    said = {(name, key): graph[name].by_key(key).description for name in WRITERS for key in writable(graph, name)}
    assert [where for where, text in said.items() if "kept by" in text] == []


def test_who_decided_is_not_for_clients_to_say(graph: Graph) -> None:
    signed = {(name, key) for name in WRITERS for key in writable(graph, name) if key.endswith("_by_id")}
    assert signed == {("Endpoint", "replaced_by_id")}


def test_who_makes_a_row_can_give_all_that_it_needs(graph: Graph) -> None:
    for name, policy in ((name, line.verbs["create"]) for name, line in WRITERS.items() if "create" in line.verbs):
        stored_here = [column for column in graph[name].table.columns if column.computed is None]
        needs = {column.key for column in stored_here if not column.nullable and column.server_default is None}
        assert needs <= writable(graph, name), name
        few = {key: asked(READERS[name].values[key]) for key in needs & set(READERS[name].values)}
        assert max([*few.values(), asked(policy)]) == asked(policy), f"{name}: {few}"


def test_a_row_does_not_move_to_another_parent(graph: Graph) -> None:
    moving = {
        (name, graph[name].relations[part.relation].local)
        for name, line in WRITERS.items()
        for part in (needed(line.verbs["update"]) if "update" in line.verbs else ())
        if isinstance(part, With) and graph[name].relations[part.relation].local not in line.once | line.kept
    }
    assert moving == set()


def test_the_documentation_says_what_the_lines_say() -> None:
    text = Path("docs/access.md").read_text().partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    same = re.sub(r"\s+", " ", text).strip().endswith(re.sub(r"\s+", " ", section()))
    assert same, f"After its list, {HEADING!r} has to go on:\n\n{section()}"
