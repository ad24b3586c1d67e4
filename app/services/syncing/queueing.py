"""Putting changes into the queue by hand, putting what failed into it again, and how much is in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, case, column, func, insert, literal, or_, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.checks import fits_json
from app.services.gateway.signing import Seal, made
from app.services.reach import Reach
from app.services.refusals import Refusal, Refused, check
from models import Base
from models.base import BY_TABLE
from models.ops import ServiceSyncOperation
from models.recording import owner_of

SYNCS, SUBSCRIPTIONS = (Base.metadata.tables[f"ops.service_{name}"] for name in ("syncs", "subscriptions"))

MOST_BYTES = 64 * 1024
"""Bytes of what a service may be given by hand, as JSON."""

MOST_RETRIED = 10_000
"""Rows that are put into the queue again at once."""

NAME_LENGTH = 100

NO_ROW = Refusal("NOT_FOUND", "entityId", "names no row of a business that you manage")
LARGE = Refusal(
    "BAD_USER_INPUT", "data", f"must have {MOST_BYTES} bytes of JSON at most, with numbers of 64 bits at most"
)
NO_SUBSCRIPTION = Refusal("NOT_FOUND", "id", "names no subscription of a service")
NAMELESS = Refusal("BAD_USER_INPUT", "serviceName", f"must have 1 to {NAME_LENGTH} characters")


@dataclass(frozen=True, slots=True)
class NewSync:
    """A change that a service is to be told of."""

    service_name: str
    entity_type: str
    entity_id: UUID
    operation: ServiceSyncOperation = "SYNC"
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many changes wait, are being told, were told, and could not be told to a service."""

    service_name: str
    pending: int
    processing: int
    completed: int
    failed: int


async def queue_sync(session: AsyncSession, new: NewSync, *, reach: Reach) -> UUID:
    """The id of the row in the queue. Raises Refused with every reason against it.

    A row that is gone can only be told of as a DELETE, and only by administrators: nobody can say whose it was.
    """
    check(check_sync(new))
    found, business = await owner(session, new.entity_type, new.entity_id)
    if not reach.may_write(business) or (not found and new.operation != "DELETE"):
        raise Refused([NO_ROW])
    subscription = await _subscription(session, new, business)
    if subscription is None:
        said = f'"{new.service_name[:NAME_LENGTH]}" is not told of {new.operation} of {new.entity_type}'
        raise Refused([Refusal("NOT_FOUND", "serviceName", f"{said}: no active ServiceSubscription says so")])
    return await do_queue(session, new, business, subscription)


def check_sync(new: NewSync) -> list[Refusal]:
    """What is wrong with what somebody wants to be told."""
    refusals = [] if 1 <= len(new.service_name) <= NAME_LENGTH else [NAMELESS]
    if not fits_json(new.data, MOST_BYTES):
        refusals.append(LARGE)
    return refusals


async def owner(session: AsyncSession, entity: str, id_: UUID) -> tuple[bool, UUID | None]:
    """Whether the row is there, and in which business it is, if in one."""
    table = table_of(entity)
    row = table.alias("r")
    found = await session.execute(select(text(owner_of(table))).select_from(row).where(row.c.id == id_))
    one = found.first()
    return one is not None, one[0] if one is not None else None


def table_of(entity: str) -> Table:
    """The table of an entity, by its name."""
    found = next(cls.__table__ for cls in BY_TABLE.values() if cls.__name__ == entity)
    assert isinstance(found, Table)
    return found


async def _subscription(session: AsyncSession, new: NewSync, business: UUID | None) -> Any:
    """Why the service is told of such a change: for that business rather than for all."""
    of = SUBSCRIPTIONS.c
    wanted = (of.service_name == new.service_name, of.entity_type == new.entity_type, of.is_active)
    told = literal(new.operation) == func.any(of.operations)
    where = or_(of.business_id.is_(None), of.business_id == business)
    asked = select(of.id, of.max_attempts).where(*wanted, told, where).order_by(of.business_id.nulls_last()).limit(1)
    return (await session.execute(asked)).first()


async def do_queue(session: AsyncSession, new: NewSync, business: UUID | None, subscription: Any) -> UUID:
    """Write the row."""
    row = insert(SYNCS).values(
        business_id=business,
        subscription_id=subscription.id,
        service_name=new.service_name,
        entity_type=new.entity_type,
        entity_id=new.entity_id,
        operation=new.operation,
        data=dict(new.data or {}),
        max_attempts=subscription.max_attempts,
    )
    id_: UUID = await session.scalar(row.returning(SYNCS.c.id))
    return id_


async def retry_failed(session: AsyncSession, *, service_name: str | None, reach: Reach) -> int:
    """Put what failed into the queue again, as if it had not been tried; how many rows, 10,000 at most."""
    of = SYNCS.c
    theirs = (of.status == "FAILED", of.subscription_id.is_not(None), _within(reach))
    named = of.service_name == service_name if service_name is not None else true()
    some = select(of.id).where(*theirs, named).order_by(of.id).limit(MOST_RETRIED).with_for_update(skip_locked=True)
    anew = {"status": "PENDING", "attempt_count": 0, "next_attempt_at": func.now()}
    done = await session.execute(update(SYNCS).where(of.id.in_(some)).values(anew).returning(of.id))
    return len(done.all())


async def rotate_secret(session: AsyncSession, subscription_id: UUID, seal: Seal) -> str:
    """A new secret, with which calls of the service are signed from now on. Raises Refused."""
    secret, of = made(), SUBSCRIPTIONS.c
    changed = update(SUBSCRIPTIONS).where(of.id == subscription_id).values(signing_secret=seal(secret)).returning(of.id)
    if await session.scalar(changed) is None:
        raise Refused([NO_SUBSCRIPTION])
    return secret


async def standing(session: AsyncSession, *, service_name: str | None, reach: Reach) -> list[Standing]:
    """How much of each service's changes is where, in the order of their names."""
    rows = await session.execute(_counted(service_name, reach))
    return [Standing(*row) for row in rows]


def _counted(service_name: str | None, reach: Reach) -> Select[Any]:
    of = SYNCS.c
    named = of.service_name == service_name if service_name is not None else true()
    states = ("PENDING", "PROCESSING", "COMPLETED", "FAILED")
    counts = [func.count(case((of.status == state, 1))).label(state.lower()) for state in states]
    asked = select(of.service_name, *counts).where(_within(reach), named)
    return asked.group_by(of.service_name).order_by(column("service_name"))


def _within(reach: Reach) -> Any:
    return true() if reach.writes is None else SYNCS.c.business_id.in_(reach.writes)
