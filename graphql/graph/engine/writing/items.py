"""Rows on their way from an input into the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from graph.engine.writing.refusals import Refusal

Given = Mapping[str, Any]
"""An input as graphql-core coerces it, by the names of its fields."""


@dataclass(slots=True)
class Item:
    """A row on its way: what was given of it, where that stands in the input, and what became of it."""

    given: Given
    place: str = ""
    """What goes before the names of its fields, like `variants.create.0.`."""
    index: int | None = None
    """Which of the rows in bulk it is, or belongs to."""
    preset: dict[str, Any] = field(default_factory=dict)
    """Columns whose values follow from where it stands: what it names, whose it is."""
    row: dict[str, Any] = field(default_factory=dict)
    """What the statement is given of it."""
    key: UUID | None = None
    business: UUID | None = None
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Note what is against it."""
        self.refusals += [replace(one, field=f"{self.place}{one.field}", index=self.index) for one in refusals]

    def inner(self, given: Given, place: str, **preset: Any) -> "Item":
        """A row that is given within this one."""
        return Item(given, f"{self.place}{place}.", self.index, preset)
