"""One process's share of the work, by PgQueuer: a job for each part of an outbox that has something to do, and chores.

The queue's own tables are unlogged and may be lost: a job only says where to look. What is to be done stands in the
outboxes, which are looked at each second and at every wake-up. Of several workers any takes a job; one whose process
died is taken again when its heartbeat has been missing for a while.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.models import Job, Schedule

from app.worker.locks import Locks
from app.worker.parts import Chore, Outbox

SECONDS = 1.0
"""From one look into the outboxes to the next, if nobody says that there is something."""

SOON = 0.02
"""Seconds between two looks, however often somebody says so."""

MISSING = timedelta(seconds=15)
"""A worker whose heartbeat is missing for so long is taken for dead, and its jobs are taken by others."""

GRACE = 5.0
"""Seconds that jobs have to come to an end when the worker is to stop; then they are left as if it had died."""

PAUSE = 1.0
"""Seconds until it is tried again, when the database is away."""

JOBS = 50
"""Jobs that a worker takes at once."""

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

SETTINGS = {"application_name": "agora worker", "search_path": "queue", "timezone": "UTC", "jit": "off"}

log = structlog.get_logger(__name__)


class Worker:
    """Carries out `outboxes` and does `chores`, side by side with other workers on the database at `dsn`."""

    def __init__(self, dsn: str, outboxes: Sequence[Outbox], chores: Sequence[Chore] = ()) -> None:
        self.dsn, self.outboxes, self.chores = dsn, tuple(outboxes), tuple(chores)
        self._woken = asyncio.Event()
        self._jobs: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to do: look at once."""
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is open, work is done; at the end jobs have a moment to finish."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def _run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, again and again where the database was away."""
        while not stop.is_set():
            try:
                await self._work(stop)
            except* AWAY as group:
                log.warning("the worker cannot work", cause=type(group.exceptions[0]).__name__)
            except* Exception:
                log.exception("the worker begins anew")
            if not stop.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE):
                        await stop.wait()

    async def _work(self, stop: asyncio.Event) -> None:
        locking = await asyncpg.connect(self.dsn, timeout=3, command_timeout=10, server_settings=SETTINGS)
        try:
            async with asyncpg.create_pool(
                self.dsn, min_size=2, max_size=4, timeout=3, command_timeout=30, server_settings=SETTINGS
            ) as pool:
                await self._take_jobs(PgQueuer.from_asyncpg_pool(pool), Locks(locking), stop)
        finally:
            locking.terminate()

    async def _take_jobs(self, queue: PgQueuer, locks: Locks, stop: asyncio.Event) -> None:
        for outbox in self.outboxes:
            queue.entrypoint(outbox.name, accepts_context=False)(partial(self._drained, outbox, locks))
        for chore in self.chores:
            queue.schedule(chore.name, chore.schedule, accepts_context=False)(partial(_done, chore))
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._look(queue, locks)), group.create_task(self._stop(queue, stop))]
            try:
                await queue.run(
                    dequeue_timeout=timedelta(seconds=SECONDS),
                    batch_size=JOBS // 2,
                    max_concurrent_tasks=JOBS,
                    # Its first probe may be sent before it listens. Locks tell as well whether connections hold.
                    shutdown_on_listener_failure=False,
                    heartbeat_timeout=MISSING,
                )
            finally:
                for task in beside:
                    task.cancel()

    async def _look(self, queue: PgQueuer, locks: Locks) -> None:
        """Make a job for every part that has something to do; one that has its job already gets no other."""
        while True:
            self._woken.clear()
            locks.check()
            parts = [(outbox.name, key) for outbox in self.outboxes for key in await outbox.due()]
            if parts:
                names, keys = [name for name, _ in parts], [key.encode() for _, key in parts]
                wanted = [f"{name} {key}" for name, key in parts]
                await queue.qm.queries.enqueue(
                    names, list(keys), [0] * len(parts), dedupe_key=list(wanted), on_conflict="skip"
                )
            await asyncio.sleep(SOON)
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await self._woken.wait()

    async def _drained(self, outbox: Outbox, locks: Locks, job: Job) -> None:
        """Do what is due in the part that a job names, unless another worker is at it."""
        key = (job.payload or b"").decode()
        task = asyncio.current_task()
        assert task is not None
        self._jobs.add(task)
        try:
            async with locks.held(f"{outbox.name} {key}") as mine:
                if mine:
                    await outbox.drain(key)
        except Exception as error:  # it is due again, and looked at in a second
            log.warning("not carried out", outbox=outbox.name, key=key, cause=type(error).__name__, exc_info=True)
        finally:
            self._jobs.discard(task)

    async def _stop(self, queue: PgQueuer, stop: asyncio.Event) -> None:
        """When it is to end: take no more jobs, and leave those that do not come to an end."""
        await stop.wait()
        queue.shutdown.set()
        if self._jobs:
            _, late = await asyncio.wait(self._jobs, timeout=GRACE)
            for task in late:
                task.cancel()


async def _done(chore: Chore, _: Schedule) -> None:
    try:
        await chore.work()
    except Exception as error:  # the next time will do
        log.warning("a chore is not done", chore=chore.name, cause=type(error).__name__, exc_info=True)
