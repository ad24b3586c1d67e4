"""`agora worker`."""

import asyncio
import signal

from app.cli.said import say
from app.logs import configure
from app.settings import Settings
from app.startup import opened
from app.wakeups import waking
from app.worker.process import working


def worker() -> None:
    """Do what waits beside requests: tell services, call webhooks, send notifications, keep partitions ahead.

    Any number of workers share the work; what one of them leaves when it dies is taken up by another within 30 seconds.
    `agora serve` works too unless AGORA_DATABASE_URL names a database: see `agora serve --worker` and `--no-worker`.
    """
    settings = Settings()  # type: ignore[call-arg]
    configure(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with (
        opened(settings, say) as database,
        waking(database, settings.events_url) as wakeups,
        working(settings, database, wakeups),
    ):
        say("the worker is at work (Ctrl-C ends it)")
        await ended.wait()
