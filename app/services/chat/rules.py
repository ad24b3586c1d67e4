"""Which rule a chat follows, and whether people answer at a moment. Knows rows that are at hand, and no database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from models.chat.desk import ChatRoutingRuleStrategy, ChatRoutingRuleTarget

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = timedelta(days=1)
MIDNIGHT = "24:00"
"""The end of a day, as opening hours may write it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A routing rule, as far as it says which chats go to whom."""

    id: UUID
    position: int
    site_id: UUID | None
    language: str | None
    page_pattern: str | None
    tag: str | None
    is_during_opening_hours: bool | None
    target: ChatRoutingRuleTarget
    strategy: ChatRoutingRuleStrategy
    chat_agent_id: UUID | None
    ai_agent_id: UUID | None
    skill: str | None
    priority: int
    max_wait_seconds: int | None


class Asked(Protocol):
    """What rules ask of a chat."""

    @property
    def site_id(self) -> UUID | None:
        """The site it was opened on."""

    @property
    def language(self) -> str:
        """The language the visitor writes."""

    @property
    def page_url(self) -> str | None:
        """The page it was opened on."""

    @property
    def tags(self) -> Sequence[str]:
        """The words it is sorted by."""


class Span(NamedTuple):
    """From when to when people answer, as a clock on the wall shows it."""

    start: datetime
    end: datetime


def followed(rules: Iterable[Rule], chat: Asked, is_open: bool, after: int = 0) -> Rule | None:
    """The first of `rules`, which are in order, that fits the chat and stands behind the place `after`."""
    return next((rule for rule in rules if rule.position > after and fits(rule, chat, is_open)), None)


def fits(rule: Rule, chat: Asked, is_open: bool) -> bool:
    """Whether a rule is about such chats, while the opening hours of their widget last (`is_open`) or do not."""
    return (
        rule.site_id in (None, chat.site_id)
        and (rule.language is None or is_language(chat.language, rule.language))
        and (rule.page_pattern is None or is_page(chat.page_url, rule.page_pattern))
        and (rule.tag is None or rule.tag.casefold() in {tag.casefold() for tag in chat.tags})
        and rule.is_during_opening_hours in (None, is_open)
    )


def is_language(tag: str, wanted: str) -> bool:
    """Whether a BCP 47 tag is the wanted one or a kind of it: en-GB is en, and en is no en-GB."""
    tag, wanted = tag.casefold(), wanted.casefold()
    return tag == wanted or tag.startswith(f"{wanted}-")


def is_page(url: str | None, pattern: str) -> bool:
    """Whether a page is like `pattern`, where * stands for anything; a chat opened nowhere is on no page.

    A pattern that begins with / is about the path alone, one with :// about the whole address, and any other about host
    and path. What comes after ? or # counts only where the pattern has it.
    """
    if not url:
        return False
    parts = urlsplit(url) if _is_address(url) else None
    if parts is None:
        return is_like(url, pattern)
    tail = (f"?{parts.query}" if parts.query and "?" in pattern else "") + (
        f"#{parts.fragment}" if parts.fragment and "#" in pattern else ""
    )
    path, host = f"{parts.path or '/'}{tail}", parts.netloc.casefold()
    if pattern.startswith("/"):
        return is_like(path, pattern)
    return is_like(f"{parts.scheme}://{host}{path}" if "://" in pattern else f"{host}{path}", pattern)


def _is_address(url: str) -> bool:
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:
        return False


def is_like(text: str, pattern: str) -> bool:
    """Whether `text` is like `pattern`, where * stands for anything; takes no longer than both are long."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *between, last = others
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in between:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def is_open(hours: Mapping[str, Any], zone: str, at: datetime) -> bool:
    """Whether people answer at a moment, by the opening hours of a widget in its time zone; always if it has none.

    Hours are those of clocks on the wall: {"monday": ["09:00", "18:00"]}, or several such pairs in a list. Where the
    end is not after the start, it is on the next day. Of an hour that comes twice, because clocks were put back, the
    first counts for opening and the last for closing. What cannot be read is no opening.
    """
    if not hours:
        return True
    local = at.astimezone(zone_of(zone))
    return any(_lasts(span, local) for day in (local.date() - DAY, local.date()) for span in _spans(hours, day))


def zone_of(name: str) -> tzinfo:
    """The time zone of an IANA name; UTC if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # no zone, a folder of zones, or a way out of it
        return UTC


def _spans(hours: Mapping[str, Any], day: date) -> Iterator[Span]:
    """When people answer who begin on `day`."""
    given = hours.get(DAYS[day.weekday()])
    if not isinstance(given, list):
        return
    for pair in given if given and isinstance(given[0], list) else [given]:
        if span := _span(pair, day):
            yield span


def _span(pair: Any, day: date) -> Span | None:
    """From when to when a pair of times says, of those who begin on `day`."""
    try:
        opening, closing = pair
        start = datetime.combine(day, time.fromisoformat(opening))
        end = datetime.combine(day, time() if closing == MIDNIGHT else time.fromisoformat(closing))
        return Span(start, end if end > start else end + DAY)
    except (TypeError, ValueError):
        return None


def _lasts(span: Span, local: datetime) -> bool:
    """Whether it has begun and is not over at a local time."""
    clock, zone = local.replace(tzinfo=None, fold=0), local.tzinfo
    begun = clock >= span.start or (local.fold == 1 and _comes_twice(span.start, zone))
    comes_again = local.fold == 0 and _comes_twice(clock, zone) and _comes_twice(span.end, zone)
    return begun and (clock < span.end or comes_again)


def _comes_twice(clock: datetime, zone: tzinfo | None) -> bool:
    """Whether clocks on the wall show that time twice, because they are put back."""
    first, second = (clock.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second
