"""Somebody to whom a row of every kind is given, and what the whole database holds of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Numeric, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB, TSVECTOR
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.privacy.erasing import is_unique
from app.services.privacy.personal import DID, PEOPLE, PERSONAL, Personal, keys
from app.services.privacy.subjects import Subject, is_theirs, known_as, statement
from models import Base
from models.base import BY_TABLE, Entity
from tests.identity.accounts import PASSWORD, Desk

FIRST, LAST, MAIL, PHONE, STREET, ADDRESS = (
    *("Zebediah", "Quillfeather", "zebediah@quill.example", "+4915199887766", "7 Nightingale Mews", "198.51.100.77"),
)
SAID = f"{FIRST} {LAST} ({MAIL}, {PHONE}), {STREET}"
HINTS = ("zebediah", "quillfeather", "quill.example", PHONE, "Nightingale", ADDRESS)
PLACE = {"recipient": FIRST, "street": STREET, "city": LAST, "country": "NL"}
LEDGERS = (
    *("sales.orders", "sales.order_items", "sales.order_returns", "sales.return_items", "finance.payments"),
    *("finance.refunds", "finance.transactions", "freelance.escrows", "freelance.escrow_movements"),
    *("freelance.milestones", "customers.customers", "offers.offer_redemptions", "sales.customer_subscriptions"),
)


async def tried(session: AsyncSession, sql: str, values: dict[str, Any]) -> int:
    """How many rows a statement changed; -1 if a rule of the database is against it."""
    try:
        async with session.begin_nested():
            return int((await session.execute(statement(sql, values))).rowcount)  # type: ignore[attr-defined]
    except DBAPIError:
        return -1


class Rich:
    """Somebody of the sample data to whom a row of every kind that can be personal is given, full of who they are."""

    def __init__(self, desk: Desk, user: UUID) -> None:
        self.desk, self.user = desk, user

    async def subject(self) -> Subject:
        async with self.desk.begin() as session:
            return await known_as(session, self.user)

    async def secured(self) -> None:
        """The password is PASSWORD."""
        hashed = await self.desk.passwords.hash(PASSWORD)
        sql = "UPDATE identity.users SET password_hash = :h WHERE id = :u RETURNING id"
        await self.desk.rows(sql, h=hashed, u=self.user)

    async def settled(self) -> None:
        """No escrow of the person's holds money: those that do are somebody else's."""
        for side, other in (("client_id", "freelancer_id"), ("freelancer_id", "client_id")):
            anybody = f"SELECT id FROM identity.users WHERE id NOT IN (:u, e.{other}) ORDER BY id LIMIT 1"
            sql = f"UPDATE freelance.escrows AS e SET {side} = ({anybody}) WHERE {side} = :u AND {HOLDS} RETURNING id"
            await self.desk.rows(sql, u=self.user)

    async def given(self) -> list[str]:
        """Give the person rows; the keys of which none could be given."""
        staff = "INSERT INTO chat.chat_participants (session_id, type, user_id, name) "
        staff += "SELECT id, 'STAFF', :u, 'x' FROM chat.chat_sessions ORDER BY id LIMIT 1 RETURNING id"
        await self.desk.rows(staff, u=self.user)
        async with self.desk.begin() as session:
            first = ("customers.customers.user_id", "chat.visitors.customer_id")
            return [key for key in (*first, *sorted(set(_named()))) if not await self._give(session, key)]

    async def _give(self, session: AsyncSession, key: str) -> bool:
        """Whether a row now names the person by the key, or did before."""
        table, _, column = key.rpartition(".")
        (target,) = (found.column.table.fullname for found in Base.metadata.tables[table].columns[column].foreign_keys)
        subject = await known_as(session, self.user)
        names = {"user": (self.user,), "customers": subject.customers, "visitors": subject.visitors}[PEOPLE[target]]
        if await session.scalar(statement(f"SELECT count(*) FROM {table} WHERE {column} = ANY(:ids)", {"ids": names})):
            return True
        where = f"WHERE NOT {HOLDS}" if table == "freelance.escrows" else ""
        ids = (await session.scalars(text(f"SELECT id FROM {table} {where} ORDER BY id LIMIT 300"))).all()
        sql = f"UPDATE {table} SET {column} = :name WHERE id = :id"
        for found in ids:
            if await tried(session, sql, {"name": names[0], "id": found}) > 0:
                return True
        return False

    async def marked(self) -> list[str]:
        """Write who they are wherever it is to be erased or scrubbed; the columns where a rule is against it."""
        refused = []
        async with self.desk.begin() as session:
            subject = await known_as(session, self.user)
            for line in PERSONAL:
                theirs = f"FROM {line.table} AS r WHERE {is_theirs(line)}"
                ids = (await session.scalars(statement(f"SELECT r.id {theirs}", subject.values))).all()
                for name in (*line.erase, *line.scrub) if ids else ():
                    mark = _mark(line.source, name)
                    sql = f"UPDATE {line.table} SET {name} = {mark} WHERE id = ANY(:ids)"
                    given = f"{sql} AND {name} IS NOT NULL"
                    written = mark is None or await tried(session, sql, {"ids": ids}) >= 0
                    if not written and await tried(session, given, {"ids": ids}) < 0:
                        refused.append(f"{line.table}.{name}")
        return refused


HOLDS = "status IN ('FUNDED', 'PARTIALLY_RELEASED', 'FROZEN')"


def _named() -> Iterable[str]:
    for line in PERSONAL:
        for path in line.paths:
            steps = keys(path)
            if path != "id":
                yield f"{steps[-2][1] if len(steps) > 1 else line.table}.{steps[-1][0]}"


def _mark(table: Table, name: str) -> str | None:
    """The SQL of something that names the person, of the column's type and form; None if it holds no text."""
    column = table.columns[name]
    if isinstance(column.type, ARRAY):
        return f"ARRAY['{SAID}', '{ADDRESS}', id::text]"
    if isinstance(column.type, JSONB):
        whole = json.dumps({"said": SAID, name: FIRST, "ip": ADDRESS, **PLACE, "deep": [{"email": MAIL}]})
        return f"'[{whole}]'" if "[" in str(getattr(column.server_default, "arg", "")) else f"'{whole}'"
    if isinstance(column.type, INET):
        return f"'{ADDRESS}'"
    if column.type.python_type is not str:
        return None
    if is_unique(column) and name != "email":
        return f"'{LAST} ' || id"
    given = {"email": MAIL, "phone": PHONE, "first_name": FIRST, "last_name": LAST, "street": STREET}
    short = {"city": LAST}
    return f"'{(given | short).get(name.rpartition('requester_')[2].rpartition('buyer_')[2], SAID)}'"


async def everywhere(desk: Desk) -> list[str]:
    """The columns of all tables in which something of the person is found."""
    found = []
    for table in Base.metadata.tables.values():
        names = [column.name for column in table.columns if isinstance(column.type, KINDS)]
        tests = {name: " OR ".join(f"{name}::text ILIKE '%{hint}%'" for hint in HINTS) for name in names}
        counts = ", ".join(f'count(*) FILTER (WHERE {test}) AS "{name}"' for name, test in tests.items())
        (row,) = await desk.rows(f"SELECT {counts or 1} FROM {table.fullname} AS t") if counts else [{}]
        found += [f"{table.fullname}.{name}" for name, count in row.items() if count]
    return found


KINDS = (Text, ARRAY, JSONB, INET, TSVECTOR)


async def checksums(desk: Desk) -> dict[str, dict[UUID, str]]:
    """A checksum of every row of every table."""
    found = {}
    async with desk.begin() as session:
        for table in (name for name, cls in BY_TABLE.items() if issubclass(cls, Entity)):
            rows = await session.execute(text(f"SELECT id, md5(CAST(t AS text)) AS sum FROM {table} AS t"))
            found[table] = {row.id: row.sum for row in rows}
    return found


async def books(desk: Desk) -> dict[str, Any]:
    """How many rows the ledgers have, and the sums of all their numbers and dates."""
    found = {}
    for name in LEDGERS:
        columns = Base.metadata.tables[name].columns
        sums = [f"sum({column.name}) AS {column.name}" for column in columns if _is_figure(column)]
        sums += ["count(*) AS rows", "min(id::text) AS first", "max(created_at) AS last"]
        (found[name],) = await desk.rows(f"SELECT {', '.join(sums)} FROM {name}")
    return found


def _is_figure(column: Column[Any]) -> bool:
    """Whether it is of the books; how likely somebody is to leave is no such figure."""
    return isinstance(column.type, Numeric) and column.name != "churn_risk"


SPEAKING = [name for name, table in Base.metadata.tables.items() if "entity_id" in table.columns]
"""Tables whose rows speak of a row of any other."""


async def touchable(desk: Desk, subject: Subject) -> dict[str, set[UUID]]:
    """The rows that name the person by any key, and those below them, by the model's foreign keys alone."""
    reached: dict[str, set[UUID]] = {"identity.users": {subject.user}}
    async with desk.begin() as session:
        for _ in range(4):
            for table in Base.metadata.tables.values():
                for key in table.foreign_keys:
                    parents = reached.get(key.column.table.fullname)
                    if parents and key.parent.name not in DID:
                        query = f"SELECT id FROM {table.fullname} WHERE {key.parent.name} = ANY(:ids)"
                        rows = await session.execute(statement(query, {"ids": list(parents)}))
                        reached.setdefault(table.fullname, set()).update(row.id for row in rows)
        ids = [key for keys_ in reached.values() for key in keys_]
        for name in SPEAKING:
            rows = await session.execute(statement(f"SELECT id FROM {name} WHERE entity_id = ANY(:ids)", {"ids": ids}))
            reached.setdefault(name, set()).update(row.id for row in rows)
    return reached


async def theirs_alone(desk: Desk, subject: Subject, line: Personal) -> set[UUID]:
    """The rows of a line's table that name somebody else, and the person by no line."""
    lines = [other for other in PERSONAL if other.table == line.table]
    condition = " OR ".join(is_theirs(other) for other in lines)
    async with desk.begin() as session:
        query = f"SELECT id FROM {line.table} AS r WHERE ({condition}) IS NOT TRUE"
        return {row.id for row in await session.execute(statement(query, subject.values))}


async def logged(desk: Desk, rich: Rich) -> None:
    """What was done to the person's rows, and by them, with all values."""
    known = {"email": MAIL, "first_name": FIRST, "lastName": LAST, "more": {"said": SAID}, "loginCount": 3}
    values = {"u": rich.user, "j": json.dumps(known), "a": ADDRESS}
    await desk.rows(
        "INSERT INTO ops.audit_logs (user_id, action, entity_type, entity_id, before, after, ip_address, user_agent) "
        "VALUES (:u, 'UPDATE', 'User', :u, CAST(:j AS jsonb), CAST(:j AS jsonb), CAST(:a AS inet), 'Quillfeather/1') "
        "RETURNING id",
        **values,
    )
    await desk.rows(
        "INSERT INTO ops.event_logs (name, entity_type, entity_id, payload) "
        "VALUES ('user.changed', 'User', :u, CAST(:j AS jsonb)) RETURNING id",
        **{key: values[key] for key in "uj"},
    )
    await desk.rows(
        "INSERT INTO ops.service_syncs (service_name, entity_type, entity_id, operation, data) "
        "VALUES ('crm', 'User', :u, 'SYNC', CAST(:j AS jsonb)) RETURNING id",
        **{key: values[key] for key in "uj"},
    )
