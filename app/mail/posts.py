"""The ways by which letters leave: a mail server, or without one a folder of files."""

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from app.mail.letters import Undeliverable
from app.urls import LOOPBACK

SECONDS = 15.0
"""How long one letter may take, with the connection where there is none yet."""

FOLDER = "outbox"

Send = Callable[[EmailMessage, str], Awaitable[None]]
"""Sends a message to an address. Raises Undeliverable, or Unavailable if it may be tried again."""

log = structlog.get_logger(__name__)

_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]")


class Unavailable(Exception):
    """It may be possible later; the message is a sentence for people."""


NO_SERVER = "The mail server could not be reached, or did not answer in time."
NOT_NOW = "The mail server does not take the message at the moment."


class Post(Protocol):
    """A way by which letters leave."""

    def opened(self) -> AbstractAsyncContextManager[Send]:
        """What sends one letter after the other."""


class BadUrl(ValueError):
    """The address of a mail server is none."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a mail server is, and how one signs in there."""

    host: str
    port: int
    tls: Literal["from the start", "by STARTTLS", "if offered"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> "Way":
        """By a URL like smtps://user:password@host:465 or smtp://host:587. Raises BadUrl, which does not repeat it.

        To a server on another machine nothing is sent that is not encrypted.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise BadUrl("must be like smtps://user:password@host:465 or smtp://host:587") from None
        if parts.scheme not in ("smtp", "smtps") or not host or parts.path not in ("", "/") or parts.query:
            raise BadUrl("must be like smtps://user:password@host:465 or smtp://host:587")
        user, password = (unquote(given) if given else None for given in (parts.username, parts.password))
        if parts.scheme == "smtps":
            return cls(host, port or 465, "from the start", user, password)
        return cls(host, port or 587, "if offered" if host in LOOPBACK else "by STARTTLS", user, password)


class Smtp:
    """A mail server."""

    def __init__(self, way: Way, seconds: float = SECONDS, context: ssl.SSLContext | None = None) -> None:
        self._way, self._seconds, self._context = way, seconds, context

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Send]:
        """Sends over one connection, which is made when the first letter comes, and again after any failure."""
        line = _Line(self._way, self._seconds, self._context)
        try:
            yield line.send
        finally:
            await line.quit()


class _Line:
    def __init__(self, way: Way, seconds: float, context: ssl.SSLContext | None) -> None:
        self._way, self._seconds, self._context = way, seconds, context
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, message: EmailMessage, to: str) -> None:
        done = False
        try:
            async with asyncio.timeout(self._seconds):
                client = self._client or await self._connected(message["From"].addresses[0].domain)
                await self._hand_over(client, message, to)
            done = True
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("mail not sent", cause=type(error).__name__, code=getattr(error, "code", None))
            raise Unavailable(NO_SERVER if isinstance(error, OSError) else NOT_NOW) from None
        finally:
            if not done:  # whatever state it is in
                self._drop()

    async def _connected(self, own_name: str) -> aiosmtplib.SMTP:
        way = self._way
        starttls = {"from the start": False, "by STARTTLS": True, "if offered": None}[way.tls]
        self._client = aiosmtplib.SMTP(
            hostname=way.host,
            port=way.port,
            username=way.user,
            password=way.password,
            use_tls=way.tls == "from the start",
            start_tls=starttls,
            tls_context=self._context,
            local_hostname=own_name,  # else it asks the network what this machine is called
            timeout=self._seconds,
        )
        await self._client.connect()
        return self._client

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage, to: str) -> None:
        try:
            await client.send_message(message, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = refused.recipients[0].code
            raise _refusal("address", code) from None
        except aiosmtplib.SMTPDataError as refused:
            raise _refusal("message", refused.code) from None
        except aiosmtplib.SMTPNotSupported:
            raise Undeliverable("The mail server cannot send to an address with such letters.") from None

    async def quit(self) -> None:
        """Take leave of the server; whether it answers matters to nobody."""
        if self._client is not None and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await self._client.quit(timeout=2)
        self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


def _refusal(what: str, code: int) -> Undeliverable | Unavailable:
    if code >= 500:
        return Undeliverable(f"The mail server refused the {what} ({code}).")
    return Unavailable(f"{NOT_NOW[:-1]} ({code}).")


class Folder:
    """A folder that letters are put in as files, which nobody but who runs the process can read.

    Their names begin with the time and the recipient, so that the last one is found by looking.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._said = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Send]:
        """Writes a file for each letter."""
        if not self._said:
            self._said = True
            log.info("mail is written to files, not sent: AGORA_SMTP_URL is not set", folder=str(self.folder))
        yield self._send

    async def _send(self, message: EmailMessage, to: str) -> None:
        try:
            await asyncio.to_thread(self._write, message, to)
        except OSError as error:
            log.warning("mail not written", cause=type(error).__name__)
            raise Unavailable("The folder for mail could not be written to.") from None

    def _write(self, message: EmailMessage, to: str) -> None:
        """The same letter at the same time is the same file; nobody sees half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        at: datetime = parsedate_to_datetime(message["Date"])
        mark = sha256(message["Message-ID"].encode()).hexdigest()[:8]
        name = f"{at:%Y-%m-%dT%H-%M-%SZ}-{_UNSAFE.sub('_', to)[:100]}-{mark}.eml"
        draft = self.folder / f".{name}.{os.getpid()}"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(bytes(message))
        draft.rename(self.folder / name)


def post_of(smtp_url: str | None, data: Path) -> Post:
    """The mail server at `smtp_url`, or a folder beside the data. Raises BadUrl."""
    return Smtp(Way.of(smtp_url)) if smtp_url else Folder(data / FOLDER)
