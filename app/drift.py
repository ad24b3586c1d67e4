"""Compares two databases by PostgreSQL's own catalogs: what the migrations built with what the models say.

Partitions are left out: they are made by `app.partitions`. (Alembic's autogenerate takes them for stray tables, and
does not notice a dropped check.)
"""

from collections.abc import Mapping

import asyncpg

Catalog = Mapping[str, str]
"""What there is, by "kind name", with its definition."""

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg_temp%'"
_TABLE = f"c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND {_OURS} AND c.relname <> 'alembic_version'"

QUERIES: Mapping[str, str] = {
    "schema": f"SELECT n.nspname, '' FROM pg_namespace n WHERE {_OURS}",
    "table": f"""
        SELECT format('%s.%s', n.nspname, c.relname), format('%s %s', c.relkind, pg_get_partkeydef(c.oid))
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_TABLE}""",
    "column": f"""
        SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname),
               concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                         nullif(a.attgenerated, ''), pg_get_expr(d.adbin, d.adrelid))
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped AND {_TABLE}""",
    "constraint": f"""
        SELECT format('%s.%s.%s', n.nspname, c.relname, k.conname), pg_get_constraintdef(k.oid)
          FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE k.contype <> 'n' AND {_TABLE}""",
    "index": f"""
        SELECT format('%s.%s', n.nspname, i.relname), pg_get_indexdef(i.oid)
          FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_TABLE}""",
    "trigger": f"""
        SELECT format('%s.%s.%s', n.nspname, c.relname, t.tgname), pg_get_triggerdef(t.oid)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT t.tgisinternal AND {_TABLE}""",
    "function": f"""
        SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid)
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_OURS} AND p.prokind = 'f'""",
    "view": f"""
        SELECT format('%s.%s', n.nspname, c.relname), pg_get_viewdef(c.oid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_OURS}""",
}


async def catalog(dsn: str) -> Catalog:
    """Everything that was declared in the database at `dsn`."""
    connection = await asyncpg.connect(dsn)
    try:
        return {
            f"{kind} {row[0]}": str(row[1]) for kind, query in QUERIES.items() for row in await connection.fetch(query)
        }
    finally:
        await connection.close()


def differences(left: Catalog, right: Catalog) -> list[str]:
    """A line for everything that is not the same in both, in alphabetical order; none if they are equal."""
    return [
        f"{name}: {left.get(name, '(missing)')} | {right.get(name, '(missing)')}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]
