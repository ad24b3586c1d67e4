"""The chat windows of a business's sites: which of them may be used, by the pages of which sites."""

from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.refusals import Refusal, Refused, missing
from models.chat import ChatWidget

ELSEWHERE = Refusal("FORBIDDEN", "widgetKey", "names a widget that may not be shown on this site")


async def widget_at(session: AsyncSession, key: str, origin: str | None) -> ChatWidget:
    """The widget that is loaded by `key` and shown, for a page of `origin`, or a program if that is none.

    Raises Refused if there is none, or it is not for that site.
    """
    shown = (ChatWidget.public_key == key, ChatWidget.is_active)
    widget: ChatWidget | None = await session.scalar(select(ChatWidget).where(*shown))
    if widget is None:
        missing("widgetKey", "chat widget")
    if origin is not None and not is_allowed(origin, widget.allowed_domains):
        raise Refused([ELSEWHERE])
    return widget


def is_allowed(origin: str, domains: list[str]) -> bool:
    """Whether pages of `origin` may show a widget for these domains: exactly those, and with *. all below."""
    try:
        host = (urlsplit(origin).hostname or "").rstrip(".")
    except ValueError:
        return False
    return bool(host) and any(_fits(host, domain.lower()) for domain in domains)


def _fits(host: str, domain: str) -> bool:
    if domain.startswith("*."):
        return host.endswith(domain[1:]) and len(host) > len(domain) - 1
    return host == domain
