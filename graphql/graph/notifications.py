"""The hand-written fields of notifications: thin over `app.services.notifying`."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.services.notifying import reading
from graph.acting import WHY_NOT, done, me
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived

if TYPE_CHECKING:
    NotificationType = Any
else:
    NotificationType = derived("Notification")


@strawberry.type(description="The notification that was read, or why it is not marked so.")
class MarkNotificationReadPayload:
    """The notification that was read, or why it is not marked so."""

    notification: NotificationType | None = strawberry.field(
        description="The notification; null if there are userErrors."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def mark_notification_read(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the notification.")]
) -> MarkNotificationReadPayload:
    """Mark a notification of whoever asks as read."""
    wanted = uuid_of(id, "notification", "id")
    read, errors = await done(info, lambda session: reading.mark_read(session, wanted, me(info), info.context.now()))
    return MarkNotificationReadPayload(notification=read and Ref("Notification", read), user_errors=errors)


@strawberry.type(description="How many notifications were marked as read.")
class MarkAllNotificationsReadPayload:
    """How many notifications were marked as read."""

    count: int = strawberry.field(description="How many there were that had not been read.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def mark_all_notifications_read(info: Info) -> MarkAllNotificationsReadPayload:
    """Mark all that was sent to whoever asks as read."""
    count, errors = await done(info, lambda session: reading.mark_all_read(session, me(info), info.context.now()))
    return MarkAllNotificationsReadPayload(count=count or 0, user_errors=errors)


@strawberry.type
class NotificationMutation:
    """What people do with what they are told."""

    mark_notification_read: MarkNotificationReadPayload = strawberry.mutation(
        resolver=mark_notification_read, description="Mark a notification of yours as read, now."
    )
    mark_all_notifications_read: MarkAllNotificationsReadPayload = strawberry.mutation(
        resolver=mark_all_notifications_read, description="Mark all that was sent to you as read, now."
    )
