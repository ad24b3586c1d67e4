"""How a business makes a webhook, changes its secret, tries it out and has it called again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.gateway.signing import Seal, made
from app.services.reach import Reach
from app.services.refusals import Refusal, Refused, check
from models.business import Business
from models.gateway import Webhook, WebhookDelivery

NAME_LENGTH, TEXT_LENGTH, URL_LENGTH = 200, 2_000, 2_000
MOST_EVENTS = 100
OVERLAP = timedelta(hours=24)
"""How long the former secret stays good."""
TEST = "webhook.test"

_URL = re.compile(r"https://[^\s/?#@\\]+([/?#]\S*)?")
_EVENT = re.compile(r"[*]|(?=.{1,100}$)[a-z][a-z0-9_]*([.][a-z0-9_]+)*([.][*])?")

UNKNOWN = Refusal("NOT_FOUND", "id", "names no webhook")
UNKNOWN_DELIVERY = Refusal("NOT_FOUND", "deliveryId", "names no delivery")
READ_ONLY = Refusal("FORBIDDEN", "", "The key may only read webhooks: it needs the scope webhooks:write")
NOT_THEIRS = Refusal("FORBIDDEN", "businessId", "must be of a business that you manage")


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What is said of a webhook."""

    business_id: UUID
    name: str
    url: str
    event_types: list[str]
    description: str | None = None
    retry_attempts: int = 3
    timeout_seconds: int = 30


class Told(NamedTuple):
    """A webhook with its new secret, which can be read nowhere else."""

    row: Webhook
    secret: str


async def create(session: AsyncSession, new: NewWebhook, reach: Reach, seal: Seal) -> Told:
    """A webhook of the business. Raises Refused with every reason against it."""
    check([] if reach.may_write(new.business_id) else [NOT_THEIRS])
    check([*check_webhook(new), *await check_place(session, new)])
    return await do_create(session, new, reach, seal)


def check_webhook(new: NewWebhook) -> list[Refusal]:
    """What is wrong with what is said of a webhook."""
    events, text = new.event_types, new.description or ""
    rules = {
        ("name", f"must have 1 to {NAME_LENGTH} characters"): 1 <= len(new.name.strip()) <= NAME_LENGTH,
        ("description", f"must have {TEXT_LENGTH} characters at most"): len(text) <= TEXT_LENGTH,
        ("url", f"must have {URL_LENGTH} characters at most"): len(new.url) <= URL_LENGTH,
        ("url", "must begin with https:// and hold no user name, password or space"): _URL.fullmatch(new.url),
        ("eventTypes", f"must name 1 to {MOST_EVENTS} events"): 1 <= len(events) <= MOST_EVENTS,
        ("eventTypes", "must be like order.created, order.* or *"): all(_EVENT.fullmatch(event) for event in events),
        ("retryAttempts", "must be from 0 to 20"): 0 <= new.retry_attempts <= 20,
        ("timeoutSeconds", "must be from 1 to 120"): 1 <= new.timeout_seconds <= 120,
    }
    return [Refusal("BAD_USER_INPUT", field, message) for (field, message), holds in rules.items() if not holds]


async def check_place(session: AsyncSession, new: NewWebhook) -> list[Refusal]:
    """Whether the business is there, and the name free in it."""
    if not await session.scalar(select(exists().where(Business.id == new.business_id))):
        return [Refusal("NOT_FOUND", "businessId", "names no business")]
    same = exists().where(Webhook.business_id == new.business_id, Webhook.name == new.name.strip())
    taken = Refusal("CONFLICT", "name", "is already taken by another webhook with the same business")
    return [taken] if await session.scalar(select(same)) else []


async def do_create(session: AsyncSession, new: NewWebhook, reach: Reach, seal: Seal) -> Told:
    """Write the webhook, with a secret."""
    secret = made()
    row = Webhook(
        business_id=new.business_id,
        name=new.name.strip(),
        description=new.description,
        url=new.url,
        event_types=list(dict.fromkeys(new.event_types)),
        retry_attempts=new.retry_attempts,
        timeout_seconds=new.timeout_seconds,
        signing_secret=seal(secret),
        created_by_id=reach.user,
        updated_by_id=reach.user,
    )
    session.add(row)
    await session.flush()
    return Told(row, secret)


async def rotate_secret(session: AsyncSession, webhook_id: UUID, reach: Reach, seal: Seal, now: datetime) -> Told:
    """A new secret; calls are signed with the former one too for a day. Raises Refused."""
    return await do_rotate_secret(session, await _found(session, webhook_id, reach), reach, seal, now)


async def do_rotate_secret(session: AsyncSession, row: Webhook, reach: Reach, seal: Seal, now: datetime) -> Told:
    """Write the new secret beside the former one, if there was one; an even older one is not good any more."""
    secret = made()
    row.former_signing_secret = row.signing_secret
    row.former_secret_until = now + OVERLAP if row.signing_secret else None
    row.signing_secret, row.updated_by_id = seal(secret), reach.user
    await session.flush()
    return Told(row, secret)


async def send_test(session: AsyncSession, webhook_id: UUID, reach: Reach, now: datetime) -> WebhookDelivery:
    """A delivery of nothing that happened, by which receivers are tried out. Raises Refused."""
    row = await _found(session, webhook_id, reach)
    idle = Refusal("CONFLICT", "id", f"names a webhook that is {row.status} and not called: resume it first")
    check([idle] if row.status != "ACTIVE" else [])
    return await do_send_test(session, row, now)


async def do_send_test(session: AsyncSession, row: Webhook, now: datetime) -> WebhookDelivery:
    """Write the delivery; the worker makes the call."""
    about = {"businessId": f"business_{row.business_id}", "entityType": "Webhook", "id": f"webhook_{row.id}"}
    delivery = WebhookDelivery(
        webhook_id=row.id, event_type=TEST, payload=_payload(TEST, now, about), next_attempt_at=now
    )
    session.add(delivery)
    await session.flush()
    return delivery


async def redeliver(session: AsyncSession, delivery_id: UUID, reach: Reach, now: datetime) -> WebhookDelivery:
    """Have a delivery made again, whatever became of it. Raises Refused."""
    both = select(WebhookDelivery, Webhook.business_id).join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
    held = both.where(WebhookDelivery.id == delivery_id).with_for_update(of=WebhookDelivery)
    found = (await session.execute(held)).one_or_none()
    if found is None or not reach.may_read(found.business_id):
        raise Refused([UNKNOWN_DELIVERY])
    check([] if reach.may_write(found.business_id) else [READ_ONLY])
    return await do_redeliver(session, found.WebhookDelivery, now)


async def do_redeliver(session: AsyncSession, row: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """Write that it is due; it has all of its attempts before it again."""
    row.status, row.next_attempt_at, row.delivered_at = "PENDING", now, None
    row.earlier_attempts = row.attempt_count
    await session.flush()
    return row


async def resume(session: AsyncSession, webhook_id: UUID, reach: Reach) -> Webhook:
    """Have a webhook called again that was not. Raises Refused."""
    row = await _found(session, webhook_id, reach)
    check([Refusal("CONFLICT", "id", "names a webhook that is called already")] if row.status == "ACTIVE" else [])
    return await do_resume(session, row, reach)


async def do_resume(session: AsyncSession, row: Webhook, reach: Reach) -> Webhook:
    """Write that it is called; what waited meanwhile is due."""
    row.status, row.failures_in_a_row, row.failing_since = "ACTIVE", 0, None
    row.updated_by_id = reach.user
    await session.flush()
    return row


async def _found(session: AsyncSession, webhook_id: UUID, reach: Reach) -> Webhook:
    """The webhook, held until the end of the transaction. Raises Refused where it may not be changed."""
    row = await session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update(key_share=True))
    if row is None or not reach.may_read(row.business_id):
        raise Refused([UNKNOWN])
    check([] if reach.may_write(row.business_id) else [READ_ONLY])
    return row


def _payload(event_type: str, now: datetime, about: Mapping[str, Any]) -> dict[str, Any]:
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"type": event_type, "timestamp": moment, "data": dict(about)}
