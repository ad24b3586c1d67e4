"""Calls to addresses that users give: by POST, to public addresses only, in bounded time and with a bounded answer.

Knows nothing of who is called and why.
"""

from app.outgoing.addresses import NotAllowed, Resolve, Unknown, is_public, resolve
from app.outgoing.client import Answer, NotReached, Outgoing, guarded

__all__ = [
    "Answer",
    "NotAllowed",
    "NotReached",
    "Outgoing",
    "Resolve",
    "Unknown",
    "guarded",
    "is_public",
    "resolve",
]
