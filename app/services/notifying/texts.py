"""The words of notifications: a business's text for their kind with its places filled, or their own."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from app.services.notifying.waiting import SECRETS, Waiting

LONGEST_TITLE = 255

_PLACE = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}")


class Words(NamedTuple):
    """What a notification says."""

    title: str
    body: str
    link: str | None


def worded(waiting: Waiting, public_url: str) -> Words:
    """What the notification says to its reader, with a link to a page under `public_url` if it leads anywhere."""
    link = link_of(waiting, public_url)
    values = {**_known(waiting), "link": link or "", **waiting.data}
    told = {name: value for name, value in values.items() if name not in SECRETS}
    title = filled(waiting.template_subject, told) if waiting.template_subject else waiting.title
    body = filled(waiting.template_body, told) if waiting.template_body else waiting.body or waiting.title
    title = " ".join(title.split())[:LONGEST_TITLE] or waiting.title
    return Words(title, body, link)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """`template` with its places, like {{order_number}} or {{order.number}}, filled; those that are unknown are empty.

    What is filled in is no template: places in it stay as they are.
    """
    return _PLACE.sub(lambda found: _said(values, found[1]), template)


def link_of(waiting: Waiting, public_url: str) -> str | None:
    """Where the reader is to go: to the page of the token that it brings, or where the notification leads."""
    token, template = waiting.data.get("token"), str(waiting.data.get("template", ""))
    if token:
        page = template.rpartition(".")[2].replace("_", "-")
        return f"{public_url}/{quote(page)}?token={quote(str(token), safe='')}"
    if not waiting.url:
        return None
    parts = urlsplit(waiting.url)
    if waiting.url.startswith("/") and not waiting.url.startswith("//"):
        return f"{public_url}{waiting.url}"
    return waiting.url if parts.scheme in ("https", "http") else None


def unsubscribe_of(waiting: Waiting, public_url: str) -> str | None:
    """The page on which the reader of advertising asks for no more."""
    if waiting.type != "MARKETING":
        return None
    business = f"&business=business_{waiting.business_id}" if waiting.business_id else ""
    return f"{public_url}/unsubscribe?purpose=EMAIL_MARKETING{business}"


def _known(waiting: Waiting) -> dict[str, str]:
    """What every text may say, if its notification does not say otherwise."""
    return {
        "first": waiting.first_name,
        "last": waiting.last_name,
        "business": waiting.business_name or "",
        "title": waiting.title,
        "body": waiting.body or "",
    }


def _said(values: Mapping[str, Any], path: str) -> str:
    found: Any = values
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool):
        return "yes" if found else "no"
    return str(found) if isinstance(found, str | int | float) else ""
