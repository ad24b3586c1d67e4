"""Everything that can be against a row that is to be written, each as a condition over it with the words for it.

A statement that writes rows asks all of them of each row first, so that a client is told every reason at once and a
row that is refused keeps no other from being written. What two transactions do at once is left to the constraints.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint

from graph.engine.access import Access, Rule, Viewer
from graph.engine.model.entities import Column, Entity, Graph, Relation
from graph.engine.model.ids import camel
from graph.engine.sql.fragments import DIALECT, Frozen
from graph.engine.writing.constraints import spoken, taken
from graph.engine.writing.refusals import Refusal
from graph.engine.writing.writable import Writable

NEW = "n"
"""What the row is called as it is to be."""
LAID = "laid"
"""What all rows are called as they are to be."""
PLACE, GIVEN = "_place", "_given"
"""Beside its columns: its place among the given ones, from 1, and what was given of it as JSON."""

quoted = DIALECT.identifier_preparer.quote


@dataclass(frozen=True, slots=True)
class Reason:
    """SQL that holds where something is against the row, and what is said then."""

    condition: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what can be against rows of one entity, for one kind of viewer."""

    graph: Graph
    access: Access
    viewer: Viewer
    book: Writable

    def of_new(self) -> list[Reason]:
        """What can be against rows that are made."""
        allowed = self.access.writable(self.book.entity, "create", self.viewer)
        refusal = Refusal("FORBIDDEN", "", f"You may not create this {self.book.spoken}")
        return [*_unless(allowed, self.book.table, refusal), *self._of_values(self.book.given)]

    def of_changed(self, forbidden: str) -> list[Reason]:
        """What can be against rows that are changed, of which `forbidden` holds for those of others."""
        allowed = self.access.writable(self.book.entity, "update", self.viewer)
        refusal = Refusal("FORBIDDEN", "", f"You may not update this {self.book.spoken}")
        mine = [*_unless(allowed, self.book.table, refusal)]
        both = [Reason(f"{forbidden} OR {reason.condition}", reason.refusal) for reason in mine]
        return [*both, *self._of_values(self.book.changed)]

    def _of_values(self, columns: Iterable[Column]) -> Iterator[Reason]:
        table = self.book.table
        for column in columns:
            yield from self._of_value(column)
        for constraint in sorted(table.constraints, key=lambda found: str(found.name)):
            if isinstance(constraint, CheckConstraint):
                refusal = Refusal("BAD_USER_INPUT", camel(constraint.info["field"]), constraint.info["message"])
                yield Reason(f"NOT ({constraint.sqltext})", refusal)
        yield from uniques_of(table)

    def _of_value(self, column: Column) -> Iterator[Reason]:
        made = self.book.table.columns[column.key]
        here, given = f"{NEW}.{quoted(column.key)}", f"{NEW}.{GIVEN} ? '{column.key}'"
        if not made.nullable:
            yield Reason(f"{here} IS NULL", Refusal("BAD_USER_INPUT", column.name, "must be given"))
        if (rule := self.access.assignable(column, self.viewer)) is not None:
            refusal = Refusal("FORBIDDEN", column.name, "may not be given by you")
            yield from _unless(rule, self.book.table, refusal, given)
        if (relation := self._led(column)) is not None:
            yield Reason(f"{given} AND {here} IS NOT NULL AND NOT {self._is_there(relation)}", _missing(relation, self))

    def _led(self, column: Column) -> Relation | None:
        relations = self.book.entity.relations.values()
        found = (one for one in relations if one.direct and not one.many and one.local == column.key != "id")
        return next(found, None)

    def _is_there(self, relation: Relation) -> str:
        """Whether `relation` leads to a row that the viewer may see, of the same business if both belong to one."""
        target = self.graph[relation.target]
        conditions = [f"x.id = {NEW}.{quoted(relation.local)}"]
        if (rule := self.access.predicate(target, self.viewer)) is not None:
            conditions.append(text_of(rule, target.table, "x"))
        if relation.local != "business_id" and _owned(self.book.entity) and _owned(target):
            conditions.append(f"coalesce(x.business_id = {NEW}.business_id, true)")
        return f"EXISTS (SELECT FROM {target.table.fullname} AS x WHERE {' AND '.join(conditions)})"


def text_of(rule: Rule, table: Table, row: str) -> str:
    """The SQL of `rule` over a row of `table` that is called `row`."""
    frozen = rule if isinstance(rule, Frozen) else Frozen(rule, table)
    return f"({frozen.text(row)})"


def uniques_of(table: Table) -> Iterator[Reason]:
    """What must be unique among the rows of `table`, beside their keys, by columns alone."""
    found: list[UniqueConstraint | Index] = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    found += [index for index in table.indexes if index.unique and len(index.columns) == len(index.expressions)]
    for unique in sorted(found, key=lambda one: str(one.name)):
        yield _taken(unique, table)


def _taken(unique: UniqueConstraint | Index, table: Table) -> Reason:
    """Another row has the values, or one that is given before it."""
    options = unique.dialect_options["postgresql"]
    keys = [quoted(column.name) for column in unique.columns]
    where = options.get("where")
    among = f"({where})" if where is not None else "true"
    nullable = {quoted(column.name) for column in unique.columns if column.nullable}
    loose = nullable if options.get("nulls_not_distinct") else set()
    same = [f"(u.{key} = {NEW}.{key}{_both_null(key) if key in loose else ''})" for key in keys]
    there = f"EXISTS (SELECT FROM {table.fullname} AS u WHERE {' AND '.join(same)} AND u.id <> {NEW}.id AND {among})"
    full = " AND ".join([among, *(f"{NEW}.{key} IS NOT NULL" for key in sorted(nullable - loose))])
    again = is_again(keys if where is None else [*keys, among])
    return Reason(f"{full} AND ({there} OR {again})", taken(unique))


def is_again(keys: Iterable[str]) -> str:
    """Whether a row that is given before this one has the same `keys`: asked of all at once, without sorting."""
    return f"{NEW}.{PLACE} NOT IN (SELECT min({PLACE}) FROM {LAID} GROUP BY {', '.join(keys)})"


def _both_null(key: str) -> str:
    return f" OR u.{key} IS NULL AND {NEW}.{key} IS NULL"


def _unless(rule: Rule | None, table: Table, refusal: Refusal, given: str = "true") -> Iterator[Reason]:
    if rule is not None:
        yield Reason(f"{given} AND {text_of(rule, table, NEW)} IS NOT TRUE", refusal)


def _missing(relation: Relation, judge: Judge) -> Refusal:
    return Refusal("NOT_FOUND", camel(relation.local), f"names no {spoken(judge.graph[relation.target].table)}")


def _owned(entity: Entity) -> bool:
    return "business_id" in entity.table.columns
