"""The hand-written fields of the queue by which services are told of changes: thin over `app.services.syncing`."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.reach import Reach
from app.services.refusals import Refusal, Refused
from app.services.syncing import queueing
from app.services.syncing.queueing import NewSync
from graph.acting import WHY_NOT, administrator, done, reach_of
from graph.context import Info, UserError
from graph.engine.errors import BadUserInput
from graph.engine.model.ids import prefix_of, snake, uuid_of
from graph.engine.running.repeating import TOLD_ONCE
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived, leaf
from models.base import BY_TABLE, Entity

if TYPE_CHECKING:
    from models.ops import ServiceSyncOperation as OperationLeaf

    SyncType = Any
    SubscriptionType = Any
    JsonLeaf = Any
else:
    SyncType, SubscriptionType = derived("ServiceSync"), derived("ServiceSubscription")
    OperationLeaf, JsonLeaf = leaf("ServiceSyncOperation"), leaf("JSON")

NOT_ALLOWED = Refusal("FORBIDDEN", "", "Only managers, and keys with the scope service_syncs:write, may do that")


def managed(info: Info) -> Reach:
    """The businesses whose queue whoever asks may look after. Raises Refused if there are none."""
    reach = reach_of(info.context.viewer, queueing.SYNCS)
    if reach.writes is not None and not reach.writes:
        raise Refused([NOT_ALLOWED])
    return reach


@strawberry.input(description="A change that a service is to be told of.")
class QueueSyncInput:
    """A change that a service is to be told of."""

    service_name: str = strawberry.field(description="Which service: one with a ServiceSubscription to the entity.")
    entity_id: strawberry.ID = strawberry.field(description="The ID of the row, of whatever entity.")
    operation: OperationLeaf = strawberry.field(
        default="SYNC", description="What is said to have changed; SYNC is the whole row as it is now."
    )
    data: JsonLeaf | None = strawberry.field(
        default=None, description="What the service is given, an object; the row as it is then if not said."
    )


@strawberry.type(description="The change in the queue, or why there is none.")
class QueueSyncPayload:
    """The change in the queue, or why there is none."""

    service_sync: SyncType | None = strawberry.field(description="The change; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def queue_sync(
    info: Info, input: Annotated[QueueSyncInput, strawberry.argument(description="The change.")]
) -> QueueSyncPayload:
    """Put a change into the queue."""
    entity, id_ = _named(input.entity_id)
    if input.data is not None and not isinstance(input.data, dict):
        raise BadUserInput('Argument "input.data" must be an object.')
    new = NewSync(input.service_name, entity, id_, input.operation, input.data)
    key, errors = await done(info, lambda session: queueing.queue_sync(session, new, reach=managed(info)))
    return QueueSyncPayload(service_sync=key and Ref("ServiceSync", key), user_errors=errors)


def _named(given: strawberry.ID) -> tuple[str, Any]:
    """The entity and the uuid that an ID names."""
    prefix, where = prefix_of(given), "input.entityId"
    found = next((cls for cls in BY_TABLE.values() if issubclass(cls, Entity) and snake(cls.__name__) == prefix), None)
    if prefix is None or found is None:
        raise BadUserInput(f'Argument "{where}" is no ID of a row, like job_<uuid>.')
    return found.__name__, uuid_of(given, prefix, where)


@strawberry.type(description="What was put into the queue again, or why nothing was.")
class RetryFailedPayload:
    """What was put into the queue again, or why nothing was."""

    retried_count: int = strawberry.field(description="How many changes; 10,000 at most at once.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def retry_failed(
    info: Info,
    service_name: Annotated[str | None, strawberry.argument(description="Of which service; all if not said.")] = None,
) -> RetryFailedPayload:
    """Put what failed into the queue again."""
    count, errors = await done(
        info, lambda session: queueing.retry_failed(session, service_name=service_name, reach=managed(info))
    )
    return RetryFailedPayload(retried_count=count or 0, user_errors=errors)


@strawberry.type(description="The subscription with its new secret, or why it has none.")
class RotateSubscriptionSecretPayload:
    """The subscription with its new secret, or why it has none."""

    service_subscription: SubscriptionType | None = strawberry.field(
        description="The subscription; null if there are userErrors."
    )
    secret: str | None = strawberry.field(
        metadata=TOLD_ONCE,
        description="What the service verifies calls with, beginning with whsec_; it is told this once.",
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def rotate_subscription_secret(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the subscription.")]
) -> RotateSubscriptionSecretPayload:
    """Give a subscription a new secret, as an administrator."""
    wanted, seal = uuid_of(id, "service_subscription", "id"), info.context.seal

    async def work(session: AsyncSession) -> str:
        administrator(info)
        return await queueing.rotate_secret(session, wanted, seal)

    secret, errors = await done(info, work)
    found = None if secret is None else Ref("ServiceSubscription", wanted)
    return RotateSubscriptionSecretPayload(service_subscription=found, secret=secret, user_errors=errors)


@strawberry.type(description="How much of a service's changes is where.")
class ServiceStanding:
    """How much of a service's changes is where."""

    service_name: str = strawberry.field(description="Which service.")
    pending: int = strawberry.field(description="How many changes wait to be told.")
    processing: int = strawberry.field(description="How many are being told.")
    completed: int = strawberry.field(description="How many the service took, of what is still on record.")
    failed: int = strawberry.field(description="How many it did not take, however often it was tried.")


@strawberry.type(description="How much of the queue to services is where.")
class SyncStatus:
    """How much of the queue to services is where."""

    pending: int = strawberry.field(description="How many changes wait to be told.")
    processing: int = strawberry.field(description="How many are being told.")
    completed: int = strawberry.field(description="How many were taken, of what is still on record.")
    failed: int = strawberry.field(description="How many were not taken, however often it was tried.")
    services: list[ServiceStanding] = strawberry.field(description="The same by service, in the order of names.")


async def sync_status(
    info: Info,
    service_name: Annotated[str | None, strawberry.argument(description="Of which service; all if not said.")] = None,
) -> SyncStatus | None:
    """How much is where, of the businesses that whoever asks manages; null for whom manages none."""
    try:
        theirs = managed(info)
    except Refused:
        return None
    async with info.context.begin() as session:
        found = await queueing.standing(session, service_name=service_name, reach=theirs)
    services = [ServiceStanding(**{name: getattr(one, name) for name in one.__slots__}) for one in found]
    totals = {
        name: sum(getattr(one, name) for one in found) for name in ("pending", "processing", "completed", "failed")
    }
    return SyncStatus(**totals, services=services)


@strawberry.type
class SyncingMutation:
    """What managers do with the queue to services."""

    queue_sync: QueueSyncPayload = strawberry.mutation(
        resolver=queue_sync, description="Have a service told of a row, whether or not it changed."
    )
    retry_failed: RetryFailedPayload = strawberry.mutation(
        resolver=retry_failed, description="Have services told again of what they did not take."
    )
    rotate_subscription_secret: RotateSubscriptionSecretPayload = strawberry.mutation(
        resolver=rotate_subscription_secret,
        description="Give a subscription a new secret, with which its service is called from now on.",
    )


@strawberry.type
class SyncingQuery:
    """What managers ask of the queue to services."""

    sync_status: SyncStatus | None = strawberry.field(
        resolver=sync_status,
        description="How much of the queue to services is where, in the businesses you manage; null if there are none.",
    )
