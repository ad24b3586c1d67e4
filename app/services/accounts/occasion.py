"""When something is done, from where, and how its transactions are begun."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from models.columns import IpAddress

Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Begins a transaction, which is committed at the end of the context."""

LONGEST_AGENT = 500


class Client(Protocol):
    """Where a request comes from, as far as it is known."""

    @property
    def ip(self) -> str | None:
        """Its address."""

    @property
    def user_agent(self) -> str | None:
        """What the browser or program calls itself."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """When something is done, and from where; no client is the command line."""

    now: datetime
    client: Client | None = None

    @property
    def address(self) -> IpAddress | None:
        """The address it is done from; None for what is no address, like the name of a socket."""
        try:
            return ip_address((self.client and self.client.ip) or "")
        except ValueError:
            return None

    @property
    def user_agent(self) -> str | None:
        """What the browser or program calls itself, cut short."""
        given = self.client.user_agent if self.client else None
        return given[:LONGEST_AGENT] if given else None
