"""The worker of a process, put together: its outboxes, its chores, and what wakes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.database import Database
from app.mail.office import Office
from app.outgoing import Outgoing
from app.services.waking import WORK
from app.settings import Settings
from app.wakeups import Wakeups
from app.worker import handlers
from app.worker.answers import Answers, asking
from app.worker.chores import chores
from app.worker.desks import Desks
from app.worker.notifications import Notifications
from app.worker.reports import Reports
from app.worker.syncs import Syncs, by_handler, by_http
from app.worker.webhooks import Webhooks
from app.worker.worker import Worker


@asynccontextmanager
async def working(settings: Settings, database: Database, wakeups: Wakeups) -> AsyncIterator[Worker]:
    """While this is open, the process takes its share of the work; `wakeups` are those of the process."""
    office, vault = Office.of(settings), settings.vault
    async with Outgoing(private=settings.private_calls) as calls, asking(settings) as models:
        outboxes = (
            Syncs(database, {"HTTP": by_http(calls, vault), "HANDLER": by_handler(handlers.installed())}),
            Webhooks(database, vault, calls),
            Notifications(database, office, vault),
            Reports(database, office, settings.data_dir),
            Desks(database),
            Answers(database, models, model=settings.llm.model, tell=wakeups.send),
        )
        worker = Worker(database.dsn, outboxes, chores(database))
        wakeups.listen(lambda key, payload: worker.wake(), WORK)
        async with worker.running():
            yield worker
