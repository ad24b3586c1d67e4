"""The hand-written fields of webhooks: thin over `app.services.gateway.webhooks`."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.services.gateway import webhooks
from graph.acting import WHY_NOT, done, reach_of
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.running.repeating import TOLD_ONCE
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived
from models.base import Base

if TYPE_CHECKING:
    WebhookType = Any
    DeliveryType = Any
else:
    WebhookType, DeliveryType = derived("Webhook"), derived("WebhookDelivery")

WEBHOOKS = Base.metadata.tables["gateway.webhooks"]
WHICH = "The ID of the webhook."
MADE = "The delivery, which the worker makes; null if there are userErrors."
SECRET = "What receivers verify calls with, beginning with whsec_; it is told this once."


@strawberry.input(description="What is said of a webhook.")
class CreateWebhookInput:
    """What is said of a webhook."""

    business_id: strawberry.ID = strawberry.field(description="The ID of the business whose events it is told.")
    name: str = strawberry.field(description="What it is for, unique in the business.")
    url: str = strawberry.field(description="The address that is called; it begins with https://.")
    event_types: list[str] = strawberry.field(description="What it is called for, like order.created, order.* or *.")
    description: str | None = strawberry.field(default=None, description="Who answers at the address.")
    retry_attempts: int = strawberry.field(default=3, description="How often a failed call is tried again, up to 20.")
    timeout_seconds: int = strawberry.field(default=30, description="After how many seconds a call has failed.")


@strawberry.type(description="A new webhook with its secret, or why there is none.")
class CreateWebhookPayload:
    """A new webhook with its secret, or why there is none."""

    webhook: WebhookType | None = strawberry.field(description="The webhook; null if there are userErrors.")
    secret: str | None = strawberry.field(metadata=TOLD_ONCE, description=SECRET)
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def create_webhook(
    info: Info, input: Annotated[CreateWebhookInput, strawberry.argument(description="The webhook.")]
) -> CreateWebhookPayload:
    """Make a webhook of a business of whoever asks."""
    business = uuid_of(input.business_id, "business", "input.businessId")
    new = webhooks.NewWebhook(**{**vars(input), "business_id": business})
    reach, seal = reach_of(info.context.viewer, WEBHOOKS), info.context.seal
    told, errors = await done(info, lambda session: webhooks.create(session, new, reach, seal))
    return CreateWebhookPayload(
        webhook=told and Ref("Webhook", told.row.id), secret=told and told.secret, user_errors=errors
    )


@strawberry.type(description="The webhook with its new secret, or why it has none.")
class RotateWebhookSecretPayload:
    """The webhook with its new secret, or why it has none."""

    webhook: WebhookType | None = strawberry.field(description="The webhook; null if there are userErrors.")
    secret: str | None = strawberry.field(metadata=TOLD_ONCE, description=SECRET)
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def rotate_webhook_secret(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description=WHICH)]
) -> RotateWebhookSecretPayload:
    """Give a webhook of whoever asks a new secret."""
    wanted, reach = uuid_of(id, "webhook", "id"), reach_of(info.context.viewer, WEBHOOKS)
    now, seal = info.context.now(), info.context.seal
    told, errors = await done(info, lambda session: webhooks.rotate_secret(session, wanted, reach, seal, now))
    return RotateWebhookSecretPayload(
        webhook=told and Ref("Webhook", told.row.id), secret=told and told.secret, user_errors=errors
    )


@strawberry.type(description="The delivery that is on its way, or why there is none.")
class TestWebhookPayload:
    """The delivery that is on its way, or why there is none."""

    webhook_delivery: DeliveryType | None = strawberry.field(description=MADE)
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def send_test_webhook(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description=WHICH)]
) -> TestWebhookPayload:
    """Try a webhook of whoever asks out."""
    wanted, reach, now = uuid_of(id, "webhook", "id"), reach_of(info.context.viewer, WEBHOOKS), info.context.now()
    row, errors = await done(info, lambda session: webhooks.send_test(session, wanted, reach, now))
    return TestWebhookPayload(webhook_delivery=row and Ref("WebhookDelivery", row.id), user_errors=errors)


@strawberry.type(description="The delivery that is on its way, or why there is none.")
class RedeliverWebhookPayload:
    """The delivery that is on its way, or why there is none."""

    webhook_delivery: DeliveryType | None = strawberry.field(description=MADE)
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def redeliver_webhook(
    info: Info, delivery_id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the delivery.")]
) -> RedeliverWebhookPayload:
    """Make a delivery to a webhook of whoever asks once more."""
    wanted, reach = uuid_of(delivery_id, "webhook_delivery", "deliveryId"), reach_of(info.context.viewer, WEBHOOKS)
    now = info.context.now()
    row, errors = await done(info, lambda session: webhooks.redeliver(session, wanted, reach, now))
    return RedeliverWebhookPayload(webhook_delivery=row and Ref("WebhookDelivery", row.id), user_errors=errors)


@strawberry.type(description="The webhook that is called again, or why it is not.")
class ResumeWebhookPayload:
    """The webhook that is called again, or why it is not."""

    webhook: WebhookType | None = strawberry.field(description="The webhook; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def resume_webhook(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description=WHICH)]
) -> ResumeWebhookPayload:
    """Have a webhook of whoever asks called again."""
    wanted, reach = uuid_of(id, "webhook", "id"), reach_of(info.context.viewer, WEBHOOKS)
    row, errors = await done(info, lambda session: webhooks.resume(session, wanted, reach))
    return ResumeWebhookPayload(webhook=row and Ref("Webhook", row.id), user_errors=errors)


@strawberry.type
class WebhooksMutation:
    """What managers do with webhooks, beside changing and deleting them."""

    create_webhook: CreateWebhookPayload = strawberry.mutation(
        resolver=create_webhook, description="Make a webhook of a business that you manage, with its secret."
    )
    rotate_webhook_secret: RotateWebhookSecretPayload = strawberry.mutation(
        resolver=rotate_webhook_secret,
        description="Give a webhook a new secret; for 24 hours calls are signed with the former one too.",
    )
    test_webhook: TestWebhookPayload = strawberry.mutation(
        resolver=send_test_webhook, description="Have a webhook called with an event webhook.test."
    )
    redeliver_webhook: RedeliverWebhookPayload = strawberry.mutation(
        resolver=redeliver_webhook, description="Have a delivery made again, whatever became of it."
    )
    resume_webhook: ResumeWebhookPayload = strawberry.mutation(
        resolver=resume_webhook,
        description="Have a webhook called again that was paused or switched off; what waited is due at once.",
    )
