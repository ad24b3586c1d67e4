"""Letters, and the messages that are made of them: text, the same as HTML, and what is attached.

Nothing that somebody else wrote can add a header: control characters are taken out, and `email` refuses the rest.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from html import escape

LONGEST_LINE = 998
"""Characters of a line that mail may carry as it is, by RFC 5322."""

LONGEST_SUBJECT, LONGEST_NAME = 255, 100

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Undeliverable(Exception):
    """Trying again would not help; the message is a sentence for people."""


NO_ADDRESS = "The address is none that mail can be sent to."


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    type: str
    """Like `text/csv`."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to one person."""

    id: str
    """By it the same letter is known again, should it be sent twice; unique in this installation."""
    to: str
    name: str
    """Whom it is to, as people say it; may be empty."""
    subject: str
    text: str
    link: str | None = None
    """Where its reader is to go."""
    sender_name: str | None = None
    """In whose name, if in another than the sender's own."""
    unsubscribe: str | None = None
    """Where its reader asks for no more of it."""
    attachments: Sequence[Attachment] = ()

    @property
    def whole(self) -> str:
        """The text with the link, unless that is in it already."""
        linked = self.link is None or self.link in self.text
        return self.text if linked else f"{self.text}\n\n{self.link}"


def composed(letter: Letter, sender: Address, at: datetime) -> EmailMessage:
    """The message of a letter. Raises Undeliverable if nothing can be sent to its address."""
    to = _recipient(letter)
    message = EmailMessage(policy=SMTP if to.addr_spec.isascii() else SMTPUTF8)
    message["From"] = Address(
        one_line(letter.sender_name or sender.display_name, LONGEST_NAME), addr_spec=sender.addr_spec
    )
    message["To"] = to
    message["Subject"] = one_line(letter.subject, LONGEST_SUBJECT)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers by those who are away
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    text = letter.whole
    message.set_content(text, cte=_encoding(text))
    html = as_html(text, letter.link)
    message.add_alternative(html, subtype="html", cte=_encoding(html))
    for attached in letter.attachments:
        kind, _, subtype = attached.type.partition("/")
        message.add_attachment(attached.content, maintype=kind, subtype=subtype, filename=attached.name)
    return message


def sender_of(text: str) -> Address:
    """From `Shop <mail@shop.example>` or `mail@shop.example`. Raises ValueError."""
    name, address = parseaddr(text)
    try:
        sender = Address(name, addr_spec=address)
    except (ValueError, IndexError, MessageError):
        sender = Address()
    if _CONTROLS.search(text) or not (sender.username and sender.domain and sender.addr_spec.isascii()):
        raise ValueError("must be like Agora <agora@shop.example>")
    return sender


def one_line(text: str, longest: int) -> str:
    """`text` as it may stand in a header: in one line, without control characters, cut short."""
    return " ".join(_CONTROLS.sub(" ", text).split())[:longest].rstrip()


def as_html(text: str, link: str | None) -> str:
    """`text` as HTML: nothing in it is markup, and of all links only `link` is one."""
    body = escape(text).replace("\n", "<br>\n")
    if link is not None:
        safe = escape(link)
        body = body.replace(safe, f'<a href="{safe}">{safe}</a>', 1)
    return f"<!doctype html>\n<html><body><p>{body}</p></body></html>\n"


def _recipient(letter: Letter) -> Address:
    local, at, domain = letter.to.rpartition("@")
    try:
        known = domain if domain.isascii() else domain.encode("idna").decode()
        Address(addr_spec=f"{_BEYOND_ASCII.sub('x', local)}{at}{known}")  # which says what is wrong with it
        return Address(one_line(letter.name, LONGEST_NAME), local, known)
    except (ValueError, IndexError, MessageError):  # `email` says all three of what it cannot read
        raise Undeliverable(NO_ADDRESS) from None


def _encoding(text: str) -> str | None:
    """How it is written: as it is where that is possible, so that whoever opens a file can read it."""
    if any(len(line) > LONGEST_LINE for line in text.encode().splitlines()):
        return None
    return "7bit" if text.isascii() else "8bit"
