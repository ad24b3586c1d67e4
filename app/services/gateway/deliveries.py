"""What becomes of the calls of webhooks: what was answered is written, after it was, and what follows from it.

The row of the webhook is locked before those of its deliveries, by everybody who locks both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.gateway.schedule import Dice, is_hopeless, next_attempt, wanted
from app.services.gateway.signing import Seal, made
from models.gateway import Webhook, WebhookDelivery
from models.identity import Membership, User
from models.support import Notification

OPEN = ("PENDING", "RETRYING")
GONE = 410

KEPT = timedelta(days=30)
"""How long deliveries that are over are kept."""

FEW = 5_000
"""How many rows one statement removes, so that each ends in time."""

ENDED = "The address answered 410 (gone) to another call: it is not called any more."
NO_SECRET = "The signing secret cannot be read any more: rotate it."

PAUSED = (
    "A webhook was paused",
    "Calls have failed for days, so no more are made. What waits is kept: mend the address and resume it.",
)
DISABLED = (
    "A webhook was switched off",
    "The address answered that it is gone (410), so it is not called any more, and what waited is given up.",
)
"""Title and body of what owners are told."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that was made, or could not be."""

    delivery_id: UUID
    webhook_id: UUID
    at: datetime
    """When it was over."""
    status: int | None = None
    text: str | None = None
    error: str | None = None
    duration_ms: int | None = None
    retry_after: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether the address took it."""
        return self.error is None and self.status is not None and 200 <= self.status < 300


class Standing(NamedTuple):
    """What of a webhook counts for what follows."""

    business_id: UUID
    name: str
    status: str
    retry_attempts: int
    failures_in_a_row: int
    failing_since: datetime | None
    updated_at: datetime


async def do_note(session: AsyncSession, tried: Tried, dice: Dice) -> None:
    """Write what came of an attempt; nothing if the webhook was deleted meanwhile."""
    columns = (getattr(Webhook, name) for name in Standing._fields)
    held = select(*columns).where(Webhook.id == tried.webhook_id).with_for_update(key_share=True)
    found = (await session.execute(held)).one_or_none()
    delivery = select(WebhookDelivery).where(WebhookDelivery.id == tried.delivery_id).with_for_update()
    row = await session.scalar(delivery) if found else None
    if row is None or found is None:
        return
    webhook = Standing(*found)
    _note_answer(row, tried)
    _decide(row, tried, webhook, dice)
    await session.flush()
    await _count(session, tried, webhook)


def _note_answer(row: WebhookDelivery, tried: Tried) -> None:
    row.attempt_count += 1
    row.last_attempt_at = max(tried.at, row.created_at)  # clocks of two machines may differ
    row.response_code, row.response_body, row.duration_ms = tried.status, tried.text, tried.duration_ms
    row.error = None if tried.is_good else tried.error or f"HTTP {tried.status}."


def _decide(row: WebhookDelivery, tried: Tried, webhook: Standing, dice: Dice) -> None:
    """Whether it is over, or when it is tried again; what was ended meanwhile stays so."""
    if tried.is_good:
        row.status, row.delivered_at, row.next_attempt_at = "DELIVERED", row.last_attempt_at, None
    elif row.status in OPEN:
        round_, pause = row.attempt_count - row.earlier_attempts, wanted(tried.status, tried.retry_after, tried.at)
        again = next_attempt(round_, webhook.retry_attempts, tried.at, dice, pause)
        row.next_attempt_at = None if tried.status == GONE else again
        row.status = "RETRYING" if row.next_attempt_at else "FAILED"


async def _count(session: AsyncSession, tried: Tried, webhook: Standing) -> None:
    """Keep count of failures, and stop calling where there is no hope."""
    this = update(Webhook).where(Webhook.id == tried.webhook_id).execution_options(synchronize_session=False)
    if tried.is_good:
        if webhook.failures_in_a_row:
            await session.execute(this.values(failures_in_a_row=0, failing_since=None))
        return
    failures, since = webhook.failures_in_a_row + 1, webhook.failing_since or tried.at
    await session.execute(this.values(failures_in_a_row=failures, failing_since=since))
    if webhook.status != "ACTIVE":
        return
    if tried.status == GONE:
        await session.execute(this.values(status="FAILED", version=Webhook.version + 1))
        await _end(session, tried.webhook_id)
        await _tell_owners(session, tried.webhook_id, webhook, tried.at, DISABLED)
    elif is_hopeless(failures, max(since, webhook.updated_at), tried.at):  # who changed it since has a new try
        await session.execute(this.values(status="PAUSED", version=Webhook.version + 1))
        await _tell_owners(session, tried.webhook_id, webhook, tried.at, PAUSED)


async def _end(session: AsyncSession, webhook_id: UUID) -> None:
    """Give up all that waits for a webhook."""
    waiting = update(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status.in_(OPEN))
    ended = waiting.values(status="FAILED", next_attempt_at=None, error=ENDED)
    await session.execute(ended.execution_options(synchronize_session=False))


async def _tell_owners(
    session: AsyncSession, webhook_id: UUID, webhook: Standing, now: datetime, text: tuple[str, str]
) -> None:
    """Leave every owner of the business a notice."""
    theirs = (Membership.business_id == webhook.business_id, Membership.role == "OWNER")
    alive = (User.id == Membership.user_id, User.is_active, User.deleted_at.is_(None))
    owners = (await session.scalars(select(Membership.user_id).where(*theirs, *alive).order_by(User.id))).all()
    title, body = text
    same = {
        **{"business_id": webhook.business_id, "type": "SYSTEM", "channel": "IN_APP", "title": title},
        **{"body": f"{webhook.name}: {body}", "entity_type": "Webhook", "entity_id": webhook_id, "scheduled_at": now},
    }
    if owners:
        await session.execute(insert(Notification).values([{"user_id": owner, **same} for owner in owners]))


async def do_make_secret(session: AsyncSession, webhook_id: UUID, seal: Seal) -> str | None:
    """What is kept of the secret of a webhook, which is made where there is none; None if there is no webhook."""
    held = select(Webhook.signing_secret).where(Webhook.id == webhook_id).with_for_update(key_share=True)
    found = (await session.execute(held)).one_or_none()
    if found is None or found.signing_secret is not None:
        return found and found.signing_secret
    sealed = seal(made())
    this = update(Webhook).where(Webhook.id == webhook_id).execution_options(synchronize_session=False)
    await session.execute(this.values(signing_secret=sealed, version=Webhook.version + 1))
    return sealed


async def do_forget_deliveries(session: AsyncSession, before: datetime) -> int:
    """Remove the deliveries that are over and older than that; how many there were."""
    over = (WebhookDelivery.status.not_in(OPEN), WebhookDelivery.id < func.public.uuid7_floor(before))
    oldest = select(WebhookDelivery.id).where(*over).order_by(WebhookDelivery.id).limit(FEW)
    gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(oldest)).returning(WebhookDelivery.id)
    removed = 0
    while few := len((await session.scalars(gone, execution_options={"synchronize_session": False})).all()):
        removed += few
    return removed
