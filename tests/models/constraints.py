"""How tests of what the database refuses are written: a statement, the constraint, and what a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
import pytest

from graph.engine.writing.constraints import refusal_of

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement that `constraint` refuses; `message` is the field and what people read of it."""

    what: str
    statement: str
    constraint: str
    message: str

    def __str__(self) -> str:
        return self.what


async def refuses(connection: Connection, case: Refused) -> None:
    """Run the statement of `case` and compare what the database and what we say."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        async with connection.transaction():
            await connection.execute(case.statement)
    error = caught.value
    assert (error.constraint_name or error.column_name) == case.constraint, str(error)
    refusal = refusal_of(error)
    assert refusal is not None
    assert f"{refusal.field} {refusal.message}" == case.message
