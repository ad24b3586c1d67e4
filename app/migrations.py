"""Alembic, driven from Python: the database's shape from nothing to head and back."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.assets import asset
from app.database import sqlalchemy_url


def upgrade(dsn: str, revision: str = "head") -> None:
    """Bring the database at `dsn` up to `revision`. Runs its own event loop, so call it from a thread without one."""
    command.upgrade(_config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Take the database at `dsn` back to `revision`; "base" is nothing at all."""
    command.downgrade(_config(dsn), revision)


def head() -> str:
    """The newest revision."""
    found = ScriptDirectory.from_config(_config("postgresql://")).get_current_head()
    assert found is not None
    return found


def _config(dsn: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(asset("alembic")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = sqlalchemy_url(dsn)
    return config
