"""How programs come to their keys, and how keys are taken back."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import tokens
from app.services.accounts.events import note
from app.services.accounts.occasion import Occasion
from app.services.accounts.scopes import check_scopes
from app.services.refusals import Refusal, Refused, check
from models.agents import Agent
from models.business import Business
from models.gateway import ApiKey
from models.identity import Membership, User

KeyEvent = Literal["API_KEY_CREATED", "API_KEY_REVOKED"]

NAME_LENGTH = REASON_LENGTH = 200
MOST_PLACES = 100
"""Addresses, or sites, that a key may be used from."""
LARGEST = 2**31 - 1

_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")

NOT_THEIRS = Refusal("FORBIDDEN", "businessId", "must be of a business that you own")
UNKNOWN_KEY = Refusal("NOT_FOUND", "apiKeyId", "names no key of a business that you own")


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is said of a key."""

    business_id: UUID
    name: str
    scopes: list[str]
    agent_id: UUID | None = None
    allowed_ips: list[str] = field(default_factory=list)
    allowed_domains: list[str] = field(default_factory=list)
    expires_at: datetime | None = None
    rate_limit_per_hour: int = 1000
    rate_limit_per_day: int = 10000


class MadeKey(NamedTuple):
    """A new key; its plain text is nowhere else."""

    row: ApiKey
    secret: str


async def create_key(session: AsyncSession, new: NewKey, by: UUID, at: Occasion) -> MadeKey:
    """A key for the business, by one of its owners or an administrator. Raises Refused with every reason against it."""
    check([] if await owns(session, by, new.business_id) else [NOT_THEIRS])
    check([*check_key(new, at.now), *await check_parts(session, new)])
    return await do_create_key(session, new, by, at)


async def owns(session: AsyncSession, user_id: UUID, business_id: UUID) -> bool:
    """Whether the person owns the business, or administers the platform."""
    member = and_(Membership.user_id == User.id, Membership.business_id == business_id, Membership.role == "OWNER")
    alive = (User.id == user_id, User.is_active, User.deleted_at.is_(None))
    found = select(exists().where(*alive, User.is_superuser | exists().where(member)))
    return bool(await session.scalar(found))


def check_key(new: NewKey, now: datetime) -> list[Refusal]:
    """What is wrong with what is said of the key."""
    rules = {
        ("name", f"must have 1 to {NAME_LENGTH} characters"): 1 <= len(new.name.strip()) <= NAME_LENGTH,
        ("allowedIps", "must be addresses or networks, like 192.0.2.0/24"): all(map(_network, new.allowed_ips)),
        ("allowedDomains", "must be hosts, like shop.example"): all(map(_domain, new.allowed_domains)),
        ("allowedIps", f"must be {MOST_PLACES} at most"): len(new.allowed_ips) <= MOST_PLACES,
        ("allowedDomains", f"must be {MOST_PLACES} at most"): len(new.allowed_domains) <= MOST_PLACES,
        ("expiresAt", "must be in the future"): new.expires_at is None or new.expires_at > now,
        ("rateLimitPerHour", "must be above zero"): 0 < new.rate_limit_per_hour <= LARGEST,
        ("rateLimitPerDay", "must not be below the limit per hour"): (
            new.rate_limit_per_hour <= new.rate_limit_per_day <= LARGEST
        ),
    }
    refusals = [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]
    return refusals + check_scopes(new.scopes)


async def check_parts(session: AsyncSession, new: NewKey) -> list[Refusal]:
    """Whether the business is there, and the agent one of its own."""
    if not await session.scalar(select(exists().where(Business.id == new.business_id))):
        return [Refusal("NOT_FOUND", "businessId", "names no business")]
    own = (Agent.id == new.agent_id, Agent.business_id == new.business_id)
    if new.agent_id is not None and not await session.scalar(select(exists().where(*own))):
        return [Refusal("NOT_FOUND", "agentId", "names no agent of the business")]
    return []


async def do_create_key(session: AsyncSession, new: NewKey, by: UUID | None, at: Occasion) -> MadeKey:
    """Write the key."""
    prefix = tokens.KEY + secrets.token_hex(5)
    secret = tokens.made(f"{prefix}_")
    row = ApiKey(
        business_id=new.business_id,
        agent_id=new.agent_id,
        name=new.name.strip(),
        prefix=prefix,
        key_hash=tokens.digest(secret),
        scopes=sorted(set(new.scopes)),
        allowed_ips=[str(_network(given)) for given in new.allowed_ips],
        allowed_domains=[str(_domain(given)) for given in new.allowed_domains],
        rate_limit_per_hour=new.rate_limit_per_hour,
        rate_limit_per_day=new.rate_limit_per_day,
        expires_at=new.expires_at,
        created_at=at.now,
        created_by_id=by,
        updated_by_id=by,
    )
    session.add(row)
    await session.flush()
    _note(session, "API_KEY_CREATED", row, by, at, {"scopes": row.scopes})
    await session.flush()
    return MadeKey(row, secret)


async def revoke_key(session: AsyncSession, key_id: UUID, by: UUID, at: Occasion, reason: str | None = None) -> ApiKey:
    """Take a key back for good, by an owner of its business or an administrator. Raises Refused."""
    key = await session.scalar(select(ApiKey).where(ApiKey.id == key_id).with_for_update())
    if key is None or not await owns(session, by, key.business_id):
        raise Refused([UNKNOWN_KEY])
    check(check_revocation(key, reason))
    return await do_revoke_key(session, key, by, at, reason)


def check_revocation(key: ApiKey, reason: str | None) -> list[Refusal]:
    """What is against taking the key back."""
    if key.status == "REVOKED":
        return [Refusal("CONFLICT", "apiKeyId", "names a key that was revoked already")]
    too_long = Refusal("BAD_USER_INPUT", "reason", f"must have {REASON_LENGTH} characters at most")
    return [too_long] if len(reason or "") > REASON_LENGTH else []


async def do_revoke_key(
    session: AsyncSession, key: ApiKey, by: UUID | None, at: Occasion, reason: str | None = None
) -> ApiKey:
    """Write that the key opens nothing any more."""
    key.status, key.revoked_at, key.revoked_reason = "REVOKED", at.now, reason
    key.updated_by_id = by
    _note(session, "API_KEY_REVOKED", key, by, at, {"reason": reason})
    await session.flush()
    return key


def _note(
    session: AsyncSession, type_: KeyEvent, key: ApiKey, by: UUID | None, at: Occasion, more: Mapping[str, object]
) -> None:
    about = {"name": key.name, "prefix": key.prefix, **more}
    note(session, type_, at, about, user_id=by, api_key_id=key.id, business_id=key.business_id)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _domain(text: str) -> str | None:
    host = text.strip().lower()
    return host if _DOMAIN.fullmatch(host) else None
