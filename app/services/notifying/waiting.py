"""Notifications that are due: claimed for a while, and what became of them.

A claim is a time: the row is due again when it is over, should whoever claimed it have died. That it was tried is
counted before, so that what kills a process does so a few times only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from models.support import NotificationChannel

CHANNELS: tuple[NotificationChannel, ...] = ("IN_APP", "EMAIL", "SMS", "PUSH")

DUE = """
SELECT channel FROM unnest($2::text[]) AS channel WHERE EXISTS (
  SELECT FROM support.notifications AS n
   WHERE n.status = 'QUEUED' AND n.channel = channel.channel AND n.scheduled_at <= $1)"""
"""The channels in which something is due at $1."""

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""How long is waited after each attempt but the last."""

MOST_ATTEMPTS = len(PAUSES) + 1

SECRETS = ("token", "sealed_to")
"""What `data` holds only until it was sent."""

DIED = "It was given up: the process ended each time while it was sent."
EXPIRED = "It had no more meaning before it could be sent."

_CLAIM = text("""
WITH due AS (
  SELECT id FROM support.notifications
   WHERE status = 'QUEUED' AND channel = :channel AND scheduled_at <= :now
   ORDER BY scheduled_at LIMIT :most FOR UPDATE SKIP LOCKED)
UPDATE support.notifications AS n SET attempt_count = n.attempt_count + 1, scheduled_at = :until
  FROM due WHERE n.id = due.id RETURNING n.id""")

# Of the texts of a kind, the one in the person's language is taken, else that of the business's site.
_READ = text("""
SELECT n.id, n.type, n.channel, n.title, n.body, n.url, n.data, n.attempt_count, n.expires_at, n.business_id,
       u.email, u.first_name, u.last_name, u.deleted_at IS NOT NULL AS is_gone, b.name AS business_name,
       t.subject AS template_subject, t.body AS template_body,
       n.type <> 'MARKETING' OR coalesce(a.allowed, k.accepts, false) AS is_allowed
  FROM support.notifications AS n
  JOIN identity.users AS u ON u.id = n.user_id
  LEFT JOIN business.businesses AS b ON b.id = n.business_id
  LEFT JOIN business.sites AS s ON s.id = b.primary_site_id
  LEFT JOIN LATERAL (
    SELECT t.subject, t.body
      FROM support.notification_templates AS t,
           unnest(ARRAY[u.locale, split_part(u.locale, '-', 1), s.locale, split_part(s.locale, '-', 1)])
             WITH ORDINALITY AS wanted (locale, place)
     WHERE t.business_id = n.business_id AND t.channel = n.channel AND t.is_active AND t.locale = wanted.locale
       AND t.key = coalesce((SELECT o.key FROM support.notification_templates AS o WHERE o.id = n.template_id),
                            n.data ->> 'template')
     ORDER BY place LIMIT 1) AS t ON true
  LEFT JOIN LATERAL (
    SELECT c.id, CASE n.channel WHEN 'SMS' THEN c.accepts_sms_marketing ELSE c.accepts_email_marketing END AS accepts
      FROM customers.customers AS c
     WHERE c.user_id = n.user_id AND c.business_id = n.business_id AND c.deleted_at IS NULL
     ORDER BY c.id LIMIT 1) AS k ON true
  LEFT JOIN LATERAL (
    SELECT bool_or(g.is_granted AND g.ended_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > :now)) AS allowed
      FROM identity.gdpr_consents AS g
     WHERE (g.user_id = n.user_id OR g.customer_id = k.id) AND g.business_id IS NOT DISTINCT FROM n.business_id
       AND g.purpose = CASE n.channel WHEN 'SMS' THEN 'SMS_MARKETING' ELSE 'EMAIL_MARKETING' END) AS a ON true
 WHERE n.id = ANY (:ids) ORDER BY n.created_at, n.id""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))

_END = text("""
UPDATE support.notifications SET status = :status, error = :error, sent_at = :sent_at, scheduled_at = :now,
       data = data - CAST(:secrets AS text[])
 WHERE id = :id AND status = 'QUEUED'""")

_SHOW = text("""
UPDATE support.notifications SET status = 'SENT', error = NULL, sent_at = :now, scheduled_at = :now,
       title = :title, body = :body, data = data - CAST(:secrets AS text[])
 WHERE id = :id AND status = 'QUEUED'""")

_AGAIN = text("""
UPDATE support.notifications SET error = :error, scheduled_at = least(:at, expires_at)
 WHERE id = :id AND status = 'QUEUED'""")


_RELEASE = text("""
UPDATE support.notifications SET attempt_count = attempt_count - 1, scheduled_at = :now
 WHERE id = ANY (:ids) AND status = 'QUEUED'""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification that is to be sent, and all that has to be known for it."""

    id: UUID
    type: str
    channel: NotificationChannel
    title: str
    body: str | None
    url: str | None
    data: Mapping[str, Any] = field(repr=False)
    attempt_count: int
    expires_at: datetime | None
    business_id: UUID | None
    email: str
    first_name: str
    last_name: str
    is_gone: bool
    """Whether the person's account was closed."""
    business_name: str | None
    template_subject: str | None
    template_body: str | None
    is_allowed: bool
    """Whether the person allows it, where that is asked."""

    @property
    def full_name(self) -> str:
        """What the person is called."""
        return f"{self.first_name} {self.last_name}".strip()


async def claim(session: AsyncSession, channel: str, now: datetime, *, most: int, until: datetime) -> Sequence[Waiting]:
    """At most `most` notifications of the channel that are due, which are nobody else's `until` then."""
    claimed = await session.scalars(_CLAIM, {"channel": channel, "now": now, "most": most, "until": until})
    rows = await session.execute(_READ, {"ids": list(claimed), "now": now})
    return [Waiting(**row) for row in rows.mappings()]


async def do_release(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> None:
    """Give back what was claimed and not tried."""
    await session.execute(_RELEASE, {"ids": list(ids), "now": now})


async def do_end(session: AsyncSession, id_: UUID, status: str, now: datetime, error: str | None = None) -> bool:
    """Write what became of it for good, and forget what was secret; False if somebody else did."""
    sent_at = now if status == "SENT" else None
    values = {"id": id_, "status": status, "error": error, "sent_at": sent_at, "now": now, "secrets": list(SECRETS)}
    return await _changed(session, _END, values)


async def do_show(session: AsyncSession, id_: UUID, title: str, body: str | None, now: datetime) -> bool:
    """Write that it can be read in the application, in these words."""
    values = {"id": id_, "title": title, "body": body, "now": now, "secrets": list(SECRETS)}
    return await _changed(session, _SHOW, values)


async def do_put_off(session: AsyncSession, waiting: Waiting, now: datetime, error: str) -> bool:
    """Write that it is tried again after a pause, or was given up after the last attempt."""
    if waiting.attempt_count >= MOST_ATTEMPTS:
        return await do_end(session, waiting.id, "FAILED", now, error)
    at = now + PAUSES[waiting.attempt_count - 1]
    return await _changed(session, _AGAIN, {"id": waiting.id, "error": error, "at": at})


async def _changed(session: AsyncSession, statement: Any, values: Mapping[str, Any]) -> bool:
    found = await session.execute(statement, values)
    assert isinstance(found, CursorResult)
    return found.rowcount > 0
