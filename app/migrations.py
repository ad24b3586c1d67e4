"""The database's schema over time: brings a database to a revision and says where it stands.

Knows nothing of what the revisions contain.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.assets import asset

_ONE_AT_A_TIME = threading.Lock()


class UnknownRevision(Exception):
    """The database was made by another version of Agora."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at {revision}, which this version of Agora does not know: use the version that made it, "
            "or begin anew (`agora db reset` deletes the embedded database with all that is in it)"
        )


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` forward to `revision`; two callers at once do it once. Raises UnknownRevision."""
    found = await current(url)
    if found is not None and found not in known():
        raise UnknownRevision(found)
    await asyncio.to_thread(_run, command.upgrade, url, revision)


async def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`; "base" leaves nothing of ours."""
    await asyncio.to_thread(_run, command.downgrade, url, revision)


async def current(url: str) -> str | None:
    """The revision of the database at `url`, or None if it has none."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('public.alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM public.alembic_version")
        return revision
    finally:
        await connection.close()


def head() -> str:
    """The newest revision there is."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def known() -> set[str]:
    """Every revision there is."""
    return {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def config(url: str | None = None) -> Config:
    """Alembic's settings, for its own commands."""
    settings = Config()
    settings.set_main_option("script_location", str(asset("alembic")).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("file_template", "%%(rev)s")
    settings.attributes["url"] = url
    return settings


def _run(action: Callable[[Config, str], Any], url: str, revision: str) -> None:
    # Alembic keeps the running migration in module globals: a second thread has to wait.
    with _ONE_AT_A_TIME:
        action(config(url), revision)
