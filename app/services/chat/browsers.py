"""What a browser says of itself, as far as staff cares: its name and version, and the kind of device."""

import re

from models.chat.sessions import ChatSessionDeviceType

_NAMES = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"\bOPR/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)\S* (?:Mobile/\S+ )?Safari/")),
)
"""The first that fits: browsers name those they descend from."""

_TABLET = re.compile(r"iPad|Tablet|Android(?!.*Mobile)")
_MOBILE = re.compile(r"Mobi|iPhone")
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11")


def browser(user_agent: str | None) -> str | None:
    """Name and version, like "Firefox 140"; None for what is no browser that is known."""
    for name, pattern in _NAMES:
        if found := pattern.search(user_agent or ""):
            return f"{name} {found[1]}"
    return None


def device(user_agent: str | None) -> ChatSessionDeviceType:
    """What somebody chats from."""
    given = user_agent or ""
    if _TABLET.search(given):
        return "TABLET"
    if _MOBILE.search(given):
        return "MOBILE"
    return "DESKTOP" if _DESKTOP.search(given) else "OTHER"
