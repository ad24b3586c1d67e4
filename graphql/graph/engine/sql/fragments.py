"""What every document needs again and again, made once: a column's JSON as SQL text, tables under their aliases.

Building and compiling them anew was two thirds of what planning a document took.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    FromClause,
    Table,
    TableClause,
    column,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql.visitors import iterate

from graph.engine.model.entities import Column
from graph.engine.model.json_text import Piece, Sql, Value, or_null

DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call]

_ROW, _COLUMN, _MADE = "row_of_it", "column_of_it", "#made"
_OUTER = "one_before_it"
_ALIASES = 2_000


def column_json(of: Column, row: str) -> Value:
    """The JSON of the column `of` in the rows called `row`."""
    here = f"{row}.{_quoted(of.key)}"
    pieces = _compiled(of.scalar.to_json, of.nullable)
    return [Sql(piece.replace(f"{_ROW}.{_COLUMN}", here)) if isinstance(piece, Sql) else piece for piece in pieces]


@cache
def _compiled(to_json: Callable[[ColumnElement[Any]], Value], nullable: bool) -> tuple[Piece, ...]:
    value = to_json(table(_ROW, column(_COLUMN)).c[_COLUMN])
    return tuple(_text(piece) for piece in (or_null(value) if nullable else value))


def _text(piece: Piece) -> Piece:
    return piece if isinstance(piece, str) else Sql(str(piece.compile(dialect=DIALECT)))


def single(of: Table, json: str, row: str, remote: str, local: str, more: str = "") -> Sql:
    """The SQL `json` of the row of the table `of`, called `row`, whose `remote` is `local`, another column.

    What else holds of it is the condition `more`.
    """
    return Sql(f"(SELECT {json} FROM {_name(of)} AS {row} WHERE {row}.{_quoted(remote)} = {local}{more})")


class Frozen:
    """A rule whose SQL is made once: for another row only the row's name changes.

    Its parameters are the viewer's own values; they stand in the text as `VIEWERS`, until the statement gives them
    their numbers (`statements.compiled`).
    """

    __slots__ = ("_text", "_type", "outer")

    def __init__(
        self, rule: Callable[[FromClause], ColumnElement[Any]], of: Table, outer: FromClause | None = None
    ) -> None:
        row = aliased(of, _ROW)
        made = rule(row)
        columns = (part for part in iterate(made) if isinstance(part, ColumnClause))
        self.outer = frozenset(column.key for column in columns if outer is not None and column.table is outer)
        """The columns of the row before that it reads, which must then be given (`beside`)."""
        # Within a select of the rows: alone, a sub-select would read their tables a second time.
        around = [row, *([outer] if outer is not None else [])]
        result = select(made.label(_MADE)).select_from(*around).compile(dialect=DIALECT)
        assert not any(result.params.values()), "A rule brings no values but the viewer's."
        names, self._type = result.positiontup or (), made.type
        text = str(result).removeprefix("SELECT ").rpartition(f' AS "{_MADE}"')[0]
        self._text = _NUMBER.sub(lambda found: VIEWERS.format(names[int(found[1]) - 1]), text)

    def __call__(self, row: FromClause) -> ColumnElement[Any]:
        """The expression over `row`."""
        return self._over(row.name, None)  # type: ignore[attr-defined]

    def beside(self, outer: FromClause) -> Callable[[FromClause], ColumnElement[Any]]:
        """The rule for rows that are found from `outer`, which has the columns that it reads."""
        return lambda row: self._over(row.name, outer.name)  # type: ignore[attr-defined]

    def _over(self, row: str, outer: str | None) -> ColumnElement[Any]:
        return literal_column(f"({self.text(row, outer)})", self._type)

    def text(self, row: str, outer: str | None = None) -> str:
        """The SQL over the rows called `row`, found from those called `outer`."""
        assert outer is not None or not self.outer, "The rule reads the row before, which is not given."
        return self._text.replace(_ROW, row).replace(_OUTER, outer or "")


def outer_row(of: Table) -> FromClause:
    """The row before, of which a rule may read columns."""
    return aliased(of, _OUTER)


VIEWERS = "\x01{}\x01"
"""A parameter in a text that is made before its statement; no text of ours holds such a character."""
_NUMBER, _VIEWERS = re.compile(r"\$(\d+)"), re.compile("\x01(.+?)\x01")


def numbered(text: str, params: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A statement whose parameters all have numbers, with their names in order."""
    if "\x01" not in text:
        return text, tuple(params)
    places = {name: place for place, name in enumerate(params, start=1)}
    found = _VIEWERS.sub(lambda one: f"${places.setdefault(one[1], len(places) + 1)}", text)
    return found, tuple(places)


def qualified(source: FromClause, key: str) -> str:
    """The name of a column of `source`."""
    return f"{source.name}.{_quoted(key)}"  # type: ignore[attr-defined]


_quoted = DIALECT.identifier_preparer.quote


@lru_cache(_ALIASES)
def named(row: str) -> FromClause:
    """Rows of which nothing is known but what they are called."""
    return table(row)


@cache
def _name(of: Table) -> str:
    return DIALECT.identifier_preparer.format_table(of)


@lru_cache(_ALIASES)
def aliased(of: Table, name: str) -> FromClause:
    """`of` under the alias `name`."""
    return _light(of).alias(name)


@cache
def _light(of: Table) -> TableClause:
    """`of` with nothing but names and types, which is three times as quick to make aliases of."""
    return table(of.name, *(column(each.key, each.type) for each in of.columns), schema=of.schema)
