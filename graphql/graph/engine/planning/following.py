"""Plans of what is followed: the log of one row, and rows one by one. What is read when is no part of them.

Relations are always inlined: an entry is read within a moment of being written, by one statement.
"""

from collections.abc import Hashable, Iterator
from typing import Any

from graphql import print_ast
from sqlalchemy import ARRAY, BigInteger, Integer, Uuid

from graph.engine.asking.operands import Source
from graph.engine.asking.selection import Field
from graph.engine.model.entities import Entity, Relation
from graph.engine.model.feeds import Feed
from graph.engine.planning.plan import Arm, Item, Number, Object, Plan, RootEach, RootFeed, Row, TypeName, TypeNameOf
from graph.engine.planning.planner import Planner, inlined
from graph.engine.planning.terms import Param
from graph.engine.schema.meaning import PartOf, meaning_of

HERE, AFTER, LIMIT, UUIDS = "#here", "#after", "#limit", "#uuids"
"""Where such plans find their values among the variables; no variable of a document can be called so."""


def log_plan(planner: Planner, selected: Field, feed: Feed) -> Plan:
    """The plan of what `selected` selects of the entries of a log."""
    planner.strategy = inlined
    entity, scope = planner.graph[feed.entity], planner.scope
    relation = entity.relations[feed.of]
    of = planner.graph[relation.target]
    row = Row(of, scope.alias(), planner.access.predicate(of, planner.viewer), ())
    rule = planner.access.predicate(entity, planner.viewer, _back(of, relation), beside=True)
    entries = Row(entity, scope.alias(), rule, ())
    root = RootFeed(
        key=selected.key,
        of=row,
        heads=tuple(scope.see(of.by_key(key)) for key in feed.heads),
        epoch=scope.see(of.by_key(feed.epoch)) if feed.epoch else None,
        entries=entries,
        remote=relation.local,
        numbers=tuple(scope.see(entity.by_key(key)) for key in feed.numbers),
        type_key=entity.columns["type"].key,
        arms=tuple(_arms(planner, selected, feed)),
        here=scope.param(Source(HERE), _same, Uuid()),
        after=scope.param(Source(AFTER), _same, BigInteger()),
        limit=scope.param(Source(LIMIT), _same, Integer()),
    )
    return _plan(planner, root)


def _back(of: Entity, relation: Relation) -> Relation:
    """The relation from the row to its entries."""
    back = (one for one in of.relations.values() if one.target == relation.entity and one.remote == relation.local)
    return next(one for one in back if one.direct)


def _arms(planner: Planner, selected: Field, feed: Feed) -> Iterator[Arm]:
    """What is selected of the entries of each kind; kinds of which the same is selected are one arm."""
    alike: dict[Hashable, list[tuple[str, tuple[Field, ...]]]] = {}
    for kind in feed.kinds:
        fields = selected.on(planner.object_type(feed.type_of(kind)))
        alike.setdefault(tuple(map(_mark, fields)), []).append((kind, fields))
    for arm in alike.values():
        kinds = tuple(kind for kind, _ in arm)
        yield Arm(kinds, tuple(_item(planner, feed, kinds, inner) for inner in arm[0][1]))


def _mark(selected: Field) -> Hashable:
    """What tells a field from any other: entries of several kinds show the same ones, selected in the same words."""
    return selected.key, id(selected.definition), tuple(map(print_ast, selected.nodes))


def _item(planner: Planner, feed: Feed, kinds: tuple[str, ...], selected: Field) -> Item:
    if meaning_of(selected.definition) is PartOf.NUMBER:
        return Number(selected.key)
    entity = planner.graph[feed.entity]
    if selected.name == "__typename":
        return TypeNameOf(selected.key, entity.columns["type"].key, tuple((kind, feed.type_of(kind)) for kind in kinds))
    return planner.item(entity, selected, [])


def each_plan(planner: Planner, selected: Field, entity: Entity) -> Plan:
    """The plan of what `selected` selects of rows of `entity`."""
    planner.strategy = inlined
    return _plan(planner, RootEach(selected.key, planner.row(entity, selected, []), _uuids(planner)))


def changed_plan(planner: Planner, selected: Field, name: str, entity: Entity) -> Plan:
    """The plan of what is selected of objects of the type `name`, whose every field holds the same row of `entity`."""
    planner.strategy = inlined
    row = Row(entity, planner.scope.alias(), planner.access.predicate(entity, planner.viewer), ())
    items: list[Item] = []
    for inner in selected.on(planner.object_type(name)):
        if inner.name == "__typename":
            items.append(TypeName(inner.key, name))
        else:
            items.append(Object(inner.key, planner.row(entity, inner, []).items))
    return _plan(planner, RootEach(selected.key, Row(entity, row.alias, row.predicate, tuple(items)), _uuids(planner)))


def _uuids(planner: Planner) -> Param:
    return planner.scope.param(Source(UUIDS), list, ARRAY(Uuid()))


def _plan(planner: Planner, root: RootFeed | RootEach) -> Plan:
    return Plan((root,), (), tuple(planner.scope.params), tuple(planner.calls))


def _same(value: Any) -> Any:
    return value
