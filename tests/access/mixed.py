"""More of everything that decides who may read what: sample data is too well-behaved to tell rules apart.

In the database of the matrix a few rows of every table name one person, are deleted, or have another state: in every
column that what is expected looks at. No trigger fires, and what a constraint forbids is left as it is.
"""

import re
from collections.abc import Iterator

import asyncpg
from sqlalchemy import Boolean, Column

from models.columns import OneOf
from tests.access.oracle import Expected, Line
from tests.access.viewers import BUSIEST, EVERYMAN

KEYS = {
    "identity.users": f"(SELECT id FROM identity.users WHERE first_name = '{EVERYMAN}')",
    "customers.customers": f"""(SELECT c.id FROM customers.customers AS c JOIN identity.users AS u ON u.id = c.user_id
        WHERE u.first_name = '{EVERYMAN}' ORDER BY c.id LIMIT 1)""",
}
"""The person that rows are to name, by the table that a key leads to."""

SHAKE = """
CREATE FUNCTION pg_temp.shake(name text, change text, turn integer, share integer, most integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE keys uuid[]; key uuid;
BEGIN
    EXECUTE format(
        'SELECT array(SELECT id FROM %s WHERE mod(abs(hashtext(%L || id::text)::bigint), 6) < %s ORDER BY id LIMIT %s)',
        name, turn, share, most) INTO keys;
    EXECUTE format('UPDATE %s SET %s WHERE id = ANY(%L)', name, change, keys);
EXCEPTION WHEN integrity_constraint_violation THEN
    FOREACH key IN ARRAY keys LOOP
        BEGIN
            EXECUTE format('UPDATE %s SET %s WHERE id = %L', name, change, key);
        EXCEPTION WHEN integrity_constraint_violation THEN
            NULL;
        END;
    END LOOP;
WHEN data_exception OR datatype_mismatch OR generated_always THEN
    NULL;  -- a value that this column cannot have
END $$
"""
"""Make a change in so many sixths of the rows at the beginning of a table, in others every turn."""

ANYTHING = ("md5(id::text)", "'1'", "'one@shop.example'", "'2026-11-01T00:00:00Z'", "'{}'", "'127.0.0.1'")
"""Values, one of which most types have."""


async def mix(connection: asyncpg.Connection, expected: Expected) -> None:
    """Change rows, by a connection of the superuser's."""
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(SHAKE)
    for line in expected:
        if line.entity.is_node and line.entity.name != "Membership":
            table = line.entity.table.fullname
            changes = [
                *((change, 2, 25) for change in _changes(line)),
                *((change, 4, 90) for change in _fillings(line)),
            ]
            for turn, (change, share, most) in enumerate(changes):
                await connection.execute("SELECT pg_temp.shake($1, $2, $3, $4, $5)", table, change, turn, share, most)
    await connection.execute("RESET session_replication_role")
    for view in await connection.fetch("SELECT format('%I.%I', schemaname, matviewname) FROM pg_matviews"):
        await connection.execute(f"REFRESH MATERIALIZED VIEW {view[0]}")


def _changes(line: Line) -> Iterator[str]:
    """Assignments to the columns that decide."""
    said = set(re.findall(r"\bt\.(\w+)", " ".join([line.rows, *line.values.values()])))
    for column in line.entity.table.columns:
        if column.name in said - {"id"} or column.name == "user_id":
            yield from (f"{column.name} = {value}" for value in _values(column))


def _fillings(line: Line) -> Iterator[str]:
    """Assignments to restricted columns that have no value; a reason comes with a moment."""
    columns = line.entity.table.c
    for name in line.values:
        if name in columns:
            moment = name.removesuffix("_reason") + "_at"
            more = f", {moment} = coalesce({moment}, created_at)" if moment in columns else ""
            yield from (f"{name} = coalesce({name}, {value}){more}" for value in ANYTHING)


def _values(column: Column[object]) -> Iterator[str]:
    if column.name == "business_id" and column.nullable:
        yield f"coalesce(business_id, ({BUSIEST}))"
    for key in column.foreign_keys:
        if (value := KEYS.get(key.column.table.fullname)) is not None:
            yield value
    if isinstance(column.type, OneOf):
        yield from (f"'{member}'" for member in column.type.members)
    elif isinstance(column.type, Boolean):
        yield from ("true", "false")
    elif column.name == "deleted_at":
        yield "'2026-11-01T00:00:00Z'"
