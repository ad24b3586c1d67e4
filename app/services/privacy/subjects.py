"""Whom a claim is about, and the SQL that finds their rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, TextClause, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.privacy.personal import PEOPLE, Personal, keys
from models import Base
from models.chat import Visitor
from models.customers import Customer


@dataclass(frozen=True, slots=True)
class Subject:
    """A person, by every name that rows know them by."""

    user: UUID
    customers: tuple[UUID, ...] = ()
    shops: tuple[UUID, ...] = ()
    visitors: tuple[UUID, ...] = ()

    @property
    def values(self) -> Mapping[str, Any]:
        """What the parameters of conditions stand for."""
        lists = {"customers": list(self.customers), "shops": list(self.shops), "visitors": list(self.visitors)}
        return {"user": self.user, **lists}


async def known_as(session: AsyncSession, user_id: UUID) -> Subject:
    """The person with their Customer rows, deleted ones too, and the visitors that those were recognised as."""
    customers = select(Customer.id, Customer.business_id).where(Customer.user_id == user_id)
    found = (await session.execute(customers)).all()
    ids = tuple(row.id for row in found)
    visitors = tuple(await session.scalars(select(Visitor.id).where(Visitor.customer_id.in_(ids))))
    return Subject(user_id, ids, tuple(row.business_id for row in found), visitors)


def either(conditions: Iterable[str]) -> str:
    """One of several SQL conditions."""
    return f"({' OR '.join(conditions)})"


def is_theirs(line: Personal, row: str = "r") -> str:
    """The SQL condition that a row, called `row`, is the person's by the line; see `Subject.values`."""
    return either(_by(line.table, path, row) for path in line.paths)


def _by(table: str, path: str, row: str) -> str:
    """The same by one path: from the key that names the person outward to the row."""
    steps = keys(path)
    tables = [table, *(target for _, target in steps[:-1])]
    found = f"{row}{len(steps) - 1}.{steps[-1][0]} {_names(tables[-1], steps[-1][0])}"
    for depth in range(len(steps) - 2, -1, -1):
        inner = f"SELECT {row}{depth + 1}.id FROM {tables[depth + 1]} AS {row}{depth + 1} WHERE {found}"
        found = f"{row}{depth}.{steps[depth][0]} IN ({inner})"
    return found.replace(f"{row}0.", f"{row}.")


def _names(table: str, key: str) -> str:
    """What makes a key name the person."""
    if key == "id":
        return "= :user"
    (target,) = (found.column.table.fullname for found in Base.metadata.tables[table].columns[key].foreign_keys)
    return "= :user" if PEOPLE[target] == "user" else f"= ANY(:{PEOPLE[target]})"


_TYPES: dict[str, Any] = {
    "user": Uuid(),
    **dict.fromkeys(("customers", "shops", "visitors", "ids"), ARRAY(Uuid())),
    "told": ARRAY(Text()),
}


def statement(sql: str, values: Mapping[str, Any]) -> TextClause:
    """The statement with those of `values` that it uses."""
    made = text(sql)
    used = [name for name in values if name in made._bindparams]
    return made.bindparams(*(bindparam(name, values[name], type_=_TYPES.get(name)) for name in used))
