"""Who may read what, said by PostgreSQL itself: the expressions of `expected/` as row-level security policies.

Nothing here knows the policies of `graph.access`, nor the engine: what a viewer may read is found in the tables.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from graph.engine.model.entities import Entity, Graph
from tests.access.viewers import Asker

EXPECTED = Path(__file__).parent / "expected"
READER = "oracle_reader"
"""The role under whose row-level security a connection reads what a viewer may."""

PLACEHOLDER = re.compile(r"\{(OWN|VIEWER|STAFF|MANAGER|OWNER|SHOP) (\w+)\.(\w+)(?: (\w+))?\}")
OWNED = {
    "identity.users": "(SELECT oracle.person())",
    "customers.customers": "ANY (ARRAY(SELECT oracle.customers()))",
    "chat.visitors": "(SELECT oracle.visitor())",
}
"""What a key to the row of a viewer equals, by the table it leads to."""

FUNCTIONS = (
    """viewer() RETURNS jsonb LANGUAGE sql STABLE AS $$
        SELECT coalesce(nullif(current_setting('oracle.viewer', true), ''), '{}')::jsonb
    $$""",
    """person() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (oracle.viewer() ->> 'person')::uuid $$""",
    """visitor() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (oracle.viewer() ->> 'visitor')::uuid $$""",
    """chat() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT (oracle.viewer() ->> 'chat')::uuid $$""",
    """admin() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT oracle.viewer() ? 'admin' $$""",
    """customers() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER AS $$
        SELECT c.id FROM customers.customers AS c WHERE c.user_id = oracle.person()
    $$""",
    """shops() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER AS $$
        SELECT c.business_id FROM customers.customers AS c WHERE c.user_id = oracle.person()
    $$""",
    """businesses(at_least text, domain text, list text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER AS $$
        SELECT m.business_id FROM identity.memberships AS m
         WHERE m.user_id = oracle.person()
           AND array_position(ARRAY['VIEWER', 'STAFF', 'MANAGER', 'OWNER'], m.role)
               >= array_position(ARRAY['VIEWER', 'STAFF', 'MANAGER', 'OWNER'], at_least)
        UNION ALL
        SELECT (oracle.viewer() ->> 'business')::uuid
         WHERE at_least <> 'OWNER' AND EXISTS (
               SELECT 1 FROM jsonb_array_elements_text(oracle.viewer() -> 'scopes') AS s(scope)
                WHERE split_part(scope, ':', 1) IN ('*', domain, list)
                  AND split_part(scope, ':', 2) IN ('', 'read', 'write'))
    $$""",
)


@dataclass(frozen=True, slots=True)
class Line:
    """What is expected of an entity, in SQL over `t`: which rows may be read, and which values of some columns."""

    entity: Entity
    rows: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of every entity, and the functions that say it."""

    lines: Mapping[str, Line]
    functions: Sequence[str]

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines.values())

    def __getitem__(self, entity: str) -> Line:
        return self.lines[entity]

    @property
    def restricted(self) -> list[Line]:
        """The entities that have values which not everybody may read who may read the row."""
        return [line for line in self if line.values]


@cache
def documents() -> dict[str, dict[str, Any]]:
    """What the files say, by their names."""
    return {path.stem: tomllib.loads(path.read_text()) for path in sorted(EXPECTED.glob("*.toml"))}


def expected(graph: Graph) -> Expected:
    """What the files expect of the entities of `graph`, their placeholders replaced."""
    sections: dict[str, Any] = {}
    functions: list[str] = []
    for document in documents().values():
        functions += [f"{name}{text}" for name, text in document.get("functions", {}).items()]
        sections |= {name: said for name, said in document.items() if name != "functions"}
    return Expected({name: _line(graph, name, said) for name, said in sections.items()}, functions)


def _line(graph: Graph, name: str, said: Mapping[str, Any]) -> Line:
    values = {key: _filled(graph, name, sql) for key, sql in said.get("values", {}).items()}
    return Line(graph[name], _filled(graph, name, said["rows"]), values)


def _filled(graph: Graph, section: str, sql: str) -> str:
    """`sql` with its placeholders replaced."""
    return PLACEHOLDER.sub(lambda found: _condition(graph[found[4] or section], found), sql.strip())


def _condition(entity: Entity, found: re.Match[str]) -> str:
    word, alias, column = found[1], found[2], found[3]
    if word == "OWN":
        return f"({alias}.{column} = {OWNED[_target(entity, column)]})"
    if word == "SHOP":
        return f"({alias}.{column} = ANY (ARRAY(SELECT oracle.shops())))"
    of = f"'{word}', '{entity.table.schema}', '{entity.table.name}'"
    return f"({alias}.{column} = ANY (ARRAY(SELECT oracle.businesses({of}))))"


def _target(entity: Entity, column: str) -> str:
    """The table that a key leads to."""
    if column == "id":
        return entity.table.fullname
    (key,) = entity.table.c[column].foreign_keys
    return key.column.table.fullname


async def prepare(connection: asyncpg.Connection, graph: Graph) -> None:
    """Make the policies in a database of its own, by a connection of the superuser's."""
    said = expected(graph)
    await connection.execute(f"CREATE ROLE {READER} NOLOGIN NOSUPERUSER NOBYPASSRLS; CREATE SCHEMA oracle")
    for function in (*FUNCTIONS, *said.functions):
        await connection.execute(f"CREATE FUNCTION oracle.{function}")
    views = {row["name"] for row in await connection.fetch(_VIEWS)}
    for schema in sorted({"oracle", *(str(entity.table.schema) for entity in graph)}):
        await connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {READER}")
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER}")
    for line in said:
        make = _secure_view if line.entity.table.fullname in views else _secure_table
        await connection.execute(make(line))


_VIEWS = """
SELECT n.nspname || '.' || c.relname AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm')
"""


def visible(sql: str) -> str:
    """Where `sql` holds, or for administrators."""
    return f"(SELECT oracle.admin()) OR coalesce(({sql}), false)"


def _secure_table(line: Line) -> str:
    table, alias = line.entity.table.fullname, line.entity.table.name
    rows = _over(alias, visible(line.rows))
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY oracle ON {table} FOR SELECT TO {READER} USING ({rows})"""


def _over(table: str, sql: str) -> str:
    """`sql` over the table itself instead of `t`: a policy has no alias for it."""
    return re.sub(r"\bt\.(?=\w)", f"{table}.", sql)


def _secure_view(line: Line) -> str:
    """A view cannot have policies: another one over it takes its place, which the superuser looks through."""
    schema, name = line.entity.table.schema, line.entity.table.name
    return f"""
        ALTER TABLE {schema}.{name} RENAME TO {name}_all;
        CREATE VIEW {schema}.{name} WITH (security_invoker) AS SELECT t.* FROM {schema}.{name}_all AS t
         WHERE current_user <> '{READER}' OR {visible(line.rows)};
        GRANT SELECT ON {schema}.{name} TO {READER}"""


@dataclass(slots=True)
class Oracle:
    """A connection that reads as one viewer after the other may, by row-level security."""

    connection: asyncpg.Connection = field(repr=False)
    expected: Expected = field(repr=False)

    async def be(self, asker: Asker) -> None:
        """Read as `asker` from now on."""
        setting = orjson.dumps(asker.setting).decode()
        await self.connection.execute("SELECT set_config('oracle.viewer', $1, false)", setting)

    async def rows(self, line: Line) -> list[tuple[Any, ...]]:
        """The keys of the rows that may be read, in order."""
        keys = ", ".join(f"t.{column.key}" for column in line.entity.key)
        found = await self.connection.fetch(f"SELECT {keys} FROM {line.entity.table.fullname} AS t ORDER BY {keys}")
        return [tuple(row) for row in found]

    async def readable(self, line: Line) -> list[tuple[Any, Mapping[str, bool]]]:
        """The key of every row that may be read, with which of its restricted values may be."""
        (key,) = line.entity.key
        said = ", ".join(f'{visible(sql)} AS "{column}"' for column, sql in line.values.items())
        statement = f"SELECT t.{key.key}, {said} FROM {line.entity.table.fullname} AS t ORDER BY 1"
        return [(row[0], dict(list(row.items())[1:])) for row in await self.connection.fetch(statement)]
