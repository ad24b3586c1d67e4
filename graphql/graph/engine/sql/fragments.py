"""What every document needs again and again, made once: a column's JSON as SQL text, tables under their aliases.

Building and compiling them anew was two thirds of what planning a document took.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, TableClause, column, table
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from graph.engine.model.entities import Column
from graph.engine.model.json_text import Piece, Sql, Value, or_null

DIALECT = asyncpg_dialect()  # type: ignore[no-untyped-call]

_ROW, _COLUMN = "row_of_it", "column_of_it"
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


def single(of: Table, json: str, row: str, remote: str, local: str) -> Sql:
    """The SQL `json` of the row of the table `of`, called `row`, whose `remote` is `local`, another column."""
    return Sql(f"(SELECT {json} FROM {_name(of)} AS {row} WHERE {row}.{_quoted(remote)} = {local})")


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
