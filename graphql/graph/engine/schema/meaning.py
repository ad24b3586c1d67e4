"""What a derived field means to the planner, kept in the field's `extensions` by the deriver."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Literal

from graphql import GraphQLField

from graph.engine.model.computed import Computed
from graph.engine.model.entities import Column, Reference, Relation
from graph.engine.model.feeds import Board, Feed

KEY = "agora"


@dataclass(frozen=True, slots=True)
class RootOne:
    """One row of `entity` by a key: pairs of argument name and table column."""

    entity: str
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RootList:
    """The rows of `entity`, in pages."""

    entity: str


@dataclass(frozen=True, slots=True)
class RootSearch:
    """What a search over everything finds, in pages of `entity`."""

    entity: str


@dataclass(frozen=True, slots=True)
class NodeById:
    """The row of any entity that a global ID names."""


@dataclass(frozen=True, slots=True)
class NodesByIds:
    """The rows of any entities that global IDs name."""


class PartOf(Enum):
    """A part of a connection, of an edge, of a group or of an entry in a log."""

    NODES = auto()
    EDGES = auto()
    PAGE_INFO = auto()
    TOTAL_COUNT = auto()
    NODE = auto()
    CURSOR = auto()
    RANK = auto()
    HIGHLIGHT = auto()
    AGGREGATE = auto()
    GROUPS = auto()
    COUNT = auto()
    KEY = auto()
    ROWS = auto()
    NUMBER = auto()


@dataclass(frozen=True, slots=True)
class Measured:
    """An aggregate function (of `aggregates.FUNCTIONS`) over the columns that are selected in turn."""

    function: str


Step = Literal["create", "update", "upsert", "delete", "restore"]


@dataclass(frozen=True, slots=True)
class Writing:
    """Rows of `entity` are written, one or many."""

    entity: str
    step: Step
    many: bool


Root = RootOne | RootList | RootSearch | NodeById | NodesByIds
Meaning = Column | Relation | Reference | Computed | Root | PartOf | Measured | Writing | Feed | Board


def meaning_of(definition: GraphQLField) -> Meaning | None:
    """The meaning of a derived field; None for one written by hand or by graphql-core."""
    meaning: Any = definition.extensions.get(KEY)
    return meaning  # type: ignore[no-any-return]
