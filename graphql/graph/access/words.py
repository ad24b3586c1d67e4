"""The words that the tables of access are written in: who may read, and who may write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, and_

from graph.access.policy import Member, Nobody, Own, Policy, Public, Shop, Test, With
from graph.engine.access import Verb
from graph.engine.model.ids import camel
from graph.engine.model.json_text import literal

ADMINS = Nobody()
VIEWER, STAFF, MANAGER, OWNER = Member("VIEWER"), Member("STAFF"), Member("MANAGER"), Member("OWNER")
CUSTOMERS = Shop()

own, within = Own, With


def public(**values: Any) -> Policy:
    """Everybody, where columns have these values: one, one of several, or none."""
    words = " and ".join(_words(name, value) for name, value in values.items())
    return Public(_test(values) if values else None, f"if {words}" if words else "")


def _test(values: Mapping[str, Any]) -> Test:
    def test(row: FromClause) -> Any:
        return and_(*(_is(row.c[name], value) for name, value in values.items()))

    return test


def _is(column: Any, value: Any) -> Any:
    # Literals, not parameters: the planner knows how many rows have the value, and may use a partial index.
    if isinstance(value, tuple):
        return column.in_([literal(one) for one in value])
    return column.is_(value) if value is None or isinstance(value, bool) else column == literal(value)


def _words(name: str, value: Any) -> str:
    said = " or ".join(map(str, value)) if isinstance(value, tuple) else value
    spoken = name.removeprefix("is_").replace("_", " ")
    if isinstance(value, bool):
        return f"it is {'' if value else 'not '}{spoken}"
    return f"it has no {spoken}" if value is None else f"its {spoken} is {said}"


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read the rows of an entity, and of those rows the values that not all of them may read."""

    rows: Policy
    values: Mapping[str, Policy]


def readers(rows: Policy, *more: tuple[str, Policy], **values: Policy) -> Readers:
    """The line of an entity: its rows, then values one by one or several at once (`of("a b c", policy)`)."""
    together = {name: policy for names, policy in more for name in names.split()}
    return Readers(rows, together | values)


def of(names: str, policy: Policy) -> tuple[str, Policy]:
    """Several columns that the same people may read."""
    return names, policy


def linked(key: str, policy: Policy) -> Policy:
    """Where `key` is null, or leads by the relation of its name to a row for which the policy holds."""
    return public(**{key: None}) | within(camel(key.removesuffix("_id")), policy)


@dataclass(frozen=True, slots=True)
class Writers:
    """Who may write the rows of an entity by themselves, outside of a workflow, and what of them nobody may.

    A verb without a policy is not there at all, not even for administrators.
    """

    verbs: Mapping[Verb, Policy]
    kept: frozenset[str] = frozenset()
    """Columns that a workflow, a trigger or the worker keeps."""
    once: frozenset[str] = frozenset()
    """Columns that are given when the row is made, and never changed."""


class _Same:
    """What `writers` takes for a verb of which nothing is said."""


_SAME = _Same()


def writers(
    create: Policy | None,
    update: Policy | _Same | None = _SAME,
    delete: Policy | _Same | None = _SAME,
    *,
    kept: str = "",
    once: str = "",
) -> Writers:
    """The line of an entity: who creates, updates and deletes its rows; who is not said is who creates them.

    A policy holds for the row as it is and as it will be. A key needs a scope that ends in :write, or none of the two.
    The tenant (`business_id`) and what a policy names as its owner are given once without being listed.
    """
    said: dict[Verb, Policy | _Same | None] = {"create": create, "update": update, "delete": delete}
    policies = {verb: create if isinstance(policy, _Same) else policy for verb, policy in said.items()}
    verbs = {verb: policy for verb, policy in policies.items() if policy is not None}
    return Writers(verbs, frozenset(kept.split()), frozenset(once.split()))
