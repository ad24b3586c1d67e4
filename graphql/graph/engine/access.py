"""What the engine asks before it reads or writes a row or a column. The rules are declared in `graph.access`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sqlalchemy import BindParameter, ColumnElement, FromClause, bindparam
from sqlalchemy.types import TypeEngine

from graph.engine.model.entities import Column, Entity, Relation

Rule = Callable[[FromClause], ColumnElement[Any]]
"""From an alias of the entity's table to an expression over it; it may use `viewer_param`."""

VIEWER = "viewer_"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. Statements depend on `kind` alone; `params` are bound when they run."""

    kind: str = "anonymous"
    params: Mapping[str, Any] = field(default_factory=dict)


ANONYMOUS = Viewer()
ADMIN = Viewer("admin")


def viewer_param(name: str, type_: TypeEngine[Any]) -> BindParameter[Any]:
    """The viewer's own value `name` (a key of `Viewer.params`), for use in a rule."""
    return bindparam(VIEWER + name, type_=type_)


Verb = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Writes:
    """What can be written of an entity at all, by whomever."""

    verbs: frozenset[Verb]
    kept: frozenset[str]
    """Columns that are never given."""
    once: frozenset[str]
    """Columns that are given when the row is made, and not after."""


class Access(Protocol):
    """The rules, as planner and loaders ask for them."""

    def predicate(
        self, entity: Entity, viewer: Viewer, via: Relation | None = None, *, beside: bool = False
    ) -> Rule | None:
        """Which rows of `entity` `viewer` may see; None for all of them.

        `via` leads to them from rows that the viewer may see, which may say enough. Where those are `beside`, in the
        same statement, the rule may read their columns (`fragments.Frozen`).
        """

    def visible(self, column: Column, viewer: Viewer) -> Rule | None:
        """The one expression by which `viewer` may see `column`, NULL where not; None for the column itself."""

    def readers(self, column: Column) -> str | None:
        """Who may see `column`, in words, if not everybody who may see the row: then its field is nullable."""

    def writes(self, entity: Entity) -> Writes | None:
        """What can be written of `entity`; None if nothing can."""

    def writable(self, entity: Entity, verb: Verb, viewer: Viewer) -> Rule | None:
        """For which rows of `entity` `viewer` may do what `verb` says; None for all of them."""

    def assignable(self, column: Column, viewer: Viewer) -> Rule | None:
        """In which rows `viewer` may give `column` a value; None for all that may be written."""
