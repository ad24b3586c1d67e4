"""How long the engine thinks, without a database: `python -m bench.planning` prints it as JSON.

It is a process of its own, so that its time and memory at the beginning are those of the imports and of the schema.
"""

import gc
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from typing import NoReturn
from uuid import UUID

import orjson
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from graph.access.viewers import person
from graph.engine.answer import Engine, Operation
from graph.schema import build

FIELDS = 50
DOCUMENTS, FIRST = 200, 20
"""Documents that are measured, and those before, in which caches of libraries are filled."""
DEPTH = 3
FEWEST = 4
"""Fields that a relation comes with at least, itself one of them."""
SEED = 20
VIEWER = person(UUID(int=1), roles={UUID(int=2): "STAFF"})
"""Whom nearly every policy concerns."""
NODES = "nodes"


def main() -> None:
    """Build the schema, plan documents, and print what it took."""
    schema = build()
    figures = {
        "build_s": round(time.process_time(), 2),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    gc.collect()
    gc.freeze()  # as the server does
    new, found = _plannings(Engine(schema, schema.derived.graph, schema.derived.access, _nowhere))
    figures["new_ms"] = round(statistics.median(new[FIRST:]), 3)
    figures["found_ms"] = round(statistics.median(found[FIRST:]), 4)
    sys.stdout.buffer.write(orjson.dumps(figures))


def _nowhere() -> NoReturn:
    raise AssertionError("Planning needs no database.")


def _plannings(engine: Engine) -> tuple[list[float], list[float]]:
    """Milliseconds of each document's first planning, to its SQL, and of its second, in which the plan is found."""
    times: tuple[list[float], list[float]] = [], []
    for document in documents(engine.schema.core):
        asked = engine.asked(Operation(document, viewer=VIEWER))
        for found in times:
            begun = time.process_time_ns()
            engine.plan(asked)
            found.append((time.process_time_ns() - begun) / 1e6)
    return times


def documents(schema: GraphQLSchema) -> Iterator[str]:
    """Documents of FIELDS fields each, over relations up to DEPTH deep; always the same."""
    assert schema.query_type
    dice, made = random.Random(SEED), 0
    roots = {name: node for name, field in schema.query_type.fields.items() if (node := _node(field))}
    while made < FIRST + DOCUMENTS:
        name = dice.choice(sorted(roots))
        selection, fields = _selection(dice, roots[name], FIELDS, DEPTH)
        if fields == FIELDS:
            made += 1
            order = dice.choice(_orders(schema.query_type.fields[name]))
            arguments = f"first: {dice.randint(1, 20)}, orderBy: [{{{order}: DESC}}]"
            yield f"{{ {name}({arguments}) {{ nodes {{ {selection} }} }} }}"


def _node(field: GraphQLField) -> GraphQLObjectType | None:
    """The type of the rows of a connection that can be ordered; None for other fields."""
    connection = get_named_type(field.type)
    if not isinstance(connection, GraphQLObjectType) or NODES not in connection.fields or "orderBy" not in field.args:
        return None
    node = get_named_type(connection.fields[NODES].type)
    return node if isinstance(node, GraphQLObjectType) else None


def _orders(field: GraphQLField) -> list[str]:
    """The columns that a connection can be ordered by."""
    order = get_named_type(field.args["orderBy"].type)
    assert isinstance(order, GraphQLInputObjectType)
    return [name for name, each in order.fields.items() if is_leaf_type(get_named_type(each.type))]


def _selection(dice: random.Random, type_: GraphQLObjectType, count: int, depth: int) -> tuple[str, int]:
    """`count` fields of `type_` and of what it leads to, about half of them its own; and how many are found."""
    columns = [name for name, field in type_.fields.items() if is_leaf_type(get_named_type(field.type))]
    parts, fields, related = [], 0, list(_related(type_)) if depth else []
    theirs = max(count // 2, count - len(columns))
    dice.shuffle(related)
    while related and theirs - fields >= FEWEST:
        name, target, many = related.pop()
        inner, found = _selection(dice, target, max(FEWEST, (theirs - fields) // 2) - 1, depth - 1)
        parts.append(f"{name}(first: 5) {{ nodes {{ {inner} }} }}" if many else f"{name} {{ {inner} }}")
        fields += 1 + found
    own = dice.sample(columns, min(len(columns), count - fields))
    return " ".join([*own, *parts]), len(own) + fields


def _related(type_: GraphQLObjectType) -> Iterator[tuple[str, GraphQLObjectType, bool]]:
    """The relations of `type_` that need no argument, with where they lead and whether to many."""
    for name, field in type_.fields.items():
        named = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if node := _node(field):
            yield name, node, True
        elif isinstance(named, GraphQLObjectType) and "id" in named.fields:
            yield name, named, False


if __name__ == "__main__":
    main()
