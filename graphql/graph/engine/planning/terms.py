"""What is compared, ordered by and measured: values of a row, and of the rows it leads to. Frozen, and not SQL yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.types import TypeEngine

from graph.engine.access import Rule
from graph.engine.asking.operands import Source
from graph.engine.model.entities import Column, Entity, FullText, Relation
from graph.engine.model.scalars import INTEGER, NUMBER, RANK, Scalar


@dataclass(frozen=True, slots=True)
class Param:
    """A value that a statement is given when it runs: where it comes from and what becomes of it on the way."""

    name: str
    source: Source
    convert: Callable[[Any], Any]
    type: TypeEngine[Any]


@dataclass(frozen=True, slots=True)
class Hop:
    """A step over `relation` to the rows of `target` that the viewer may see."""

    relation: Relation
    target: Entity
    predicate: Rule | None
    between: Rule | None = None
    """Which rows of the link table the viewer may see, where there is one."""
    reach: Param | None = None
    """How many steps a walk along the relation takes at most."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A column as the viewer sees it: through `rule`, or bare."""

    column: Column
    rule: Rule | None = None

    @property
    def nullable(self) -> bool:
        """Whether it can be NULL, for want of a value or of a right."""
        return self.column.nullable or self.rule is not None

    @property
    def scalar(self) -> Scalar:
        """How its values look."""
        return self.column.scalar

    @property
    def name(self) -> str:
        """What it is called in a cursor's signature."""
        return self.column.name


@dataclass(frozen=True, slots=True)
class Through:
    """A term of the one row that `hop` leads to; NULL where there is none."""

    hop: Hop
    term: "Term"
    label: str
    """What a sub-select calls it that carries it outwards."""
    nullable = True

    @property
    def scalar(self) -> Scalar:
        """How its values look."""
        return self.term.scalar

    @property
    def name(self) -> str:
        """What it is called in a cursor's signature."""
        return f"{self.hop.relation.name}.{self.term.name}"


@dataclass(frozen=True, slots=True)
class Aggregated:
    """An aggregate `function` (of `aggregates.FUNCTIONS`) over rows, of a term of them."""

    function: str
    term: "Term | None" = None
    currency: Seen | None = None
    """In what the term's amounts are: where rows differ in it the aggregate is NULL."""
    at: Param | None = None
    """The fraction of a percentile."""

    @property
    def nullable(self) -> bool:
        """Whether it can be NULL; a count cannot."""
        return not self.function.startswith("count")

    @property
    def scalar(self) -> Scalar:
        """How its values look."""
        if not self.nullable:
            return INTEGER
        assert self.term is not None
        return self.term.scalar if self.function in ("min", "max") else NUMBER

    @property
    def name(self) -> str:
        """What it is called in a cursor's signature."""
        return f"{self.function}.{self.term.name}" if self.term else self.function


@dataclass(frozen=True, slots=True)
class Folded:
    """An aggregate over those of the rows that `hop` leads to that fulfil `where`."""

    hop: Hop
    where: "tuple[Condition, ...]"
    aggregated: Aggregated
    label: str
    """What a sub-select calls it that carries it outwards."""

    @property
    def nullable(self) -> bool:
        """Whether it can be NULL."""
        return self.aggregated.nullable

    @property
    def scalar(self) -> Scalar:
        """How its values look."""
        return self.aggregated.scalar

    @property
    def name(self) -> str:
        """What it is called in a cursor's signature."""
        return f"{self.hop.relation.name}.{self.aggregated.name}"


@dataclass(frozen=True, slots=True)
class Length:
    """How many items the list `term` has."""

    term: "Term"
    nullable = True
    scalar = INTEGER
    name = "length"


@dataclass(frozen=True, slots=True)
class Carried:
    """What an enclosed sub-select calls `label`: a key or a measure of a group, the steps of a walk."""

    label: str
    scalar: Scalar
    nullable: bool = False

    @property
    def name(self) -> str:
        """What it is called in a cursor's signature."""
        return self.label


STEPS = Carried("#steps", INTEGER)
"""How many steps of a walk lead to a row."""


@dataclass(frozen=True, slots=True)
class Search:
    """Words to be found in the full text of an entity: in the web's syntax, the last of them as a prefix if asked."""

    text: FullText
    words: Param | None
    prefix: Param | None
    either: bool = False
    """Whether the words or the prefix will do."""


@dataclass(frozen=True, slots=True)
class Rank:
    """How well a row matches a search, 0 to 1."""

    search: Search
    label: str = "#rank"
    nullable: bool = field(default=False, init=False)
    scalar: Scalar = field(default=RANK, init=False)
    name: str = field(default="#rank", init=False)


Term = Seen | Through | Folded | Length | Carried | Rank


@dataclass(frozen=True, slots=True)
class Compare:
    """A condition: a term, an operator of `filters.CONDITIONS`, its parameters."""

    term: Term
    operator: str
    params: tuple[Param, ...] = ()


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Every row that `condition` is not true of, be it for want of a value."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a row where `hop` leads that fulfils `where`."""

    hop: Hop
    where: "tuple[Condition, ...]"


Condition = Compare | AllOf | AnyOf | Not | Exists


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order."""

    term: Term
    descending: bool
    nulls_first: bool

    def reversed(self) -> "OrderKey":
        """The key of the opposite order."""
        return OrderKey(self.term, not self.descending, not self.nulls_first)
