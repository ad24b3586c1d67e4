"""Who works in a business of the sample data: its members and its AI agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from app.seed.world import Dice, Row, World


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of a business by what they may do, and its agents."""

    managers: list[UUID] = field(default_factory=list)
    staff: list[UUID] = field(default_factory=list)
    agents: list[Row] = field(default_factory=list)

    def manager(self, dice: Dice) -> UUID | None:
        """Anybody who decides."""
        return dice.pick(self.managers) if self.managers else None

    def clerk(self, dice: Dice) -> UUID | None:
        """Anybody who does the daily work."""
        return dice.pick(self.staff) if self.staff else None

    def agent(self, dice: Dice, *words: str) -> UUID | None:
        """An agent whose name has one of `words`, or else any."""
        fit = [agent for agent in self.agents if any(word in agent["slug"] for word in words)] or self.agents
        return dice.pick(fit)["id"] if fit else None


def crews(world: World) -> dict[UUID, Crew]:
    """The crew of each business, by its id."""
    found = {business["id"]: Crew() for business in world.kept["business.businesses"]}
    for member in world.kept.get("identity.memberships", ()):
        crew = found[member["business_id"]]
        if member["role"] in ("OWNER", "MANAGER"):
            crew.managers.append(member["user_id"])
        if member["role"] != "VIEWER":
            crew.staff.append(member["user_id"])
    for agent in world.kept.get("agents.agents", ()):
        found[agent["business_id"]].agents.append(agent)
    return found
