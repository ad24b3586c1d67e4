"""The businesses of the sample data with their areas, components, members and daily figures."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.seed.people import People
from app.seed.world import SPAN, Dice, Row, World, table_of

Areas = dict[tuple[str, str], Row]

DAY = timedelta(days=1)
READ_AT = timedelta(hours=23, minutes=55)
ROLES = ("OWNER", "MANAGER", "STAFF", "VIEWER")
HEALTH = (100, 100, 98, 95, 90, 84, 71, 55)


def make_businesses(world: World, people: People) -> dict[str, Row]:
    """All of them, by their slugs."""
    dice, data = world.dice("businesses"), table_of("businesses")
    businesses: dict[str, Row] = {}
    areas: Areas = {}
    for given in data["business"]:
        businesses[given["slug"]] = business = _business(world, dice, given, businesses)
        for slug in given["areas"]:
            areas[given["slug"], slug] = _area(world, dice, business, slug, data["area"][slug], areas)
    _members(world, dice, businesses, people)
    for series in data["series"]:
        _metrics(world, dice, series, businesses[series["business"]], areas[series["business"], series["area"]])
    return businesses


def _business(world: World, dice: Dice, given: dict[str, Any], others: dict[str, Row]) -> Row:
    return world.add(
        "business.businesses",
        dice,
        world.start + timedelta(minutes=len(others)),
        parent_id=others[given["parent"]]["id"] if "parent" in given else None,
        primary_domain=given.get("primary_domain"),
        currency=given.get("currency", "USD"),
        time_zone=given.get("time_zone", "UTC"),
        **{key: given[key] for key in ("name", "slug", "type", "description")},
    )


def _area(world: World, dice: Dice, business: Row, slug: str, template: dict[str, Any], areas: Areas) -> Row:
    parent = areas.get((business["slug"], template.get("parent", "")))
    made = business["created_at"] + dice.wait(timedelta(seconds=1), timedelta(minutes=30))
    area = world.add(
        "business.domains",
        dice,
        made,
        business_id=business["id"],
        name=template["name"],
        slug=slug,
        description=template["description"],
        parent_id=parent["id"] if parent else None,
        last_activity_at=dice.between(world.now - 2 * DAY, world.now),
    )
    for kind, name, path in template["components"]:
        _component(world, dice, area, {"type": kind, "name": name, "file_path": path})
    return area


def _component(world: World, dice: Dice, area: Row, given: Row) -> Row:
    health = dice.pick(HEALTH)
    return world.add(
        "business.domain_components",
        dice,
        area["created_at"] + dice.wait(timedelta(minutes=1), 90 * DAY),
        domain_id=area["id"],
        status="BROKEN" if health < 60 else "ACTIVE",
        health_score=health,
        last_checked_at=dice.between(world.now - DAY, world.now),
        **given,
    )


def _members(world: World, dice: Dice, businesses: dict[str, Row], people: People) -> None:
    """Every role in every business; Ada owns the job market."""
    titles = table_of("people")["roles"]
    for i, (slug, business) in enumerate(businesses.items()):
        owner = people.clients[0] if slug == "azora" else people.staff[i]
        others = [people.staff[(i * 3 + k) % len(people.staff)] for k in range(1, len(ROLES))]
        for role, user in zip(ROLES, [owner, *(other for other in others if other is not owner)], strict=False):
            joined = max(user["created_at"], business["created_at"]) + dice.wait(timedelta(hours=1), 5 * DAY)
            world.add(
                "identity.memberships",
                dice,
                joined,
                user_id=user["id"],
                business_id=business["id"],
                role=role,
                title=titles[role.lower()],
                invited_by_id=None if user is owner else owner["id"],
                joined_at=joined,
            )


def _metrics(world: World, dice: Dice, series: dict[str, Any], business: Row, area: Row) -> None:
    """One value a day; now and then a measurement fails."""
    for day in range(SPAN.days):
        recorded = world.start + day * DAY + READ_AT
        if recorded >= world.now:
            return
        world.add(
            "business.metrics",
            dice,
            recorded,
            created_at=recorded + dice.wait(timedelta(seconds=2), timedelta(minutes=4)),
            business_id=business["id"],
            domain_id=area["id"],
            type=series["type"],
            name=series["name"],
            value=None if dice.number(1, 250) == 1 else _value(series, day, world, dice),
            unit=series["unit"],
        )


def _value(series: dict[str, Any], day: int, world: World, dice: Dice) -> Decimal:
    date = world.start + day * DAY
    trend = (1 + series["growth"]) ** (day / 365)
    angle = 2 * math.pi * (date.timetuple().tm_yday - series["peak"]) / 365
    week = series["weekend"] if date.weekday() >= 5 else 1
    value = series["base"] * trend * (1 + series["season"] * math.cos(angle)) * week * dice.wobble(0.06)
    return Decimal(round(value * 100)) / 100
