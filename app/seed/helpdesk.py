"""Where those who answer customers in the sample data find what they need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.world import Dice, Row, Sale, World, table_of

Put = Callable[[tuple[Any, ...]], None]


class Assigned(NamedTuple):
    """A ticket that a person deals with."""

    id: UUID
    number: str
    subject: str
    business_id: UUID
    user_id: UUID
    at: datetime


@dataclass(slots=True)
class Desk:
    """The support of all shops."""

    world: World
    dice: Dice
    data: dict[str, Any]
    people: dict[UUID, Crew]
    businesses: dict[UUID, Row]
    customers: dict[UUID, Row]
    products: dict[UUID, Row]
    sales: list[Sale]
    """Orders of customers who are known."""
    templates: dict[tuple[UUID, str, str], Row] = field(default_factory=dict)
    forms: dict[tuple[UUID, str], Row] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    assigned: list[Assigned] = field(default_factory=list)
    """The first of them."""

    @classmethod
    def of(cls, world: World) -> Desk:
        """The support in `world`."""
        customers = {row["id"]: row for row in world.kept["customers.customers"]}
        return cls(
            world,
            world.dice("support"),
            table_of("support"),
            crews(world),
            {row["id"]: row for row in world.kept["business.businesses"]},
            customers,
            {row["id"]: row for row in world.kept["catalog.products"]},
            [sale for sale in world.sales if sale.customer_id in customers],
        )

    def next(self, kind: str, business: Row) -> int:
        """The next number of a kind in a business."""
        self.counts[f"{kind} {business['slug']}"] += 1
        return self.counts[f"{kind} {business['slug']}"]
