"""Real mail servers that tests run: one that takes letters, and ones that do not."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What a server was sent, and how it behaves."""

    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """What it says of recipients that it does not take."""
    answer: str = "250 OK"
    """What it says once it has a letter."""
    seconds: float = 0
    """How long it takes for that."""
    drops: bool = False
    """Whether it hangs up instead of saying anything."""
    was_secure: list[bool] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)
    connections: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether a letter is being sent."""
    open: asyncio.Event = field(default_factory=asyncio.Event)
    """While this is not set, nothing is answered."""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether a letter was taken."""
    port: int = 0

    def __post_init__(self) -> None:
        self.open.set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.was_secure.append(session.ssl is not None)
        self.begun.set()
        await self.open.wait()
        if self.drops:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        await asyncio.sleep(self.seconds)
        if self.answer.startswith("2") and not self.drops:
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.envelopes.append(envelope)
            self.came.set()
        return self.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login)
        return AuthResult(success=data.password == b"a word/with @ signs", handled=False)


@asynccontextmanager
async def listening(
    mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[Mailbox]:
    """A server on a free port of this machine, with TLS from the start or by STARTTLS."""

    def made() -> SMTP:
        mailbox.connections += 1
        return SMTP(mailbox, hostname="mail.x.example", tls_context=starttls, **options)

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=tls)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()


def certified(*names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server with a certificate for `names`, and of a client that trusts who gave it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(*names).configure_cert(server)
    authority.configure_trust(client)
    return server, client
