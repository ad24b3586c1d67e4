"""The businesses as those see them who report on them and analyse them: rows that others made, by business."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.seed.series import Figures, all_series, figures
from app.seed.world import Dice, Row, World


@dataclass(slots=True)
class Firm:
    """A business as those see it who report on it."""

    row: Row
    areas: dict[str, Row]
    members: list[Row]
    joined: list[datetime]
    """When each member became one."""
    agents: list[Row]
    figures: list[Figures] = field(default_factory=list)
    definitions: dict[str, Row] = field(default_factory=dict)
    kpis: list[Row] = field(default_factory=list)

    @property
    def key(self) -> Any:
        """The id of the business."""
        return self.row["id"]

    def present(self, dice: Dice, at: datetime) -> Row:
        """Any one who was a member at that time."""
        return present(dice, self.members, self.joined, at)

    def of(self, area: str) -> list[Figures]:
        """The figures of an area."""
        return [found for found in self.figures if found.series.area == area]


def present(dice: Dice, members: list[Row], joined: list[datetime], at: datetime) -> Row:
    """Any of `members` who had `joined` at that time; the first, who owns the business, if nobody had."""
    there = [user for user, since in zip(members, joined, strict=True) if since <= at]
    return dice.pick(there or members[:1])


def firms_of(world: World) -> list[Firm]:
    """All businesses, with who and what belongs to them."""
    users = {user["id"]: user for user in world.kept["identity.users"]}
    found = {row["id"]: Firm(row, {}, [], [], []) for row in world.kept["business.businesses"]}
    for area in world.kept["business.domains"]:
        found[area["business_id"]].areas[area["slug"]] = area
    for member in world.kept["identity.memberships"]:
        found[member["business_id"]].members.append(users[member["user_id"]])
        found[member["business_id"]].joined.append(member["joined_at"])
    for agent in world.kept.get("agents.agents", ()):
        found[agent["business_id"]].agents.append(agent)
    for definition in world.kept["analytics.metric_definitions"]:
        found[definition["business_id"]].definitions[definition["name"]] = definition
    by_slug = {firm.row["slug"]: firm for firm in found.values()}
    for series in all_series():
        by_slug[series.business].figures.append(figures(world, series))
    return list(by_slug.values())
