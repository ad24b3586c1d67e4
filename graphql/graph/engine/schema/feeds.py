"""From declared feeds and boards to the types of Subscription. What entries show are the fields of their entity."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    GraphQLUnionType,
    get_named_type,
)

from graph.engine.model.feeds import Board, Feed, Listed, Said, Told
from graph.engine.schema.derive import Arguments, Derived, Fields
from graph.engine.schema.meaning import KEY, PartOf
from graph.engine.schema.types import many

__all__ = ["Board", "Feed", "Listed", "Said", "Subscriptions", "Told"]

BUILT_IN: Mapping[str, GraphQLNamedType] = {
    type_.name: type_ for type_ in (GraphQLBoolean, GraphQLID, GraphQLInt, GraphQLString)
}


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The types of what can be followed, kept among those that are `derived`."""

    derived: Derived

    def type(self, followed: Iterable[Feed | Board]) -> GraphQLObjectType | None:
        """Subscription; None if there is nothing to follow."""
        fields = {one.field: self._feed(one) if isinstance(one, Feed) else self._board(one) for one in followed}
        described = "Everything that can be followed, over WebSocket or server-sent events; one field at a time."
        return GraphQLObjectType("Subscription", fields, description=described) if fields else None

    def _feed(self, feed: Feed) -> GraphQLField:
        """The root field of a log. TypeError if it has no words for what its entries can tell, or too many."""
        kinds = get_named_type(self.derived.graph[feed.entity].columns["type"].scalar.output)
        assert isinstance(kinds, GraphQLEnumType)
        if unlike := feed.kinds.keys() ^ kinds.values.keys():
            raise TypeError(f"{feed.field} and {kinds.name} do not know the same kinds of entries: {min(unlike)}.")
        interface = GraphQLInterfaceType(
            feed.interface, lambda: self._shown(feed), description=f"An entry in the log that {feed.field} follows."
        )
        entries = [self._entry(feed, interface, kind) for kind in feed.kinds]
        told = [self._told(one) for one in feed.told]
        description = f"What {feed.field} tells: entries of the log, and where you are in it."
        union = GraphQLUnionType(feed.union, [*entries, *told], description=description)
        self.derived.made.keep(interface, *entries, *told, union)
        entity = self.derived.graph[feed.entity]
        return _root(feed, union, self._arguments(feed, entity.relations[feed.of].target))

    def _arguments(self, feed: Feed, of: str) -> Arguments:
        after = "Only entries with a higher number, from 0 for all; if not said, only those that are added from now on."
        epoch = "The epoch that the number is of, as it was told: another than the log's is refused."
        return {
            feed.argument: _required(f"The global ID of the {of}."),
            "after": GraphQLArgument(GraphQLInt, description=after),
            **({"epoch": GraphQLArgument(GraphQLInt, description=epoch)} if feed.epoch else {}),
        }

    def _entry(self, feed: Feed, interface: GraphQLInterfaceType, kind: str) -> GraphQLObjectType:
        def fields() -> Fields:
            own = self.derived.made.object(feed.entity).fields
            return {**self._shown(feed), **{name: own[name] for name, kinds in feed.more.items() if kind in kinds}}

        return GraphQLObjectType(feed.type_of(kind), fields, interfaces=[interface], description=feed.kinds[kind])

    def _shown(self, feed: Feed) -> Fields:
        """What every entry shows: the very fields of the entity, with what they mean to the planner."""
        own = self.derived.made.object(feed.entity).fields
        return {"id": own["id"], "seq": _NUMBER, **{name: own[name] for name in feed.shown}}

    def _board(self, board: Board) -> GraphQLField:
        def all_of() -> Fields:
            return {one.many: self._shows(one, GraphQLNonNull(many(self._row(one)))) for one in board}

        snapshot = GraphQLObjectType(board.snapshot, all_of, description="All there is, before anything is told of it.")
        changed = [
            GraphQLObjectType(
                one.changed,
                {one.name: self._shows(one, GraphQLNonNull(self._row(one)))},
                description=one.description,
            )
            for one in board
        ]
        told = [self._told(one) for one in board.told]
        description = f"What {board.field} tells: all there is, and then each that came, changed or went."
        union = GraphQLUnionType(board.union, [snapshot, *changed, *told], description=description)
        self.derived.made.keep(snapshot, *changed, *told, union)
        return _root(board, union, {board.argument: _required(f"The global ID of the {board.of}.")})

    def _row(self, listed: Listed) -> GraphQLObjectType:
        return self.derived.made.object(listed.entity)

    def _shows(self, listed: Listed, type_: GraphQLOutputType) -> GraphQLField:
        return GraphQLField(type_, description=self.derived.graph[listed.entity].description)

    def _told(self, told: Told) -> GraphQLObjectType:
        fields = {
            name: GraphQLField(self._type(said.type), description=said.description)
            for name, said in told.fields.items()
        }
        return GraphQLObjectType(told.name, fields, description=told.description)

    def _type(self, written: str) -> Any:
        """The type that the schema writes so."""
        if written.endswith("!"):
            return GraphQLNonNull(self._type(written[:-1]))
        if written.startswith("["):
            return GraphQLList(self._type(written[1:-1]))
        return BUILT_IN.get(written) or self.derived.types[written]


_NUMBER = GraphQLField(
    GraphQLNonNull(GraphQLInt),
    description="Its number in the log, as you count it: what to subscribe after when you come back.",
    extensions={KEY: PartOf.NUMBER},
)


def _root(followed: Feed | Board, union: GraphQLUnionType, arguments: Arguments) -> GraphQLField:
    return GraphQLField(GraphQLNonNull(union), arguments, description=followed.description, extensions={KEY: followed})


def _required(description: str) -> GraphQLArgument:
    return GraphQLArgument(GraphQLNonNull(GraphQLID), description=description)
