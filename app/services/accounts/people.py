"""Accounts by their addresses, and what is asked of those who open one."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.passwords import check_password
from app.services.refusals import Refusal
from models.identity import User

NAME_LENGTH, EMAIL_LENGTH = 100, 254

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LOCALE = re.compile(r"(?=.{2,35}$)[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

NOBODY = UUID(int=0)
"""The id that no row has."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What somebody who opens an account says."""

    email: str
    password: str = field(repr=False)
    first_name: str
    last_name: str
    locale: str = "en"

    def tidied(self) -> "NewPerson":
        """The same without what slips in when people type."""
        names = {"first_name": self.first_name.strip(), "last_name": self.last_name.strip()}
        return replace(self, email=tidied(self.email), **names)


class Account(NamedTuple):
    """What is known of a person before anything is proven."""

    id: UUID
    password_hash: str | None


def tidied(email: str) -> str:
    """An address as it is stored."""
    return email.strip().lower()


def check_person(new: NewPerson) -> list[Refusal]:
    """What is wrong with what somebody says; the person's address is tidied."""
    names = f"must have 1 to {NAME_LENGTH} characters"
    rules = {
        ("email", "must be an e-mail address"): is_email(new.email),
        ("firstName", names): _is_name(new.first_name),
        ("lastName", names): _is_name(new.last_name),
        ("locale", "must be a language tag, like en or pt-BR"): bool(_LOCALE.fullmatch(new.locale)),
    }
    refusals = [Refusal("BAD_USER_INPUT", field, message) for (field, message), holds in rules.items() if not holds]
    return refusals + check_password(new.password, new.email)


def is_email(text: str) -> bool:
    """Whether a tidied text can be an address."""
    # ASCII: what is lower case elsewhere, and which letters look alike, is no two programs' common opinion.
    return len(text) <= EMAIL_LENGTH and text.isascii() and text.isprintable() and bool(_EMAIL.fullmatch(text))


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= NAME_LENGTH and text.isprintable()


async def find(session: AsyncSession, email: str) -> Account | None:
    """The account with the tidied address, in whatever state."""
    found = await session.execute(select(User.id, User.password_hash).where(User.email == email))
    row = found.one_or_none()
    return Account(*row) if row else None


async def locked(session: AsyncSession, user_id: UUID) -> User | None:
    """The person's row, which nobody else changes before the end of the transaction."""
    held = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return await session.scalar(held, execution_options={"populate_existing": True})


def is_alive(user: User) -> bool:
    """Whether the account may be used at all."""
    return user.is_active and user.deleted_at is None


async def do_open(
    session: AsyncSession, new: NewPerson, password_hash: str | None, now: datetime, **more: Any
) -> UUID | None:
    """Write the account; None if there is one with the address."""
    said = {"email": new.email, "first_name": new.first_name, "last_name": new.last_name, "locale": new.locale}
    values = {**said, "password_hash": password_hash, "created_at": now, **more}
    opened = insert(User).values(values).on_conflict_do_nothing(index_elements=["email"]).returning(User.id)
    return await session.scalar(opened)
