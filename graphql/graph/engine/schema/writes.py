"""The mutations of every entity whose rows can be written, derived: fields, inputs and payloads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from graph.engine.model.entities import Column, Relation
from graph.engine.schema.meaning import KEY, Step, Writing
from graph.engine.schema.types import Types, many, some
from graph.engine.writing.writable import MOST, NESTED, Books, Writable

Fields = dict[str, GraphQLInputField]

WHY_NOT = "Why nothing was written; empty if it was."
WHY_NOT_EACH = "Why rows were not written, each with the index of its row."

VERBS = {
    "create": "Make",
    "update": "Change",
    "upsert": "Change, or make where there is none of that name,",
    "delete": "Delete",
    "restore": "Bring back",
}


@dataclass(frozen=True, slots=True)
class Mutations:
    """Derives what writes the entities of `books` into `types`."""

    books: Books
    types: Types
    user_error: GraphQLObjectType

    def fields(self) -> dict[str, GraphQLField]:
        """The fields of Mutation, with the types that they need."""
        deleted = {"id": GraphQLField(GraphQLID, description="The ID that it had; null if there are userErrors.")}
        several = {"ids": GraphQLField(_all(GraphQLID), description="The IDs that they had, null where refused.")}
        self.types.keep(
            self._payload("DeletePayload", deleted, WHY_NOT, "What was deleted."),
            self._payload("DeleteManyPayload", several, WHY_NOT_EACH, "What was deleted."),
        )
        for book in self.books.all.values():
            self.types.keep(*self._types(book))
        return {name: field for book in self.books.all.values() for name, field in self._fields(book)}

    def _payload(self, name: str, rows: dict[str, GraphQLField], errors: str, described: str) -> GraphQLObjectType:
        told = GraphQLField(GraphQLNonNull(many(self.user_error)), description=errors)
        return GraphQLObjectType(name, {**rows, "userErrors": told}, description=described)

    def _types(self, book: Writable) -> Iterator[GraphQLObjectType | GraphQLInputObjectType]:
        entity, name = book.entity, book.entity.name
        row, rows = self.types.object(name), _all(self.types.object(name))
        one = {entity.field: GraphQLField(row, description="The row as it is now; null if it was refused.")}
        all_ = {entity.list_field: GraphQLField(rows, description="The rows as they are now, null where refused.")}
        yield self._payload(f"{name}Payload", one, WHY_NOT, f"A {book.spoken} that was written, or why not.")
        yield self._payload(_plural(book), all_, WHY_NOT_EACH, "What was written, and what was not.")
        if "create" in book.verbs:
            yield GraphQLInputObjectType(
                f"Create{name}Input", lambda: self._created(book), description=f"What is said of a new {book.spoken}."
            )
        if "update" in book.verbs:
            yield GraphQLInputObjectType(
                f"Update{name}Input",
                lambda: self._changed(book),
                description=f"What changes of a {book.spoken}: what is left out stays, null clears.",
            )
        yield from (self._to_one(book), self._to_many(book))

    def _created(self, book: Writable) -> Fields:
        columns = {column.name: _key(column, book.needs(column)) for column in book.given}
        return columns | self._along(self.books.led[book.entity.name])

    def _changed(self, book: Writable) -> Fields:
        version = {"version": some(GraphQLInt, "The version that was read: refused if there is a newer one.")}
        return {
            "id": some(GraphQLNonNull(GraphQLID), "The global ID."),
            **(version if book.versioned else {}),
            **{column.name: _key(column) for column in book.changed},
            **self._along(self.books.changed(book)),
        }

    def _along(self, relations: Iterable[Relation]) -> Fields:
        return {relation.name: self._through(relation) for relation in relations}

    def _through(self, relation: Relation) -> GraphQLInputField:
        kind = "ToMany" if relation.local == "id" else "ToOne"
        return some(self.types.input(f"{relation.target}{kind}Input"), relation.description)

    def _to_one(self, book: Writable) -> GraphQLInputObjectType:
        def fields() -> Fields:
            return {
                "connect": some(GraphQLID, "The ID of the row to name."),
                **self._making(book, "Make a row and name it."),
                "disconnect": some(GraphQLBoolean, "Name none any more."),
            }

        described = f"Which {book.spoken} a row names: exactly one of these."
        return GraphQLInputObjectType(f"{book.entity.name}ToOneInput", fields, description=described, is_one_of=True)

    def _making(self, book: Writable, described: str, *, several: bool = False) -> Fields:
        if "create" not in book.verbs:
            return {}
        type_ = self.types.named.get(f"Create{book.entity.name}Input")
        return {"create": some(many(type_) if several else type_, described)}

    def _to_many(self, book: Writable) -> GraphQLInputObjectType:
        def fields() -> Fields:
            found = self._making(book, "Make these, which then name the row.", several=True)
            if "update" in book.verbs:
                changed = self.types.input(f"Update{book.entity.name}Input")
                found["connect"] = some(many(GraphQLID), "Let these name the row.")
                found["update"] = some(many(changed), "Change these of those that name the row.")
            return {**found, "remove": some(many(GraphQLID), "Take these away: they name none, or are deleted.")}

        described = f"What happens to {book.spoken} rows that name a row; {NESTED} of each at most."
        return GraphQLInputObjectType(f"{book.entity.name}ToManyInput", fields, description=described)

    def _fields(self, book: Writable) -> Iterator[tuple[str, GraphQLField]]:
        for step in _steps(book):
            yield f"{step}{book.entity.name}", self._one(book, step)
            yield f"{step}{_upper(book.entity.list_field)}", self._many(book, step)

    def _one(self, book: Writable, step: Step) -> GraphQLField:
        type_ = self.types.object("DeletePayload" if step == "delete" else f"{book.entity.name}Payload")
        described = f"{VERBS[step]} a {book.spoken}."
        return GraphQLField(
            GraphQLNonNull(type_),
            self._arguments(book, step),
            description=described,
            extensions={KEY: Writing(book.entity.name, step, many=False)},
        )

    def _arguments(self, book: Writable, step: Step) -> dict[str, GraphQLArgument]:
        if (input_ := _input(book, step)) is not None:
            type_ = GraphQLNonNull(self.types.input(input_))
            return {"input": GraphQLArgument(type_, description="The row.")}
        version = GraphQLArgument(GraphQLInt, description="The version that was read: refused if there is a newer one.")
        id_ = GraphQLArgument(GraphQLNonNull(GraphQLID), description="The global ID.")
        return {"id": id_, **({"version": version} if book.versioned else {})}

    def _many(self, book: Writable, step: Step) -> GraphQLField:
        type_ = self.types.object("DeleteManyPayload" if step == "delete" else _plural(book))
        keep = GraphQLArgument(
            GraphQLNonNull(GraphQLBoolean),
            False,
            description="Whether the others are written where some are refused; else none is.",
        )
        rows = f"The rows, {MOST:,} at most."
        if (input_ := _input(book, step)) is not None:
            given = {"inputs": GraphQLArgument(GraphQLNonNull(many(self.types.input(input_))), description=rows)}
        else:
            given = {"ids": GraphQLArgument(GraphQLNonNull(many(GraphQLID)), description=rows)}
        return GraphQLField(
            GraphQLNonNull(type_),
            {**given, "keepValid": keep},
            description=f"{VERBS[step]} many {book.spoken} rows at once.",
            extensions={KEY: Writing(book.entity.name, step, many=True)},
        )


def _steps(book: Writable) -> Iterator[Step]:
    if "create" in book.verbs:
        yield "create"
    if "update" in book.verbs:
        yield "update"
    if {"create", "update"} <= book.verbs and book.by_natural_key:
        yield "upsert"
    if "delete" in book.verbs:
        yield "delete"
        if book.soft:
            yield "restore"


def _input(book: Writable, step: Step) -> str | None:
    made = {"create": "Create", "upsert": "Create", "update": "Update"}.get(step)
    return f"{made}{book.entity.name}Input" if made else None


def _plural(book: Writable) -> str:
    return f"{_upper(book.entity.list_field)}Payload"


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def _all(type_: GraphQLOutputType) -> GraphQLOutputType:
    return GraphQLNonNull(GraphQLList(type_))


def _key(column: Column, needed: bool = False) -> GraphQLInputField:
    """A key may be left out where the row is written along with the one it names."""
    type_ = column.scalar.output
    return some(GraphQLNonNull(type_) if needed and column.refers is None else type_, column.description)
