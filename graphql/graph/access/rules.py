"""Rules given one by one, for a schema that is built with others than the policies; what has none is open to all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graph.engine.access import Rule, Verb, Viewer, Writes
from graph.engine.model.entities import Column, Entity, Relation

RuleFor = Callable[[Viewer], Rule | None]
"""From a viewer (its kind; its values are bound later) to the rule that holds for it; None where all is open."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules by entity name and by (entity name, column key)."""

    rows: Mapping[str, RuleFor] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], RuleFor] = field(default_factory=dict)
    written: Mapping[str, Writes] = field(default_factory=dict)
    """What can be written of which entities, by whoever may see the rows."""

    def predicate(
        self, entity: Entity, viewer: Viewer, via: Relation | None = None, *, beside: bool = False
    ) -> Rule | None:
        """Which rows of `entity` `viewer` may see; None for all of them."""
        rule = self.rows.get(entity.name)
        return rule(viewer) if rule else None

    def visible(self, column: Column, viewer: Viewer) -> Rule | None:
        """The one expression by which `viewer` may see `column`; None for the column itself."""
        rule = self.columns.get((column.entity, column.key))
        return rule(viewer) if rule else None

    def readers(self, column: Column) -> str | None:
        """Whom the rule for `column` names, if there is one."""
        return "whom a rule names" if (column.entity, column.key) in self.columns else None

    def writes(self, entity: Entity) -> Writes | None:
        """What can be written of `entity`; None if nothing can."""
        return self.written.get(entity.name)

    def writable(self, entity: Entity, verb: Verb, viewer: Viewer) -> Rule | None:
        """The rows that the viewer may see."""
        return self.predicate(entity, viewer)

    def assignable(self, column: Column, viewer: Viewer) -> Rule | None:
        """Every row that may be written."""
        return None
