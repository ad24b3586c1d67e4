"""Runs migrations, under a lock that makes a second process wait until the first is done.

Each in a transaction of its own: together they would lock more tables than a server has room for.
"""

import asyncio
import os
import re

from alembic import context
from sqlalchemy import Connection, ForeignKeyConstraint, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.schema import SchemaItem

from app.database import sqlalchemy_url
from models import Base
from models.functions import RATE_LIMIT_BUCKETS

LOCK = 4_739_201_116  # any number that nothing else locks
PARTITION = re.compile(r"_\d{4}_\d{2}$")
HELPERS = {RATE_LIMIT_BUCKETS.name.partition(".")[2]}
"""Tables that no class is mapped to."""


def run(connection: Connection) -> None:
    """Run what the command asks for; after the last downgrade no table of Alembic's is left either.

    The lock is the session's: it goes when the connection closes.
    """
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_object=is_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if not context.get_context().get_current_heads():
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, compared_to: object) -> bool:
    """Whether autogenerate should look at `item`: only the database knows partitions, keys to them, and helpers."""
    if isinstance(item, ForeignKeyConstraint):
        name = item.elements[0].target_fullname.rpartition(".")[0]
    queue = getattr(item, "schema", None) == "queue"  # PgQueuer's own
    unknown = queue or name in HELPERS or PARTITION.search(name or "")
    return not (reflected and kind in ("table", "foreign_key_constraint") and unknown)


async def main() -> None:
    """Connect and run."""
    url = context.config.attributes.get("url") or os.environ["AGORA_DATABASE_URL"]
    engine = create_async_engine(sqlalchemy_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(main())
