"""Why a notification is not sent: it came too late, nobody allows it, or there is no way to send it."""

from datetime import datetime
from typing import Literal, NamedTuple

from app.services.notifying.waiting import DIED, EXPIRED, MOST_ATTEMPTS, Waiting


class Reason(NamedTuple):
    """What becomes of it instead, and why."""

    status: Literal["EXPIRED", "FAILED"]
    error: str


NO_WAY = {
    "SMS": "No way to send text messages is set up.",
    "PUSH": "No way to send push messages is set up.",
}
NOT_ALLOWED = "The person does not allow advertising by this way."
GONE = "The account was closed."


def reason_against(waiting: Waiting, now: datetime) -> Reason | None:
    """Why it is not sent at all; None if it is to be."""
    if waiting.expires_at is not None and waiting.expires_at <= now:
        return Reason("EXPIRED", EXPIRED)
    if waiting.channel in NO_WAY:
        return Reason("FAILED", NO_WAY[waiting.channel])
    if not waiting.is_allowed:
        return Reason("FAILED", NOT_ALLOWED)
    if waiting.is_gone and "sealed_to" not in waiting.data:
        return Reason("FAILED", GONE)
    return Reason("FAILED", DIED) if waiting.attempt_count > MOST_ATTEMPTS else None
