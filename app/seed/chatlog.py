"""A live chat of the sample data while it goes on, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.seed.crew import Crew
from app.seed.world import Dice, Row, World

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LOGGED = 365 * DAY
"""For how long the log of a chat is kept."""
DEVICES = ("DESKTOP", "DESKTOP", "MOBILE", "MOBILE", "MOBILE", "TABLET", "OTHER")
ADDRESSES = [IPv4Address("198.51.100.0") + i for i in range(1, 250)]
HIDDEN = ("OFFERED", "DECLINED", "TRANSFERRED", "NOTE_ADDED", "TAGS_CHANGED", "DETAILS_CHANGED")
"""What the visitor is not told."""
SESSION = (
    *("id", "business_id", "site_id", "widget_id", "visitor_id", "assigned_agent_id", "ai_agent_id"),
    *("routing_rule_id", "token_hash", "status", "subject", "tags", "priority", "page_url", "referrer", "device_type"),
    *("browser", "ip_address", "location", "epoch", "staff_seq", "visitor_seq", "started_at", "queued_at"),
    *("assigned_at", "first_response_at", "last_activity_at", "ended_at", "end_reason", "satisfaction_rating"),
    *("feedback", "rated_at", "created_at", "updated_at"),
)
PARTICIPANT = (
    *("id", "session_id", "type", "visitor_id", "chat_agent_id", "ai_agent_id", "user_id", "name", "joined_at"),
    *("left_at", "last_read_seq", "last_read_at", "created_at", "updated_at"),
)
MESSAGE = (
    *("id", "session_id", "sender_id", "canned_response_id", "sender_type", "sender_name", "type", "content"),
    *("is_internal", "attachment_url", "attachment_name", "read_at", "edited_at", "redacted_at"),
)
EVENT = (
    *("id", "session_id", "staff_seq", "visitor_seq", "type", "actor_type", "actor_id", "message_id"),
    *("client_message_id", "payload", "created_at"),
)
KINDS = ("VISITOR", "AGENT", "AI", "STAFF")

Put = Callable[[tuple[Any, ...]], None]


@dataclass(slots=True)
class Desk:
    """Where the chats of a business are answered."""

    given: dict[str, Any]
    row: Row
    crew: Crew
    zone: ZoneInfo
    ai: Row | None = None
    """The agent that answers first."""
    widgets: list[Row] = field(default_factory=list)
    """Those that are shown."""
    people: list[Row] = field(default_factory=list)
    rules: dict[str, Row] = field(default_factory=dict)
    responses: dict[str, Row] = field(default_factory=dict)
    visitors: list[Row] = field(default_factory=list)
    topics: list[list[str]] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    orders: list[tuple[datetime, str]] = field(default_factory=list)
    known: list[Row] = field(default_factory=list)
    """Who visitors may turn out to be."""
    joined: dict[UUID, datetime] = field(default_factory=dict)
    """Since when somebody is a member."""

    @property
    def opened(self) -> datetime:
        """Since when there are chats."""
        latest: datetime = max(row["created_at"] for row in (*self.widgets, *self.people[:1]))
        return latest + DAY


@dataclass(slots=True)
class Part:
    """Somebody's stay in a chat."""

    id: UUID
    type: str
    who: UUID
    name: str
    joined: datetime
    left: datetime | None = None
    read: int = 0
    read_at: datetime | None = None


@dataclass(slots=True)
class Said:
    """A message."""

    id: UUID
    part: Part | None
    at: datetime
    text: str | None
    internal: bool = False
    canned: UUID | None = None
    image: str | None = None
    read: datetime | None = None
    edited: datetime | None = None
    redacted: datetime | None = None


class Entry(NamedTuple):
    """An entry in a chat's log."""

    at: datetime
    type: str
    part: Part | None
    message: UUID | None
    payload: Row


@dataclass(slots=True)
class Office:
    """What all chats are made with, and what they add up to."""

    world: World
    dice: Dice
    words: dict[str, Any]
    puts: dict[str, Put] = field(default_factory=dict)
    days: dict[tuple[UUID, UUID, date], list[int]] = field(default_factory=dict)
    """By business, site and day, what a row of daily figures counts."""

    def __post_init__(self) -> None:
        tables = {"chat_sessions": SESSION, "chat_participants": PARTICIPANT, "chat_messages": MESSAGE}
        for name, columns in (tables | {"chat_events": EVENT}).items():
            self.puts[name] = self.world.bulk(f"chat.{name}", *columns)


@dataclass(slots=True)
class Chat:
    """A chat in its course: `at` is the time that it has come to."""

    office: Office
    desk: Desk
    visitor: Row
    id: UUID
    at: datetime
    topic: list[str]
    blanks: dict[str, str]
    site: UUID
    widget: UUID
    page: str
    entries: list[Entry] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    row: Row = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """What visitor and answerer say in turn."""
        return self.topic[3:]

    @property
    def guest(self) -> Part:
        """The visitor."""
        return self.parts[0]

    @property
    def started(self) -> datetime:
        """When it began."""
        return self.entries[0].at

    def wait(self, low: int, high: int) -> None:
        """Let some seconds pass."""
        self.at += self.office.dice.number(low, high) * SECOND

    def log(self, kind: str, part: Part | None = None, message: UUID | None = None, **payload: Any) -> None:
        """Write down what happens."""
        self.entries.append(Entry(self.at, kind, part, message, payload))

    def join(self, kind: str, who: UUID, name: str) -> Part:
        """Somebody comes in."""
        part = Part(self.office.dice.id_at(self.at), kind, who, name, self.at)
        self.parts.append(part)
        self.log("JOINED", part)
        return part

    def leave(self, part: Part) -> None:
        """Somebody goes."""
        part.left = self.at
        self.log("LEFT", part)

    def say(self, part: Part | None, text: str | None, *, slow: int = 60, **more: Any) -> Said:
        """Somebody, or the system, says something or notes it for colleagues."""
        self.wait(3, 3 + slow)
        said = Said(self.office.dice.id_at(self.at), part, self.at, text and text.format_map(self.blanks), **more)
        self.said.append(said)
        self.log("NOTE_ADDED" if said.internal else "MESSAGE_SENT", part, said.id)
        if part and part.type in ("AI", "AGENT") and not said.internal:
            self.row.setdefault("first_response_at", self.at)
        return said

    def end(self, reason: str, part: Part | None = None, status: str = "ENDED") -> None:
        """It is over; all go."""
        self.log(status, part, reason=reason)
        self.row |= {"status": status, "ended_at": self.at, "end_reason": reason}


def write(chat: Chat) -> None:
    """Hand over what became of it: session, participants, messages and, while it is kept, the log."""
    seqs = _count(chat)
    over = chat.row.get("ended_at")
    _write_session(chat, seqs[-1])
    for part in chat.parts:
        _write_part(chat, part, part.left or over)
    _read(chat)
    for said in chat.said:
        _write_message(chat, said)
    if chat.started > chat.office.world.now - LOGGED:
        for (staff, visitor), entry in zip(seqs, chat.entries, strict=True):
            _write_event(chat, staff, visitor if _is_shown(entry) else None, entry)
    _add_up(chat)


def _is_shown(entry: Entry) -> bool:
    """Whether the visitor is told of it."""
    return entry.type not in HIDDEN and not (entry.part and entry.part.type == "STAFF")


def _count(chat: Chat) -> list[tuple[int, int]]:
    """How far staff and visitor have counted at each entry; whoever does something has read so far."""
    seqs, shown = [], 0
    for staff, entry in enumerate(chat.entries, start=1):
        shown += _is_shown(entry)
        seqs.append((staff, shown))
        if entry.part:
            entry.part.read = shown if entry.part.type == "VISITOR" else staff
            entry.part.read_at = entry.at
    return seqs


def _write_session(chat: Chat, heads: tuple[int, int]) -> None:
    world, dice, row, visitor = chat.office.world, chat.office.dice, chat.row, chat.visitor
    epoch = 1 if chat.started > world.now - LOGGED else 2
    place = {"country": visitor["country"], "city": visitor["city"]} if visitor["city"] else None
    device, words, last = dice.pick(DEVICES), chat.office.words, chat.entries[-1].at
    chat.office.puts["chat_sessions"](
        (
            *(chat.id, chat.desk.row["id"], chat.site, chat.widget, visitor["id"], row.get("assigned_agent_id")),
            *(row.get("ai_agent_id"), row.get("routing_rule_id"), sha256(chat.id.bytes).hexdigest()),
            *(row.get("status", "ACTIVE"), row.get("subject"), row["tags"], row.get("priority", 0), chat.page),
            *(dice.pick(words["referrers"]) if dice.chance(60) else None, device, dice.pick(words["browsers"])),
            *(dice.pick(ADDRESSES), place, epoch, *heads, chat.started, row.get("queued_at"), row.get("assigned_at")),
            *(row.get("first_response_at"), last, row.get("ended_at"), row.get("end_reason")),
            *(row.get("satisfaction_rating"), row.get("feedback"), row.get("rated_at"), chat.started, last),
        )
    )


def _write_part(chat: Chat, part: Part, left: datetime | None) -> None:
    who = (part.who if part.type == kind else None for kind in KINDS)
    read = (part.read, part.read_at, part.joined, left or part.read_at)
    chat.office.puts["chat_participants"]((part.id, chat.id, part.type, *who, part.name, part.joined, left, *read))


def _read(chat: Chat) -> None:
    """A message was read when the other side next said something."""
    answered: dict[bool, datetime] = {}
    for said in reversed(chat.said):
        if not said.internal:
            by_guest = said.part is chat.guest
            said.read = answered.get(not by_guest)
            answered[by_guest] = said.at


def _write_message(chat: Chat, said: Said) -> None:
    part, image = said.part, said.image
    kind = "IMAGE" if image else "TEXT" if part else "SYSTEM"
    sender = (part.type, part.name) if part else ("SYSTEM", None)
    url = f"https://files.agora.example/chat/{chat.id}/{image}" if image else None
    chat.office.puts["chat_messages"](
        (
            *(said.id, chat.id, part and part.id, said.canned, *sender, kind, said.text, said.internal),
            *(url, image, said.read, said.edited, said.redacted),
        )
    )


def _write_event(chat: Chat, staff: int, visitor: int | None, entry: Entry) -> None:
    part, sent = entry.part, entry.type in ("MESSAGE_SENT", "NOTE_ADDED")
    name = str(entry.message)[-17:] if sent and part and part.type != "AI" else None
    key, actor = chat.office.dice.id_at(entry.at), (part.type, part.id) if part else ("SYSTEM", None)
    about = (entry.type, *actor, entry.message, name, entry.payload, entry.at)
    chat.office.puts["chat_events"]((key, chat.id, staff, visitor, *about))


def _add_up(chat: Chat) -> None:
    """Count the chat among those of its day."""
    row, started = chat.row, chat.started
    first, over, rating = row.get("first_response_at"), row.get("ended_at"), row.get("satisfaction_rating")
    ended = row.get("status") == "ENDED"
    figures = (
        *(1, int(first is not None), int(ended), int(row.get("status") == "ABANDONED")),
        int(first is not None and not row.get("assigned_at")),
        *(int(row.get("end_reason") == "MOVED_TO_TICKET"), sum(not said.internal for said in chat.said)),
        (first - started) // SECOND if first else 0,
        *((over - started) // SECOND if over and ended else 0, rating or 0, int(rating is not None)),
    )
    sums = chat.office.days.setdefault((chat.desk.row["id"], chat.site, started.date()), [0] * len(figures))
    for i, figure in enumerate(figures):
        sums[i] += figure
