"""What the usual way has for all its types: a DataLoader for each relation, pages and global IDs."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar, get_args
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased
from strawberry.dataloader import DataLoader

from models.base import Entity
from models.uuid7 import uuid7_floor

T = TypeVar("T")


def enumeration(name: str, members: Any) -> Any:
    """A Strawberry enum of the alias `members` of a Literal."""
    make: Any = StrEnum
    return strawberry.enum(make(name, {member: member for member in get_args(members)}))


class Loaders:
    """The loaders of a request, made when first asked for; they share its session."""

    def __init__(self, session: AsyncSession) -> None:
        self.session, self.turn = session, asyncio.Lock()
        self.made: dict[Hashable, DataLoader[UUID, Any]] = {}

    async def all(self, query: Select[Any]) -> Sequence[Any]:
        """The entities that `query` selects; one query at a time, as a session must be used."""
        async with self.turn:
            return (await self.session.scalars(query)).all()

    def one(self, key: InstrumentedAttribute[Any]) -> DataLoader[UUID, Any]:
        """Loads the row whose `key` is given."""
        return self._loader(key, lambda: partial(self._load_one, key))

    def page(self, key: InstrumentedAttribute[Any], first: int | None, last: int | None) -> DataLoader[UUID, list[Any]]:
        """Loads the first or last rows whose `key` is given, by id."""
        return self._loader((key, first, last), lambda: partial(self._load_page, key, first, last))

    def _loader(self, name: Hashable, loading: Callable[[], Callable[..., Any]]) -> DataLoader[UUID, Any]:
        if name not in self.made:
            self.made[name] = DataLoader(load_fn=loading())
        return self.made[name]

    async def _load_one(self, key: InstrumentedAttribute[Any], ids: list[UUID]) -> list[Any]:
        rows = await self.all(select(key.class_).where(key.in_(ids)))
        found = {getattr(row, key.key): row for row in rows}
        return [found.get(id_) for id_ in ids]

    async def _load_page(
        self, key: InstrumentedAttribute[Any], first: int | None, last: int | None, ids: list[UUID]
    ) -> list[list[Any]]:
        class_: Any = key.class_
        order = class_.id.desc() if last else class_.id
        place = func.row_number().over(partition_by=key, order_by=order).label("place")
        numbered = select(class_, place).where(key.in_(ids), *until_now(class_)).subquery()
        row = aliased(class_, numbered)
        rows = await self.all(select(row).where(numbered.c.place <= (last or first)).order_by(row.id))
        found: dict[UUID, list[Any]] = {id_: [] for id_ in ids}
        for each in rows:
            found[getattr(each, key.key)].append(each)
        return [found[id_] for id_ in ids]


def until_now(class_: type[Entity]) -> list[ColumnElement[bool]]:
    """On partitioned tables: what keeps a query out of the partitions ahead."""
    if not class_.time_column:
        return []
    return [class_.id < uuid7_floor(datetime.now(UTC) + timedelta(seconds=1))]


Info = strawberry.Info[dict[str, Any], None]


def loaders(info: Info) -> Loaders:
    """The request's loaders."""
    found: Loaders = info.context["loaders"]
    return found


def global_id(type_: str, row: Entity) -> strawberry.ID:
    """The global ID of `row`."""
    return strawberry.ID(f"{type_}_{row.id}")


def uuid_of(id_: str) -> UUID:
    """The uuid in a global ID."""
    return UUID(id_.rpartition("_")[2])


@strawberry.type
class Connection(Generic[T]):
    """A page of a list."""

    nodes: list[T]
