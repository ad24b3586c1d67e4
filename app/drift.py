"""What a database consists of, read from pg_catalog, and how two of them differ.

Knows nothing of how either was made: by the migrations, by the models, or by hand. Partitions are left out, since
every database has its own.
"""

from __future__ import annotations

import asyncpg

Catalog = dict[str, str]
"""The definition of each object, by its kind and name."""

OURS = r"""
    WITH schemas AS (
      SELECT oid, nspname AS schema FROM pg_catalog.pg_namespace
       WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'queue')
    ), extended AS (
      SELECT objid FROM pg_catalog.pg_depend
       WHERE classid IN ('pg_class'::regclass, 'pg_proc'::regclass) AND deptype = 'e'
    ), relations AS (
      SELECT c.oid, schema || '.' || relname AS name, relkind, relpersistence, relreplident, reloptions
        FROM pg_catalog.pg_class AS c JOIN schemas AS s ON s.oid = relnamespace
       WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT relispartition AND relname <> 'alembic_version'
         AND c.oid NOT IN (SELECT objid FROM extended)
    )
"""

QUERIES = {
    "schema": "SELECT schema, '' FROM schemas",
    "relation": """
        SELECT name, concat_ws(' ', relkind, relpersistence, relreplident, reloptions::text,
                               pg_catalog.pg_get_partkeydef(oid)) FROM relations""",
    "column": """
        SELECT name || '.' || attname,
               concat_ws(' ', pg_catalog.format_type(atttypid, atttypmod),
                         CASE WHEN attcollation <> typcollation THEN 'COLLATE ' || attcollation::regcollation END,
                         CASE WHEN attnotnull THEN 'NOT NULL' END,
                         CASE attgenerated WHEN 'v' THEN 'VIRTUAL' WHEN 's' THEN 'STORED' END,
                         CASE WHEN attidentity <> '' THEN 'IDENTITY ' || attidentity::text END,
                         'DEFAULT ' || pg_catalog.pg_get_expr(adbin, adrelid))
          FROM relations AS r JOIN pg_catalog.pg_attribute ON attrelid = r.oid
          JOIN pg_catalog.pg_type AS t ON t.oid = atttypid
          LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attnum > 0 AND NOT attisdropped""",
    "constraint": """
        SELECT name || '.' || conname, concat_ws(' ', pg_catalog.pg_get_constraintdef(c.oid),
                                                 CASE WHEN NOT conenforced THEN 'NOT ENFORCED' END)
          FROM relations AS r JOIN pg_catalog.pg_constraint AS c ON conrelid = r.oid
         WHERE contype IN ('c', 'p', 'u', 'f', 'x') AND conparentid = 0""",
    "index": """
        SELECT name || '.' || i.relname,
               concat_ws(' ', pg_catalog.pg_get_indexdef(i.oid), CASE WHEN NOT indisvalid THEN 'INVALID' END)
          FROM relations AS r JOIN pg_catalog.pg_index ON indrelid = r.oid
          JOIN pg_catalog.pg_class AS i ON i.oid = indexrelid""",
    "trigger": """
        SELECT name || '.' || tgname, concat_ws(' ', tgenabled, pg_catalog.pg_get_triggerdef(t.oid))
          FROM relations AS r JOIN pg_catalog.pg_trigger AS t ON tgrelid = r.oid WHERE NOT tgisinternal""",
    "function": """
        SELECT p.oid::regprocedure::text, pg_catalog.pg_get_functiondef(p.oid)
          FROM pg_catalog.pg_proc AS p JOIN schemas AS s ON s.oid = pronamespace
         WHERE prokind IN ('f', 'p') AND p.oid NOT IN (SELECT objid FROM extended)""",
    "view": "SELECT name, pg_catalog.pg_get_viewdef(oid) FROM relations WHERE relkind IN ('v', 'm')",
    "extension": "SELECT extname, '' FROM pg_catalog.pg_extension",
}


async def catalog(connection: asyncpg.Connection[asyncpg.Record]) -> Catalog:
    """Everything that the database of `connection` consists of; spaces in definitions count as one."""
    found: Catalog = {}
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("SET LOCAL search_path = pg_catalog")  # so that every name is written in full
        for kind, query in QUERIES.items():
            for name, definition in await connection.fetch(OURS + query):
                found[f"{kind} {name}"] = " ".join(definition.split())
    finally:
        await transaction.rollback()
    return found


def differences(expected: Catalog, actual: Catalog) -> list[str]:
    """One line for each object that `actual` lacks, has too many or has otherwise."""
    return [
        line
        for name in sorted(expected.keys() | actual.keys())
        if (line := _difference(name, expected.get(name), actual.get(name)))
    ]


def _difference(name: str, expected: str | None, actual: str | None) -> str | None:
    if actual is None:
        return f"missing: {name}"
    if expected is None:
        return f"unexpected: {name}"
    return None if expected == actual else f"different: {name}: {actual} instead of {expected}"
