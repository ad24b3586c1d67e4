"""What the database refuses, in words: from a violated constraint to a Refusal. Values never take part."""

from functools import cache

import asyncpg
from sqlalchemy import CheckConstraint, Constraint, ForeignKeyConstraint, Index, Table, UniqueConstraint

from graph.engine.model.ids import camel
from graph.engine.writing.refusals import Refusal
from models.base import Base

Violation = asyncpg.IntegrityConstraintViolationError


def refusal_of(error: Violation) -> Refusal | None:
    """Why the database refused a write; None for a constraint that is not ours."""
    if isinstance(error, asyncpg.NotNullViolationError):
        return Refusal("BAD_USER_INPUT", camel(str(error.column_name)), "must be given")
    match _constraints().get(str(error.constraint_name)):
        case CheckConstraint() as broken:
            return Refusal("BAD_USER_INPUT", camel(broken.info["field"]), broken.info["message"])
        case ForeignKeyConstraint() as key if _is_in_use(error):
            return Refusal("CONFLICT", "id", f"is still referred to by {_words(key.table.name)}")
        case ForeignKeyConstraint() as key:
            return Refusal("NOT_FOUND", camel(key.column_keys[-1]), f"names no {spoken(key.referred_table)}")
        case (UniqueConstraint() | Index()) as unique:
            return taken(unique)
    return None


def taken(unique: UniqueConstraint | Index) -> Refusal:
    """What is said where another row has the same values."""
    columns = [column.name for column in unique.columns]
    others, table = [column.removesuffix("_id") for column in columns[:-1]], unique.table
    assert table is not None
    same = f" with the same {' and '.join(_words(other) for other in others)}" if others else ""
    return Refusal("CONFLICT", camel(columns[-1]), f"is already taken by another {spoken(table)}{same}")


def _is_in_use(error: Violation) -> bool:
    """Whether a row cannot go because others refer to it, and not come because it refers to none."""
    return isinstance(error, asyncpg.RestrictViolationError) or str(error).startswith("update or delete")


def _words(name: str) -> str:
    return name.replace("_", " ")


def spoken(table: Table) -> str:
    """What people call a row of `table`."""
    names = {mapper.local_table: mapper.class_.__name__ for mapper in Base.registry.mappers}
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in names[table]).strip()


@cache
def _constraints() -> dict[str, Constraint | Index]:
    """All that is ours and can be violated, by name."""
    tables = Base.metadata.tables.values()
    constraints = [constraint for table in tables for constraint in table.constraints]
    indexes = [index for table in tables for index in table.indexes if index.unique]
    every: list[Constraint | Index] = [*constraints, *indexes]
    return {str(found.name): found for found in every}
