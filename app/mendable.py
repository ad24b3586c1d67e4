"""What a person can mend is said in a line, without a traceback."""

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
            return "; ".join(f"AGORA_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        case OSError() | asyncpg.PostgresError():
            return f"the database at AGORA_DATABASE_URL cannot be used: {error}"
    return str(error)
