"""Everything about a person, as the person may read it: from the rows to a file.

What may be read is not said here: columns and the rows below others are asked of the policies, for somebody who
belongs to no business, so that what staff keep to themselves stays there.
"""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

import models
from app.services.privacy.personal import PERSONAL, Personal, entity_of
from app.services.privacy.subjects import Subject, either, is_theirs, statement
from graph.access import viewers
from graph.access.policies import Policies
from graph.engine.access import VIEWER, Viewer
from graph.engine.model.entities import Column, Entity, describe
from graph.engine.sql.fragments import VIEWERS, Frozen

BATCH = 200
"""Rows that are written at once."""

READER = Viewer(viewers.USER)
"""As whom the person reads."""


async def write_export(session: AsyncSession, subject: Subject, file: Path, now: datetime) -> dict[str, int]:
    """Write the person's rows to `file`, whole or not at all; how many there were of each entity."""
    draft = file.with_suffix(".part")
    counts: dict[str, int] = {}
    with _opened(draft) as opened:
        opened.write(b'{"exportedAt":%s,"user":"user_%s","rows":{' % (orjson.dumps(now), str(subject.user).encode()))
        for name in exported():
            opened.write(b'%s\n"%s":[' % (b"," if counts else b"", name.encode()))
            counts[name] = 0
            async for batch in _rows(session, name, subject):
                lines = b",\n".join(batch)
                opened.write(b"%s\n%s" % (b"," if counts[name] else b"", lines))
                counts[name] += len(batch)
            opened.write(b"]")
        opened.write(b"\n}}\n")
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
    return {name: count for name, count in counts.items() if count}


@cache
def exported() -> dict[str, tuple[Personal, ...]]:
    """The lines of each entity that is exported, by the entity's name."""
    lines = [line for line in PERSONAL if line.export]
    names = sorted({entity_of(line.table) for line in lines})
    return {name: tuple(line for line in lines if entity_of(line.table) == name) for name in names}


def query(name: str) -> str:
    """The statement for the rows of the entity `name` that are the person's: each a JSON object without nulls."""
    entity = _policies().graph[name]
    values = ", ".join(f'{_value(column)} AS "{column.name}"' for column in _columns(entity))
    found = either(_condition(entity, line) for line in exported()[name])
    rows = f"SELECT {values} FROM {entity.table.fullname} AS r WHERE {found} ORDER BY r.id"
    return f"SELECT json_strip_nulls(row_to_json(x))::text FROM ({rows}) AS x"


async def _rows(session: AsyncSession, name: str, subject: Subject) -> AsyncIterator[list[bytes]]:
    result = await session.stream(statement(query(name), subject.values))
    async for batch in result.scalars().partitions(BATCH):
        yield [row.encode() for row in batch]


def _columns(entity: Entity) -> Iterator[Column]:
    """The columns of the table itself; secret ones are none of the entity's."""
    return (column for column in entity.columns.values() if column.expression is None)


def _value(column: Column) -> str:
    rule = _policies().visible(column, READER)
    return _text(rule) if isinstance(rule, Frozen) else f'r."{column.key}"'


def _condition(entity: Entity, line: Personal) -> str:
    """Which rows: what names the person, and below that what the person may read."""
    found = is_theirs(line)
    rule = _policies().predicate(entity, READER)
    below = all(">" in path for path in line.paths)
    return f"({found} AND {_text(rule)})" if below and isinstance(rule, Frozen) else found


def _text(rule: Frozen) -> str:
    """The rule's SQL with the parameters of ours."""
    found = f"({rule.text('r')})"
    for name in ("user", "customers", "shops"):
        found = found.replace(VIEWERS.format(VIEWER + name), f"(:{name})")
    return found


@cache
def _policies() -> Policies:
    return Policies(describe(models.Base))


def _opened(draft: Path) -> BinaryIO:
    """A new file for its owner alone, in a folder for its owner alone."""
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
