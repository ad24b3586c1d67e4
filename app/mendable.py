"""What a person can mend is said in a line, without a traceback."""

from collections.abc import Sequence

import asyncpg
from pydantic import ValidationError

from app.database import TooOld
from app.embedded import EmbeddedError
from app.migrations import UnknownRevision
from app.seed import AlreadySeeded

MENDABLE = (EmbeddedError, AlreadySeeded, TooOld, UnknownRevision, ValidationError, OSError, asyncpg.PostgresError)


def line(error: Exception) -> str:
    """What is wrong, and where to mend it."""
    match error:
        case ValidationError():
            return "; ".join(f"{_variable(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        case OSError() | asyncpg.PostgresError():
            return f"the database at AGORA_DATABASE_URL cannot be used: {error}"
    return str(error)


def _variable(place: Sequence[int | str]) -> str:
    """The environment variable of a setting, by the names on the way to it."""
    return "_".join(["AGORA", *(name.upper() for name in place if isinstance(name, str))])
