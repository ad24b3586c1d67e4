"""What happened to accounts and keys, for whoever watches over them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from models.identity import SecurityEvent, SecurityEventSeverity, SecurityEventType

SEVERITIES: dict[SecurityEventType, SecurityEventSeverity] = {
    "LOGIN_FAILED": "MEDIUM",
    "ACCOUNT_LOCKED": "HIGH",
    "PASSWORD_CHANGED": "MEDIUM",
    "PASSWORD_RESET": "MEDIUM",
    "API_KEY_REVOKED": "MEDIUM",
    "PERMISSION_CHANGED": "HIGH",
    "ACCESS_DENIED": "MEDIUM",
}
"""How much it matters; LOW for every other."""


NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})


def note(
    session: AsyncSession,
    type_: SecurityEventType,
    at: Occasion,
    details: Mapping[str, Any] = NOTHING_ELSE,
    *,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    api_key_id: UUID | None = None,
    business_id: UUID | None = None,
) -> None:
    """Note what happened; it is written with the next flush, after the rows that it names."""
    event = SecurityEvent(type=type_, severity=SEVERITIES.get(type_, "LOW"), details=dict(details), occurred_at=at.now)
    event.user_id, event.session_id = user_id, session_id
    event.api_key_id, event.business_id = api_key_id, business_id
    event.ip_address, event.user_agent = at.address, at.user_agent
    session.add(event)
