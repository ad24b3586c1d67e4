"""What clients can follow: logs whose entries are numbered, and boards of rows that come, change and go.

Declared as data beside the hand-written fields of a domain; nothing here knows a database, a viewer or a connection.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple


class Said(NamedTuple):
    """A field of what no row stands behind."""

    type: str
    """As the schema writes it, like `[ID!]!`."""
    description: str
    names: str | None = None
    """The entity of which it is an ID: a uuid is then shown as a global ID."""


@dataclass(frozen=True, slots=True)
class Told:
    """An object type of what clients are told that no row stands behind: where they are, or what soon passes."""

    name: str
    description: str
    fields: Mapping[str, Said]
    always: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Values that are the same every time."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The log of one row: entries of `entity`, numbered without a gap for each audience, an object type for each kind.

    An entry's number is the first of `numbers` that the viewer sees. They rise together, and none is above the first.
    """

    kind: str
    """What the topics of its wake-ups begin with, as in `chat:<uuid>`."""
    field: str
    """The root field of Subscription."""
    description: str
    entity: str
    of: str
    """The relation that leads from an entry to the row whose log it is in."""
    argument: str
    """The argument that names that row."""
    prefix: str
    """What the names of its types begin with."""
    numbers: tuple[str, ...]
    """Columns of an entry, the one that counts all of them first."""
    heads: tuple[str, ...]
    """Columns of the row, in the same order: the number of its last entry."""
    epoch: str | None
    """The column of the row that rises when entries are lost, if there is one."""
    kinds: Mapping[str, str]
    """What happened, by the name that the entry's column `type` holds."""
    shown: tuple[str, ...]
    """Fields of the entity that every entry shows beside its number."""
    more: Mapping[str, frozenset[str]]
    """Further fields, with the kinds of entries that show them."""
    told: tuple[Told, ...]

    @property
    def union(self) -> str:
        """The type of everything that followers are told."""
        return f"{self.prefix}Update"

    @property
    def interface(self) -> str:
        """The type of all entries."""
        return f"{self.prefix}LogEntry"

    def type_of(self, kind: str) -> str:
        """The object type of entries of a kind: MESSAGE_SENT of chats is ChatMessageSent."""
        return self.prefix + "".join(word.capitalize() for word in kind.split("_"))


@dataclass(frozen=True, slots=True)
class Listed:
    """What a board lists: rows of `entity`, one by one as `name` and all together as `many`."""

    name: str
    many: str
    entity: str
    changed: str
    """The object type that tells of one that came or changed."""
    description: str


@dataclass(frozen=True, slots=True)
class Board:
    """Rows that belong to one row and are followed together: first all of them, then each that changes or goes."""

    kind: str
    field: str
    description: str
    of: str
    """The entity of the row whose board it is."""
    argument: str
    union: str
    snapshot: str
    """The object type that holds all rows."""
    listed: tuple[Listed, ...]
    guard: tuple[str, str]
    """Who may read a row of this entity whose column, the second, names the board's row may follow the board."""
    told: tuple[Told, ...]

    def __iter__(self) -> Iterator[Listed]:
        return iter(self.listed)
