"""What every table refuses: each simple check is broken once, on the sample data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import CheckConstraint, Table

from graph.engine.writing.constraints import refusal_of
from models import Base

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

WORSE = {
    r"_at_least_zero": "-1",
    r"_positive": "0",
    r"_is_known": "'NO_SUCH_MEMBER'",
    r"currency_form": "'dollars'",
    r"country_form": "'Atlantis'",
    r"email_form": "'nobody'",
    r"phone_form": "'0800'",
    r"slug_form": "'Not A Slug'",
    r"_length": "''",
}
"""By the end of a check's name: a value that breaks it."""


def breaking(constraint: CheckConstraint) -> str | None:
    """SQL of a value that the check refuses; None if it is not one of the simple ones."""
    name = str(constraint.name)
    if found := re.search(r"BETWEEN (-?\d+) AND", str(constraint.sqltext)):
        return str(int(found[1]) - 1) if name.endswith("_range") else "''" if name.endswith("_length") else None
    if name.endswith("_is_another"):
        return "id" if str(constraint.sqltext) == f"{constraint.info['field']} <> id" else None
    plain = constraint.info["field"] in str(constraint.sqltext)
    return next((value for end, value in WORSE.items() if name.endswith(end) and plain), None)


def simple_checks(table: Table) -> list[tuple[CheckConstraint, str]]:
    """The checks of `table` that one value of their own column breaks."""
    checks = [constraint for constraint in table.constraints if isinstance(constraint, CheckConstraint)]
    found = [(check, breaking(check)) for check in sorted(checks, key=lambda check: str(check.name))]
    return [(check, value) for check, value in found if value is not None]


TABLES = {table.fullname: table for table in Base.metadata.tables.values() if simple_checks(table)}


@pytest.mark.parametrize("schema", sorted({str(table.schema) for table in TABLES.values()}))
async def test_every_simple_check_is_enforced_and_says_why(sample: Connection, schema: str) -> None:
    broken = 0
    for name, table in sorted(TABLES.items()):
        for check, value in simple_checks(table) if table.schema == schema else ():
            with pytest.raises(asyncpg.CheckViolationError) as caught:
                async with sample.transaction():
                    row = f"(SELECT id FROM {name} ORDER BY id LIMIT 1)"
                    await sample.execute(f"UPDATE {name} SET {check.info['field']} = {value} WHERE id = {row}")
                    pytest.fail(f"{check.name} let {value} pass")
            refusal = refusal_of(caught.value)
            assert refusal is not None
            assert refusal.message.startswith(("must", "is", "needs", "or ")), refusal
            broken += 1
    assert broken


async def test_what_must_be_given_is_named(sample: Connection) -> None:
    with pytest.raises(asyncpg.NotNullViolationError) as caught:
        await sample.execute("UPDATE freelance.jobs SET title = NULL")
    refusal = refusal_of(caught.value)
    assert refusal is not None
    assert (refusal.field, refusal.message) == ("title", "must be given")
