"""How batches get into tables: by COPY, and a row that the database refuses takes no other with it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

import asyncpg
import orjson
import structlog

from models.columns import IpAddress

Row = tuple[Any, ...]

REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, ValueError, TypeError)
"""What is wrong with rows, and not with the way to the database."""

TOKEN = re.compile(r"agora_[a-z]_[\w-]+")
"""A token of ours, wherever somebody put it."""

log = structlog.get_logger(__name__)


class Target(NamedTuple):
    """Where rows go: a table, its columns, and which of them name rows of other tables."""

    schema: str
    table: str
    columns: tuple[str, ...]
    references: tuple[str, ...]

    def without_references(self, row: Row) -> Row:
        """The same row, naming no other."""
        pairs = zip(self.columns, row, strict=True)
        return tuple(None if column in self.references else value for column, value in pairs)


async def write_json(connection: asyncpg.Connection) -> None:
    """Let COPY take objects for jsonb: its binary form is the text behind a version of 1."""

    def encoded(value: Any) -> bytes:
        return b"\x01" + orjson.dumps(value)

    def decoded(value: bytes) -> Any:
        return orjson.loads(value[1:])

    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=encoded, decoder=decoded, format="binary")


async def copied(connection: asyncpg.Connection, target: Target, rows: Sequence[Row]) -> int:
    """Write `rows`; how many the database does not take, whatever is left out of them.

    Rows have their ids from us, so those of a batch that was written although nobody could say so are not written
    again. Raises what says that the database cannot be reached.
    """
    try:
        await connection.copy_records_to_table(
            target.table, schema_name=target.schema, columns=list(target.columns), records=rows
        )
    except REFUSED as error:
        if isinstance(error, asyncpg.CheckViolationError) and error.constraint_name is None:
            log.error("there is no partition for these rows", table=target.table, rows=len(rows))
            return len(rows)
        if len(rows) > 1:
            middle = len(rows) // 2
            return await copied(connection, target, rows[:middle]) + await copied(connection, target, rows[middle:])
        return await _alone(connection, target, rows[0], error)
    return 0


async def _alone(connection: asyncpg.Connection, target: Target, row: Row, error: Exception) -> int:
    """What becomes of a row that is refused: that it was written before is well, and a row it names may be gone."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return 0
    bare = target.without_references(row)
    if bare != row:
        return await copied(connection, target, [bare])
    log.error("a row is not taken", table=target.table, cause=type(error).__name__)
    return 1


def clean(text: str | None, length: int) -> str | None:
    """`text` as a column takes it: cut short, without U+0000 and lone surrogates, and without tokens of ours."""
    if not text:
        return None
    shown = TOKEN.sub("agora_…", text).replace("\0", "\ufffd")[:length]
    return shown.encode("utf-8", "replace").decode()


def address(ip: str | None) -> IpAddress | None:
    """An address as a column takes it; None for what is none, like the name of a socket."""
    try:
        return ip_address(ip or "")
    except ValueError:
        return None


def moment(seconds: float) -> datetime:
    """The moment so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)
