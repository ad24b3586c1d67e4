"""What only the database knows of rows: asked column by column, of the values that differ."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import UNSET
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.ingest.faults import Faults
from app.services.ingest.reading import SLICE, Batch
from app.services.ingest.shapes import Check, Part, Shape
from app.services.refusals import Refusal
from graph.engine.access import VIEWER, Access, Viewer
from graph.engine.model.entities import Graph
from graph.engine.sql.fragments import numbered
from graph.engine.writing.constraints import spoken
from graph.engine.writing.reasons import text_of
from models.base import BY_TABLE

ASKED = 2_500
"""How many values a statement asks of: to hand over more of them holds up others."""


@dataclass(frozen=True, slots=True)
class By:
    """On whose behalf rows are recorded, under which policies."""

    viewer: Viewer
    access: Access
    graph: Graph


async def driver(session: AsyncSession) -> asyncpg.Connection:
    """The driver's own connection of the transaction, for what SQLAlchemy has no word for."""
    raw = await (await session.connection()).get_raw_connection()
    found = raw.driver_connection
    assert found is not None
    return found  # type: ignore[no-any-return]


async def seen(session: AsyncSession, table: Table, ids: Iterable[UUID], by: By, more: str = "") -> set[UUID]:
    """Which of the rows `ids` of `table` there are for whoever asks; the SQL `more` goes behind."""
    rule = by.access.predicate(by.graph[BY_TABLE[table.fullname].__name__], by.viewer)
    allowed = f" AND {text_of(rule, table, 'x')}" if rule is not None else ""
    asked, names = numbered(f"SELECT x.id FROM {table.fullname} AS x WHERE x.id = ANY ($1){allowed}{more}", ["ids"])
    values = [by.viewer.params[name.removeprefix(VIEWER)] for name in names[1:]]
    return {row["id"] for row in await (await driver(session)).fetch(asked, list(ids), *values)}


async def check_references(
    session: AsyncSession, shape: Shape, batch: Batch, business_id: UUID, by: By, faults: Faults
) -> None:
    """Note which rows name others that there are not, or not for this business. The others stay until the end."""
    named: dict[Table, list[Part]] = {}
    for part in shape.parts:
        if part.refers is not None:
            named.setdefault(part.refers, []).append(part)
    for table, parts in named.items():
        ids = {key for part in parts for key in batch.columns[part.key]} - {None}
        if ids and (missing := ids - await _there(session, table, ids, business_id, by)):
            for part in parts:
                why = Refusal("NOT_FOUND", part.name, f"names no {spoken(table)}")
                await _note(batch, faults, why, batch.columns[part.key], missing)


async def _there(session: AsyncSession, table: Table, ids: set[UUID], business_id: UUID, by: By) -> set[UUID]:
    """Which rows of `table` the business may name: its own, and those of none; where none has one, what is seen."""
    lock = " FOR KEY SHARE OF x"
    if "business_id" not in table.columns:
        return await seen(session, table, ids, by, lock)
    shared = " OR x.business_id IS NULL" if table.columns["business_id"].nullable else ""
    asked = f"SELECT x.id FROM {table.fullname} AS x WHERE x.id = ANY ($1) AND (x.business_id = $2{shared}){lock}"
    return {row["id"] for row in await (await driver(session)).fetch(asked, list(ids), business_id)}


async def _note(batch: Batch, faults: Faults, why: Refusal, values: Sequence[Any], wrong: set[Any]) -> None:
    """Note each row of which the value is one of those that are `wrong`."""
    for start in range(0, len(values), SLICE):
        for number, value in enumerate(values[start : start + SLICE], start):
            if value in wrong:
                batch.refused.add(number)
                faults.note(batch.places[number], why.field, why.message, why.code)
        await asyncio.sleep(0)


async def fill_in(session: AsyncSession, shape: Shape, batch: Batch) -> list[str]:
    """Put in what the server would for what rows do not give; the keys of the columns that any row gives."""
    absent = {part.key: batch.columns[part.key].count(UNSET) for part in shape.parts if part.default is not None}
    asked = [part for part in shape.parts if absent.get(part.key)]
    if asked:
        (row,) = await (await driver(session)).fetch(f"SELECT {', '.join(_default(part) for part in asked)}")
        for part, value in zip(asked, row, strict=True):
            batch.columns[part.key] = [value if one is UNSET else one for one in batch.columns[part.key]]
    count = len(batch)
    return [part.key for part in shape.parts if absent.get(part.key) != count and _holds(batch.columns[part.key])]


def _holds(values: Sequence[Any]) -> bool:
    """Whether any of them is not null."""
    return any(value is not None for value in values)


def _default(part: Part) -> str:
    """What COPY takes for what is not given: of JSON its text."""
    type_ = part.array.removesuffix("[]")
    return f"({part.default})::{'text' if type_ == 'JSONB' else type_}"


async def check_values(session: AsyncSession, shape: Shape, batch: Batch, faults: Faults) -> None:
    """Note which rows the table's own checks refuse, as far as they were not looked at before."""
    for check in shape.checks:
        parts = [shape.parts[place] for place in check.parts]
        columns = [batch.columns[part.key] for part in parts]
        different = list(dict.fromkeys(zip(*columns, strict=True)))
        await asyncio.sleep(0)
        wrong = set[Any]()
        for start in range(0, len(different), ASKED):
            wrong |= await _wrong(session, check, parts, different[start : start + ASKED])
        if wrong:
            why = Refusal("BAD_USER_INPUT", check.field, check.message)
            await _note(batch, faults, why, list(zip(*columns, strict=True)), wrong)


async def _wrong(session: AsyncSession, check: Check, parts: Sequence[Part], different: Sequence[Any]) -> set[Any]:
    """Which of `different` values, taken together, a CHECK refuses."""
    columns: Mapping[str, list[Any]] = {
        part.key: [values[number] for values in different] for number, part in enumerate(parts)
    }
    given = ", ".join(f"${number}::{part.array}" for number, part in enumerate(parts, 1))
    names = ", ".join(f'"{key}"' for key in columns)
    asked = f"SELECT place FROM unnest({given}) WITH ORDINALITY AS r ({names}, place) WHERE NOT ({check.condition})"
    rows = await (await driver(session)).fetch(asked, *columns.values())
    return {different[row["place"] - 1] for row in rows}
