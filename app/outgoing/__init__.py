"""Calls to addresses that users give: by POST, to public addresses only, in bounded time and with a bounded answer.

Knows nothing of who is called and why.
"""

from app.outgoing.addresses import Resolve, is_public, resolve
from app.outgoing.client import Answer, NotReached, Outgoing

__all__ = ["Answer", "NotReached", "Outgoing", "Resolve", "is_public", "resolve"]
