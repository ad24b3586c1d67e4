"""Makes reports when they are due or asked for, keeps each as a file, and sends it to its recipients.

Each step is written when it is done: a worker that dies is followed by one that goes on from there.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import structlog

from app.database import Database, by
from app.mail import Attachment, Letter, Unavailable, Undeliverable
from app.mail.office import Mail, Office
from app.services.reporting import runs
from app.services.reporting.figures import chosen, figures
from app.services.reporting.papers import DELIVERED, Paper, paper
from app.services.reporting.runs import BROKEN, DIED, DUE, MOST_ATTEMPTS, Taken
from app.worker.notifications import utc_now

FOLDER = "reports"

log = structlog.get_logger(__name__)


class Reports:
    """Reports that are due, and runs that are under way; the keys are the ids of reports."""

    name = "reports"

    def __init__(self, database: Database, office: Office, data: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._office, self._data, self._clock = database, office, data, clock

    async def due(self) -> Sequence[str]:
        """The reports of which something is to be done."""
        async with self._database.reads.acquire() as connection:
            found = await connection.fetch(DUE, self._clock())
        return [row["id"] for row in found]

    async def drain(self, key: str) -> None:
        """Begin the run that is due, and do what is left of those that were begun."""
        report_id = UUID(key)
        async with self._database.transaction(by("report")) as session:
            await runs.do_plan(session, report_id, self._clock())
        while (run := await self._taken(report_id)) is not None:
            await self._go_on(run)

    async def _taken(self, report_id: UUID) -> Taken | None:
        async with self._database.transaction(by("report")) as session:
            return await runs.take(session, report_id, self._clock())

    async def _go_on(self, run: Taken) -> None:
        if run.attempt_count > MOST_ATTEMPTS:
            async with self._database.transaction(by("report")) as session:
                return await runs.do_give_up(session, run, DIED)
        try:
            made = run if run.status == "SUCCEEDED" else await self._make(run)
        except Exception as error:  # one that cannot be made holds up no other
            log.warning("report not made", id=str(run.id), cause=type(error).__name__)
            async with self._database.transaction(by("report")) as session:
                return await runs.do_put_off(session, run, self._clock(), BROKEN)
        await self._send(made)

    async def _make(self, run: Taken) -> Taken:
        """The run with its content, which is kept in its row and in a file."""
        began = self._clock()
        async with self._database.transaction(by("report")) as session:
            tables = await figures(session, run.business_id, chosen(run.type, run.template), run.period)
        content = {
            "name": run.name,
            "business": run.business_name,
            "from": run.period_starts_on.isoformat(),
            "to": run.period_ends_on.isoformat(),
            "timeZone": run.period.zone.key,
            "tables": tables,
        }
        made = paper(content, DELIVERED[run.format])
        place = f"{FOLDER}/{run.id}.{made.ending}"
        await asyncio.to_thread(_put, self._data / place, made.content)
        async with self._database.transaction(by("report")) as session:
            await runs.do_keep(session, run, content, place, began, self._clock())
        return replace(run, status="SUCCEEDED", content=content, attempt_count=1)

    async def _send(self, run: Taken) -> None:
        """Send it to those who have not got it."""
        made = paper(run.content, DELIVERED[run.format]) if run.pending_recipients else None
        async with self._office.opened() as mail:
            for address in run.pending_recipients:
                try:
                    refused = await self._refused(run, _letter(run, address, made), mail)
                except Unavailable as error:
                    async with self._database.transaction(by("report")) as session:
                        return await runs.do_put_off(session, run, self._clock(), f"It could not be sent: {error}")
                async with self._database.transaction(by("report")) as session:
                    await runs.do_tell(session, run, address, self._clock(), refused)
        async with self._database.transaction(by("report")) as session:
            await runs.do_finish(session, run)

    async def _refused(self, run: Taken, letter: Letter, mail: Mail) -> str | None:
        """Why the letter never reaches its recipient; None if it was sent. Raises Unavailable."""
        try:
            await mail(letter, self._clock())
        except Undeliverable as error:
            log.warning("report not sent", id=str(run.id))
            return f"It did not reach all of its recipients: {error}"
        return None


def _letter(run: Taken, address: str, made: Paper | None) -> Letter:
    days = f"{run.period_starts_on} to {run.period_ends_on}"
    # Known again by the run and the address, which is not told to whoever sees the header.
    mark = sha256(address.encode()).hexdigest()[:16]
    name = f"{run.name} {run.period_ends_on}".translate(str.maketrans('/\\:*?"<>|', "_________"))
    return Letter(
        id=f"{run.id}.{mark}",
        to=address,
        name="",
        subject=f"{run.name}, {days}",
        text=f"{run.name} of {run.business_name}, {days} ({run.period.zone.key}), is attached.",
        sender_name=run.business_name,
        attachments=[Attachment(f"{name}.{made.ending}", made.type, made.content)] if made else [],
    )


def _put(file: Path, content: bytes) -> None:
    """Write the file, which nobody but who runs the process can read; nobody sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.parent.chmod(0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    draft.rename(file)
