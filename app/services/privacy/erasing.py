"""Forgetting a person: their columns are emptied, what they wrote is taken out, and the books stay as they were.

Which columns is said in `personal`; here is how. The logs come last, because what is done here may be logged too.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.privacy.personal import LOGS, PERSONAL, Personal, entity_of, texts
from app.services.privacy.subjects import Subject, is_theirs, statement
from graph.engine.model.ids import camel
from models import Base

WORD = "erased"
"""What stands where a text must stand."""

FIXED = {
    "identity.users.first_name": "'Erased'",
    "identity.users.last_name": "'Erased'",
    "finance.payment_methods.last4": "'0000'",
}
"""What stands in columns of forms of their own."""

MORE = {
    "identity.users": "is_active = false, is_superuser = false, deleted_at = coalesce(deleted_at, :now)",
    "customers.customers": "is_active = false, deleted_at = coalesce(deleted_at, :now), "
    "accepts_email_marketing = false, accepts_sms_marketing = false, accepts_newsletter = false",
    "identity.gdpr_consents": "ended_at = coalesce(ended_at, greatest(given_at, :now))",
}
"""What else is written: nothing of the person is in use any more."""

WITHDRAWN = """UPDATE freelance.jobs SET deleted_at = :now, version = version + 1
WHERE client_id = :user AND status IN ('DRAFT', 'OPEN') AND deleted_at IS NULL"""
"""Nobody can be hired by somebody who is gone."""

KEYS = "DELETE FROM ops.idempotency_keys WHERE viewer = :viewer"
"""What mutations came to is told again to nobody."""

NAMED = {
    "identity.users": "email, username, phone, first_name, last_name, first_name || ' ' || last_name, "
    "last_name || ', ' || first_name",
    "customers.customers": "email, first_name, last_name, name, company, tax_number, phone, host(registration_ip)",
    "customers.addresses": "recipient, street, phone",
    "chat.visitors": "name, email, phone",
    "identity.kyc_verifications": "full_name, document_number",
    "identity.login_sessions": "host(ip_address)",
    "identity.security_events": "host(ip_address)",
}
"""Where the values stand that name the person."""

SHORTEST = 3
"""Characters of a value that names somebody: shorter ones are in every other word."""


async def erase(session: AsyncSession, subject: Subject, now: datetime) -> dict[str, int]:
    """Forget the person; how many rows of each entity were changed or removed."""
    marks = pattern(await _marks(session, subject))
    rows = [(line, await _ids(session, line, subject)) for line in PERSONAL]
    counts: dict[str, int] = {}
    for line, ids in rows:
        name = entity_of(line.table)
        counts[name] = max(counts.get(name, 0), len(ids))
        if not line.delete:
            await _empty(session, line, ids, now)
            await _scrub(session, line.source, line.scrub, "id = ANY(:ids)", {"ids": ids}, marks)
    await session.execute(statement(WITHDRAWN, {"user": subject.user, "now": now}))
    for line, ids in rows:
        if line.delete and ids:
            await session.execute(statement(f"DELETE FROM {line.table} WHERE id = ANY(:ids)", {"ids": ids}))
    for line, ids in rows:
        await _forget_logs(session, line, ids, marks)
    await session.execute(statement(KEYS, {"viewer": f"user:{subject.user}"}))
    return {name: count for name, count in sorted(counts.items()) if count}


def pattern(marks: Iterable[str]) -> str:
    """What finds any of the `marks` as whole words, whatever the case, in texts and in the text of JSON."""
    kept = {mark.strip() for mark in marks if len(mark.strip()) >= SHORTEST}
    forms = {form for mark in kept for form in (mark, json.dumps(mark, ensure_ascii=False)[1:-1])}
    return "|".join(_as_word(form) for form in sorted(forms, key=lambda form: (-len(form), form)))


def _as_word(text: str) -> str:
    """The regular expression of PostgreSQL for `text`, not within another word."""
    begin, end = r"\m" if text[0].isalnum() else "", r"\M" if text[-1].isalnum() else ""
    return begin + re.sub(r"([^\w\s])", r"\\\1", text) + end


async def _marks(session: AsyncSession, subject: Subject) -> list[str]:
    """The values that name the person."""
    marks: list[str] = []
    for table, values in NAMED.items():
        line = next(line for line in PERSONAL if line.table == table)
        query = f"SELECT DISTINCT {values} FROM {table} AS r WHERE {is_theirs(line)}"
        found = await session.execute(statement(query, subject.values))
        marks += [value for row in found for value in row if value]
    return marks


async def _ids(session: AsyncSession, line: Personal, subject: Subject) -> list[UUID]:
    found = await session.execute(
        statement(f"SELECT id FROM {line.table} AS r WHERE {is_theirs(line)}", subject.values)
    )
    return [row.id for row in found]


async def _empty(session: AsyncSession, line: Personal, ids: list[UUID], now: datetime) -> None:
    """Write what is left of the columns that are erased. Whoever edits a row with what it was meets a new version."""
    changes = [f"{name} = {left(line.source.columns[name])}" for name in line.erase]
    changes += [MORE[line.table]] if line.table in MORE else []
    changes += ["version = version + 1"] if changes and "version" in line.source.columns else []
    if changes and ids:
        sql = f"UPDATE {line.table} SET {', '.join(changes)} WHERE id = ANY(:ids)"
        await session.execute(statement(sql, {"ids": ids, "now": now}))


async def _scrub(
    session: AsyncSession, table: Table, names: Iterable[str], where: str, values: Mapping[str, Any], marks: str
) -> None:
    """Put a word in the place of whatever names the person in columns that stay."""
    for name in names if marks else ():
        type_ = table.columns[name].type
        cast = "::jsonb" if isinstance(type_, JSONB) else "::text[]" if isinstance(type_, ARRAY) else ""
        text = f"regexp_replace({name}::text, :marks, '{WORD}', 'gi'){cast}"
        sql = f"UPDATE {table.fullname} SET {name} = {text} WHERE {where} AND {name}::text ~* :marks"
        await session.execute(statement(sql, {**values, "marks": marks}))


async def _forget_logs(session: AsyncSession, line: Personal, ids: list[UUID], marks: str) -> None:
    """Take what was erased of rows out of what logs say of them."""
    names = line.erase or tuple(column.name for column in texts(line.source) if line.delete)
    values = {"entity": entity_of(line.table), "ids": ids, "told": [*names, *map(camel, names)]}
    about = "entity_type = :entity AND entity_id = ANY(:ids)"
    for log, columns in LOGS.items() if ids else ():
        table = Base.metadata.tables[log]
        for name in columns.split() if names else ():
            if isinstance(table.columns[name].type, JSONB):
                nulls = f"SELECT jsonb_object_agg(k, NULL) FROM jsonb_object_keys({name}) AS k WHERE k = ANY(:told)"
                told = f"jsonb_typeof({name}) = 'object' AND {name} ?| :told"
                sql = f"UPDATE {log} SET {name} = {name} || ({nulls}) WHERE {about} AND {told}"
                await session.execute(statement(sql, values))
        await _scrub(session, table, columns.split(), about, values, marks)


@cache
def left(column: Column[Any]) -> str:
    """The SQL of what is left in a column that is erased: nothing, if the table's rules allow it."""
    name = f"{column.table.fullname}.{column.name}"
    word = FIXED.get(name) or _word(column)
    if not column.nullable or name in FIXED:
        return word
    return f"CASE WHEN {column.name} IS NOT NULL THEN {word} END" if _is_asked_for(column) else "NULL"


def _word(column: Column[Any]) -> str:
    if isinstance(column.type, ARRAY):
        return "'{}'"
    if isinstance(column.type, JSONB):
        return str(column.server_default.arg) if column.server_default is not None else "'{}'"  # type: ignore[attr-defined]
    if re.fullmatch(r"(.*_)?email", column.name):
        return "'erased-' || id || '@erased.invalid'"
    return "'erased-' || id" if is_unique(column) else f"'{WORD}'"


def _is_asked_for(column: Column[Any]) -> bool:
    """Whether a rule of the table asks if the column is given: then it stays so."""
    if isinstance(column.type, INET) or column.type.python_type is not str:
        return False
    return any(re.search(rf"\b{column.name}\b", rule) and "null" in rule.lower() for rule in _rules(column.table))


def _rules(table: Any) -> Iterator[str]:
    return (str(found.sqltext) for found in table.constraints if isinstance(found, CheckConstraint))


def is_unique(column: Column[Any]) -> bool:
    """Whether a rule of the table lets no two rows have the same value there."""
    table = column.table
    unique = [found for found in table.constraints if isinstance(found, UniqueConstraint)]
    indexes = [index for index in getattr(table, "indexes", ()) if index.unique]
    return any(column.name in found.columns for found in (*unique, *indexes))
