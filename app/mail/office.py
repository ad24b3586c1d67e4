"""All that it takes to write to people: a way out, a sender, and where their pages are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address

from app.mail.letters import Letter, composed, sender_of
from app.mail.posts import Post, post_of
from app.settings import Settings

Mail = Callable[[Letter, datetime], Awaitable[None]]
"""Sends a letter at a moment. Raises Undeliverable, or Unavailable if it may be tried again."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who writes, by which way, and where links lead."""

    post: Post
    sender: Address
    public_url: str

    @classmethod
    def of(cls, settings: Settings) -> "Office":
        """As it is set up."""
        smtp_url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
        return cls(post_of(smtp_url, settings.data_dir), sender_of(settings.mail_from), settings.public_url)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Mail]:
        """What sends one letter after the other."""
        async with self.post.opened() as send:

            async def mail(letter: Letter, at: datetime) -> None:
                message = composed(letter, self.sender, at)
                await send(message, message["To"].addresses[0].addr_spec)

            yield mail
