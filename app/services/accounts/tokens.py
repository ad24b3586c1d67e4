"""Tokens: 256 random bits that are told once, and of which only the SHA-256 is stored."""

import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import digest as hmac
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.refusals import Refusal, Refused
from models.identity import Token

SESSION, KEY, MAILED, VISIT = "agora_s_", "agora_k_", "agora_t_", "agora_v_"
"""What tokens begin with, so that scanners for secrets know them: of a session, of a program, sent to an address, and
of the visitor of one live chat."""

LONGEST = 200
"""Characters of what may be a token."""

Purpose = Literal["EMAIL_VERIFICATION", "PASSWORD_RESET"]

LIVES: dict[Purpose, timedelta] = {"EMAIL_VERIFICATION": timedelta(hours=24), "PASSWORD_RESET": timedelta(hours=1)}
"""For how long what is sent is good."""


class Given(NamedTuple):
    """A token to send: its plain text, which is nowhere else, and until when it is good."""

    plain: str
    expires_at: datetime


class Holder(NamedTuple):
    """Who showed a token, and the address that it was sent to."""

    user_id: UUID
    email: str | None


def made(prefix: str) -> str:
    """A new token."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token. Of 256 random bits a slow hash would hide no more."""
    return sha256(token.encode()).hexdigest()


def against_forgery(token: str) -> str:
    """What a page sends beside the cookie with the session's `token`: 256 bits, which tell nothing of it.

    It follows from the token, so every tab has the same, and one that was reloaded takes it from no other.
    """
    return urlsafe_b64encode(hmac(token.encode(), b"agora csrf", "sha256")).rstrip(b"=").decode()


async def give(session: AsyncSession, user_id: UUID, email: str, purpose: Purpose, at: Occasion) -> Given:
    """A token for the person to be sent to `email`; those of the same purpose before it are worthless now."""
    await withdraw(session, user_id, purpose, at)
    given = Given(made(MAILED), at.now + LIVES[purpose])
    row = Token(user_id=user_id, email=email, purpose=purpose, token_hash=digest(given.plain), ip_address=at.address)
    row.created_at, row.expires_at = at.now, given.expires_at
    session.add(row)
    await session.flush()
    return given


async def withdraw(session: AsyncSession, user_id: UUID, purpose: Purpose, at: Occasion) -> None:
    """Take back what was sent to the person for `purpose` and not used."""
    unused = (Token.user_id == user_id, Token.purpose == purpose, Token.used_at.is_(None), Token.revoked_at.is_(None))
    await session.execute(
        update(Token).where(*unused).values(revoked_at=at.now), execution_options={"synchronize_session": False}
    )


async def use(session: AsyncSession, plain: str, purpose: Purpose, at: Occasion) -> Holder:
    """Who holds the token, which is good no more. Raises Refused if it was not good any more, or never."""
    good = (Token.used_at.is_(None), Token.revoked_at.is_(None), Token.expires_at > at.now)
    used = (
        update(Token)
        .where(Token.token_hash == digest(plain), Token.purpose == purpose, *good)
        .values(used_at=func.greatest(Token.created_at, at.now))  # clocks of two processes may differ
        .returning(Token.user_id, Token.email)
    )
    found = (await session.execute(used, execution_options={"synchronize_session": False})).one_or_none()
    if found is None:
        raise Refused([Refusal("BAD_USER_INPUT", "token", "is not good, or not any more: ask for another")])
    return Holder(*found)


async def spend(session: AsyncSession, user_id: UUID, once: str, until: datetime, at: Occasion) -> bool:
    """Whether the hash `once` was not shown before; it is kept `until` then, and older ones of the person go."""
    theirs = (Token.user_id == user_id, Token.purpose == "ID_TOKEN")
    await session.execute(
        delete(Token).where(*theirs, Token.expires_at < at.now), execution_options={"synchronize_session": False}
    )
    values = {"user_id": user_id, "purpose": "ID_TOKEN", "token_hash": once, "ip_address": at.address}
    times = {"created_at": at.now, "used_at": at.now, "expires_at": max(until, at.now)}
    spent = insert(Token).values(**values, **times).on_conflict_do_nothing(index_elements=["token_hash"])
    return await session.scalar(spent.returning(Token.id)) is not None
