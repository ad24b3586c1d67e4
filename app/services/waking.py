"""What a transaction changed, by topics: after the commit whoever follows one of them, in any process, looks anew."""

from sqlalchemy.ext.asyncio import AsyncSession

WORK = "work"
"""The topic of the worker: there may be something to do."""

TOUCHED = "topics"
"""Where a session's notes stand."""


def touch(session: AsyncSession, topic: str) -> None:
    """Note that the transaction changes what `topic` names: `chat:<id>`, `desk:<business>` or `conversation:<id>`."""
    session.info.setdefault(TOUCHED, set()).add(topic)


def touched(session: AsyncSession) -> frozenset[str]:
    """The topics of everything that the session's transaction changed."""
    return frozenset(session.info.get(TOUCHED, ()))
