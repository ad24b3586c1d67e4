"""schema.graphql: the schema as frontends read it, held to the code, and what changed from one to the next."""

from enum import StrEnum
from typing import NamedTuple

from graphql import (
    BreakingChange,
    DangerousChange,
    GraphQLSchema,
    SafeChange,
    build_schema,
    find_schema_changes,
    print_schema,
)

from graph.schema import build


class Weight(StrEnum):
    """What a change means to a client that is there already."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


class Change(NamedTuple):
    """One difference between two schemas, in a sentence that names the type and the field."""

    weight: Weight
    kind: str
    sentence: str


ORDER = Change(Weight.SAFE, "ORDER_CHANGED", "The order of definitions or their layout changed.")


def written() -> str:
    """The schema in GraphQL's own language."""
    return printed(build().core)


def printed(schema: GraphQLSchema) -> str:
    """`schema` in GraphQL's own language."""
    return print_schema(schema) + "\n"


def changes(before: str, after: GraphQLSchema) -> list[Change]:
    """What changed from the schema written in `before`, what breaks clients first; nothing if it is `after`.

    Raises GraphQLError if `before` is no schema. The same text is the same schema: reading it takes seconds, so it is
    read only where it differs.
    """
    if before == printed(after):
        return []
    found = [_change(one) for one in find_schema_changes(build_schema(before, assume_valid=True), after)]
    order = list(Weight)
    return sorted(found, key=lambda change: (order.index(change.weight), change.kind, change.sentence)) or [ORDER]


def _change(found: BreakingChange | DangerousChange | SafeChange) -> Change:
    weights = ((BreakingChange, Weight.BREAKING), (DangerousChange, Weight.DANGEROUS), (SafeChange, Weight.SAFE))
    weight = next(weight for kind, weight in weights if isinstance(found, kind))
    return Change(weight, found.type.name, found.description)
