"""Sends what people are told: into the application, and by e-mail.

Nothing is held while a server is talked to: a row is claimed for some minutes, and what became of it is written after.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from app.database import Database, by
from app.mail import Letter, Unavailable, Undeliverable
from app.mail.office import Mail, Office
from app.services.notifying import waiting as rows
from app.services.notifying.reasons import reason_against
from app.services.notifying.texts import unsubscribe_of, worded
from app.services.notifying.waiting import CHANNELS, DUE, Waiting
from app.services.privacy.vault import Vault

MOST = 5
"""Notifications that are claimed at once: all of them take less than the claim, even if each waits for its deadline."""

CLAIM = timedelta(minutes=2)

FORGOTTEN = "The address it was to go to is not known any more."
BROKEN = "It could not be sent."

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


class Notifications:
    """What waits in support.notifications; the keys are channels."""

    name = "notifications"

    def __init__(
        self, database: Database, office: Office, vault: Vault, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database, self._office, self._vault, self._clock = database, office, vault, clock

    async def due(self) -> Sequence[str]:
        """The channels in which something is to be sent."""
        async with self._database.reads.acquire() as connection:
            found = await connection.fetch(DUE, self._clock(), list(CHANNELS))
        return [row["channel"] for row in found]

    async def drain(self, key: str) -> None:
        """Send what is due in a channel."""
        async with self._office.opened() as mail:
            while claimed := await self._claimed(key):
                await self._deal_with(claimed, mail)

    async def _claimed(self, channel: str) -> Sequence[Waiting]:
        now = self._clock()
        async with self._database.transaction(by("notification")) as session:
            return await rows.claim(session, channel, now, most=MOST, until=now + CLAIM)

    async def _deal_with(self, claimed: Sequence[Waiting], mail: Mail) -> None:
        left = list(claimed)
        try:
            while left:
                await self._deal(left.pop(0), mail)
        finally:
            if left:  # a process that is told to end lets others go on at once
                async with self._database.transaction(by("notification")) as session:
                    await rows.do_release(session, [waiting.id for waiting in left], self._clock())

    async def _deal(self, waiting: Waiting, mail: Mail) -> None:
        """Send it if that may be, and write what became of it."""
        reason = reason_against(waiting, self._clock())
        if reason is not None:
            return await self._end(waiting, reason.status, reason.error)
        if waiting.channel == "IN_APP":
            return await self._show(waiting)
        try:
            await mail(self._letter(waiting), self._clock())
        except Undeliverable as error:
            return await self._end(waiting, "FAILED", str(error))
        except Unavailable as error:
            return await self._put_off(waiting, str(error))
        except Exception as error:  # one that cannot even be written holds up no other
            log.warning("notification not sent", id=str(waiting.id), cause=type(error).__name__)
            return await self._put_off(waiting, BROKEN)
        await self._end(waiting, "SENT", None)

    def _letter(self, waiting: Waiting) -> Letter:
        """The e-mail. Raises Undeliverable."""
        words, sealed = worded(waiting, self._office.public_url), waiting.data.get("sealed_to")
        to = self._vault.unseal(str(sealed)) if sealed else waiting.email
        if to is None:
            raise Undeliverable(FORGOTTEN)
        return Letter(
            id=str(waiting.id),
            to=to,
            name="" if sealed else waiting.full_name,
            subject=words.title,
            text=words.body,
            link=words.link,
            sender_name=waiting.business_name,
            unsubscribe=unsubscribe_of(waiting, self._office.public_url),
        )

    async def _show(self, waiting: Waiting) -> None:
        words = worded(waiting, self._office.public_url)
        body = words.body if waiting.template_body else waiting.body
        async with self._database.transaction(by("notification")) as session:
            await rows.do_show(session, waiting.id, words.title, body, self._clock())

    async def _end(self, waiting: Waiting, status: str, error: str | None) -> None:
        async with self._database.transaction(by("notification")) as session:
            await rows.do_end(session, waiting.id, status, self._clock(), error)

    async def _put_off(self, waiting: Waiting, error: str) -> None:
        async with self._database.transaction(by("notification")) as session:
            await rows.do_put_off(session, waiting, self._clock(), error)
