"""The businesses of the sample data: sites, stores, areas, members, and what is measured and happens there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

from app.seed.firms import present
from app.seed.known import ADA
from app.seed.series import SHORT, Figures, Series, all_series, at_end_of, figures, parts
from app.seed.world import SPAN, Dice, Row, Scale, World, table_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
HEALTH = (100, 100, 98, 95, 90, 84, 71, 62)
STEPS = {Scale.SMALL: (DAY, DAY), Scale.MEDIUM: (HOUR, DAY), Scale.LARGE: (15 * MINUTE, HOUR)}
"""How often the long and the short series are measured."""
GRAINS = {DAY: "DAY", HOUR: "HOUR", 15 * MINUTE: "MINUTE"}
EVENTS, ALERTS, CHECKS = 950, 60, 200
OPENED = 45 * DAY
"""From when on something happens: by then the first people are there."""
POOL = 24
"""People who work for several businesses."""
LATELY = ("NEW", "ACKNOWLEDGED")
RECENT = 8
"""Alerts of the last two days."""
RAREST, YEAR = 12, 365
"""How many days of the last year a rule finds."""
LATEST = timedelta(hours=23, minutes=56)
DELAYS = [timedelta(seconds=seconds) for seconds in (2, 3, 5, 8, 13, 40, 90, 200)]
ADDRESSES = [IPv4Address("203.0.113.0") + i for i in range(10, 60)]
OPENING_HOURS = {"weekdays": ["09:00", "18:00"], "saturday": ["09:30", "17:00"], "sunday": ["10:00", "16:00"]}
METRIC = ("id", "created_at", "business_id", "domain_id", "definition_id", "type", "name", "value", "unit")
EVENT = (
    "id",
    "created_at",
    "business_id",
    "domain_id",
    "user_id",
    "type",
    "category",
    "severity",
    "data",
    "ip_address",
)
CHECK = (
    *("id", "business_id", "domain_id", "alert_id", "name", "dimension", "entity_type", "field", "rule", "row_count"),
    *("failed_count", "minimum_rate", "status", "examples", "error", "duration_ms", "checked_at"),
)

Values = tuple[Any, ...]


@dataclass(slots=True)
class House:
    """A business with what belongs to it."""

    row: Row
    areas: dict[str, Row] = field(default_factory=dict)
    stores: list[Row] = field(default_factory=list)
    """Those that are open."""
    members: list[Row] = field(default_factory=list)
    joined: list[datetime] = field(default_factory=list)
    """When each of them became one."""

    def present(self, dice: Dice, at: datetime) -> Row:
        """Any one who was a member at that time."""
        return present(dice, self.members, self.joined, at)


@dataclass(slots=True)
class Watch:
    """A rule, the days on which it finds something, and what it found: when, in which metric, and how much."""

    rule: Row
    days: set[int]
    found: list[tuple[datetime, UUID, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class Office:
    """Where the makers find each other's things."""

    world: World
    dice: Dice
    data: Any
    monitor: Row | None
    """The agent that watches over the parent company's machines."""
    houses: dict[str, House] = field(default_factory=dict)
    definitions: dict[tuple[str, str], Row] = field(default_factory=dict)
    watches: dict[tuple[str, str], Watch] = field(default_factory=dict)

    def at(self, area: str) -> list[House]:
        """The businesses that have the area."""
        return [house for house in self.houses.values() if area in house.areas]


def make_businesses(world: World) -> Iterator[None]:
    """All of them, with three years of figures, alerts and events."""
    monitor = next((agent for agent in world.kept.get("agents.agents", ()) if "monitor" in agent["slug"]), None)
    office = Office(world, world.dice("business"), table_of("business"), monitor)
    for given in office.data["business"]:
        _house(office, given)
    for given in office.data["business"]:
        _sites(office, office.houses[given["slug"]], given)
        _areas(office, office.houses[given["slug"]], given)
    ada = next(user for user in world.kept["identity.users"] if user["id"] == ADA)
    _members(office, staff_of(world), ada)
    for given in office.data["stores"]:
        _stores(office, given)
    yield
    everything = [figures(world, series) for series in all_series()]
    for found in everything:
        _definition(office, found)
    yield
    put = world.bulk("business.metrics", *METRIC)
    for found in everything:
        yield from _measure(office, found, put)
    yield from _alerts(office)
    yield from _checks(office)
    yield from _events(office)


def staff_of(world: World) -> list[Row]:
    """The people who may be members of businesses."""
    users = [user for user in world.kept["identity.users"] if user["is_active"] and user["email_verified_at"]]
    return [user for user in users if not user["hourly_rate"] and not user["is_superuser"] and user["id"] != ADA]


def _house(office: Office, given: dict[str, Any]) -> None:
    """One business, which may be there already."""
    world = office.world
    row = next((row for row in world.kept.get("business.businesses", ()) if row["slug"] == given["slug"]), None)
    own = {"currency": given.get("currency", "USD"), "time_zone": given.get("time_zone", "UTC")}
    if row is None:
        parent = office.houses.get(given.get("parent", ""))
        about = {key: given[key] for key in ("name", "slug", "type", "description")}
        at = world.start + len(office.houses) * MINUTE
        row = world.add(
            "business.businesses", office.dice, at, parent_id=parent.row["id"] if parent else None, **about, **own
        )
    elif any(row[key] != value for key, value in own.items()):
        row |= own
        world.set("business.businesses", row["id"], **own)
    office.houses[given["slug"]] = House(row)


def _sites(office: Office, house: House, given: dict[str, Any]) -> None:
    world, dice = office.world, office.dice
    for i, (domain, kind, status, platform, name) in enumerate(given["sites"]):
        at = world.start + dice.wait(HOUR, 3 * HOUR)
        site = world.add(
            "business.sites",
            dice,
            at,
            business_id=house.row["id"],
            domain=domain,
            name=name,
            type=kind,
            status=status,
            platform=platform or None,
            currency=house.row["currency"],
            verified_at=at + dice.wait(MINUTE, HOUR),
            certificate_expires_at=None if status == "RETIRED" else world.now + dice.wait(5 * DAY, 85 * DAY),
            launched_at=None if status == "STAGING" else at + dice.wait(HOUR, DAY),
        )
        if i == 0:
            world.set("business.businesses", house.row["id"], primary_site_id=site["id"])


def _areas(office: Office, house: House, given: dict[str, Any]) -> None:
    world, dice, templates = office.world, office.dice, office.data["area"]
    for slug in given["areas"]:
        template = templates[slug]
        parent, status = house.areas.get(template.get("parent", "")), template.get("status", "ACTIVE")
        house.areas[slug] = area = world.add(
            "business.domains",
            dice,
            world.start + dice.wait(MINUTE, HOUR),
            business_id=house.row["id"],
            name=template["name"],
            slug=slug,
            description=template["description"],
            parent_id=parent["id"] if parent else None,
            status=status,
            last_activity_at=dice.between(world.now - 2 * DAY, world.now) if status == "ACTIVE" else None,
        )
        for kind, name, path, *state in template["components"]:
            _component(office, area, state[0] if state else "ACTIVE", type=kind, name=name, file_path=path)


def _component(office: Office, area: Row, status: str, **given: str) -> None:
    world, dice = office.world, office.dice
    world.add(
        "business.domain_components",
        dice,
        area["created_at"] + dice.wait(MINUTE, 90 * DAY),
        domain_id=area["id"],
        description=f"{office.data['kinds'][given['type']]}. For: {area['description'].lower()}.",
        status=status,
        health_score=dice.number(5, 40) if status == "BROKEN" else dice.pick(HEALTH),
        last_checked_at=dice.between(world.now - DAY, world.now),
        **given,
    )


def _members(office: Office, staff: list[Row], ada: Row) -> None:
    """Every role in every business; Ada owns the job market."""
    world, dice = office.world, office.dice
    for i, (slug, house) in enumerate(office.houses.items()):
        roles = [(role, title) for role, titles in office.data["roles"].items() for title in titles]
        people = [staff[len(office.houses) + (i * 3 + k) % POOL] for k in range(len(roles))]
        people[0] = ada if slug == "azora" else staff[i]
        for user, (role, title) in zip(people, roles, strict=True):
            joined = max(user["created_at"], world.start + HOUR) + dice.wait(HOUR, 5 * DAY)
            house.members.append(user)
            house.joined.append(joined)
            world.add(
                "identity.memberships",
                dice,
                joined,
                user_id=user["id"],
                business_id=house.row["id"],
                role=role,
                title=title,
                invited_by_id=None if user is people[0] else people[0]["id"],
                joined_at=joined,
            )


def _stores(office: Office, given: dict[str, Any]) -> None:
    world, dice, house = office.world, office.dice, office.houses[given["business"]]
    site = next(row for row in world.kept["business.sites"] if row["business_id"] == house.row["id"])
    for i, (code, name, street, city, region, postal_code, north, east, status) in enumerate(given["store"]):
        opened = world.start.date() - timedelta(days=dice.number(60, 2200))
        if status == "PLANNED":
            opened = world.now.date() + timedelta(days=dice.number(30, 90))
        store = world.add(
            "business.stores",
            dice,
            world.start + dice.wait(HOUR, 9 * HOUR),
            business_id=house.row["id"],
            site_id=site["id"],
            manager_id=dice.pick(house.members)["id"],
            code=code,
            name=name,
            status=status,
            street=street,
            city=city,
            region=region,
            postal_code=postal_code,
            country=given["country"],
            latitude=Decimal(north),
            longitude=Decimal(east),
            email=f"{code.lower()}@{site['domain']}",
            phone=f"{given['prefix']}{i + 10}",
            opening_hours=OPENING_HOURS,
            opened_on=opened,
            closed_on=world.now.date() - timedelta(days=200) if status == "CLOSED" else None,
        )
        if status == "OPEN":
            house.stores.append(store)


def _definition(office: Office, found: Figures) -> None:
    """What a series means, and the rule for its rarest values in the last year."""
    world, dice, series = office.world, office.dice, found.series
    house = office.houses[series.business]
    values = sorted(value for value in found.cents if value is not None)
    office.definitions[series.key] = definition = world.add(
        "analytics.metric_definitions",
        dice,
        world.start + dice.wait(HOUR, 5 * HOUR),
        business_id=house.row["id"],
        domain_id=house.areas[series.area]["id"],
        owner_id=dice.pick(house.members)["id"],
        name=series.name,
        title=series.title,
        description=f"{series.description}.",
        type=series.type,
        unit=series.unit,
        aggregation=series.aggregation,
        grain=GRAINS[_step(world, series)],
        normal_low=Decimal(values[RAREST]) / 100,
        normal_high=Decimal(values[-RAREST]) / 100,
    )
    if series.alert:
        office.watches[series.key] = _watch(office, found, definition)


def _watch(office: Office, found: Figures, definition: Row) -> Watch:
    world, dice, series = office.world, office.dice, found.series
    house, below = office.houses[series.business], series.alert == "BELOW"
    days = [day for day in range(SPAN.days - YEAR, SPAN.days) if found.cents[day] is not None]
    days.sort(key=lambda day: found.cents[day] or 0, reverse=not below)
    threshold = found.cents[days[RAREST]]
    rare = {day for day in days[:RAREST] if found.cents[day] != threshold}
    rule = world.add(
        "business.alert_rules",
        dice,
        world.start + (SPAN.days - YEAR) * DAY,
        business_id=house.row["id"],
        domain_id=house.areas[series.area]["id"],
        definition_id=definition["id"],
        name=f"{series.title} {'too low' if below else 'too high'}",
        description=f"{series.description}. Look at the area's dashboard first.",
        type="THRESHOLD",
        severity="HIGH" if below else "MEDIUM",
        comparison=series.alert,
        threshold_value=Decimal(threshold or 0) / 100,
        window_minutes=1440,
        cooldown_minutes=720,
        recipients=[user["email"] for user in house.members[:2]],
        last_evaluated_at=world.now - 3 * MINUTE,
        last_triggered_at=world.start + max(rare) * DAY + LATEST,
        created_by_id=house.members[0]["id"],
    )
    return Watch(rule, rare)


def _measure(office: Office, found: Figures, put: Callable[[Values], None]) -> Iterator[None]:
    world, dice, series = office.world, office.dice, found.series
    step, definition = _step(world, series), office.definitions[series.key]
    watch = office.watches.get(series.key)
    about = (definition["business_id"], definition["domain_id"], definition["id"], series.type, series.name)
    first = 0 if series.alert or world.scale != Scale.SMALL else SPAN.days - SHORT
    for day in range(first, SPAN.days):
        for i, value in enumerate(parts(found, day, DAY // step)):
            recorded = at_end_of(world.start + day * DAY + i * step, step)
            key = dice.id_at(recorded)
            put((key, recorded + dice.pick(DELAYS), *about, value, series.unit))
        if watch and day in watch.days:
            watch.found.append((recorded, key, found.day(day)))
        if day % 40 == 0:
            yield


def _alerts(office: Office) -> Iterator[None]:
    """Those of the rules, then those that people, agents and programs raise."""
    world, dice = office.world, office.dice
    for (business, _), watch in office.watches.items():
        house, rule = office.houses[business], watch.rule
        for recorded, metric, value in watch.found:
            _alert(
                *(office, house, recorded + MINUTE),
                domain_id=rule["domain_id"],
                rule_id=rule["id"],
                metric_id=metric,
                type=rule["type"],
                severity=rule["severity"],
                title=rule["name"],
                message=f"{value} in one day; the threshold is {rule['threshold_value']}.",
                threshold_value=rule["threshold_value"],
                actual_value=value,
            )
            yield
    for i in range(world.times(ALERTS)):
        given = dice.pick(office.data["alert"])
        house = dice.pick(office.at(given["area"]))
        at = world.now - (i + 1) * 5 * HOUR if i < RECENT else dice.between(world.start + OPENED, world.now)
        about = {key: given[key] for key in ("type", "severity", "title", "message")}
        about |= {"status": LATELY[i]} if i < len(LATELY) else {}
        _alert(office, house, at, given["resolution"], domain_id=house.areas[given["area"]]["id"], **about)
        yield


def _alert(office: Office, house: House, at: datetime, resolution: str = "The cause is known.", **given: Any) -> Row:
    """An alert, taken up and settled as far as its age allows."""
    world, dice = office.world, office.dice
    acknowledged = at + dice.wait(3 * MINUTE, 90 * MINUTE)
    resolved = acknowledged + dice.wait(10 * MINUTE, 40 * HOUR)
    status = given.pop("status", "IGNORED" if dice.chance(10) else "RESOLVED")
    if resolved >= world.now and status not in LATELY:
        status = "NEW" if acknowledged >= world.now or dice.chance(40) else "ACKNOWLEDGED"
    taken, settled = status in ("ACKNOWLEDGED", "RESOLVED"), status == "RESOLVED"
    unset = dict.fromkeys(("rule_id", "metric_id", "threshold_value", "actual_value"))
    return world.add(
        "business.alerts",
        dice,
        at,
        **{**unset, **given},
        business_id=house.row["id"],
        agent_id=office.monitor["id"] if office.monitor and house.row["slug"] == "ecigdis" else None,
        status=status,
        notified_users=[user["email"] for user in house.members[:2]],
        triggered_at=at,
        acknowledged_at=acknowledged if taken else None,
        acknowledged_by_id=house.present(dice, acknowledged)["id"] if taken else None,
        resolved_at=resolved if settled else None,
        resolved_by_id=house.present(dice, resolved)["id"] if settled else None,
        resolution=resolution if settled else None,
        updated_at=resolved if settled else acknowledged if taken else at,
    )


def _checks(office: Office) -> Iterator[None]:
    """Tests of data: most pass, few fail, now and then one cannot be carried out."""
    world, dice = office.world, office.dice
    put = world.bulk("business.data_quality_checks", *CHECK)
    houses = office.at("sales")
    for i in range(world.times(CHECKS)):
        given, house = dice.pick(office.data["quality"]), dice.pick(houses)
        at = dice.between(world.start + OPENED, world.now - HOUR)
        rows = int(given["rows"] * (0.4 + 0.6 * ((at - world.start) / SPAN)) * dice.wobble(0.05))
        status, failed = _outcome(dice, rows, Decimal(given["minimum"]))
        rows = 0 if status == "ERROR" else rows
        alert = None
        if status == "FAILED" and dice.chance(40):
            about = {"type": "OTHER", "severity": "LOW", "title": given["name"], "message": f"{failed} rows do not."}
            alert = _alert(office, house, at, "The rows are mended.", domain_id=house.areas["sales"]["id"], **about)
        put(
            (
                *(dice.id_at(at), house.row["id"], house.areas["sales"]["id"], alert and alert["id"], given["name"]),
                *(given["dimension"], given["entity_type"], given.get("field"), given["rule"], rows, failed),
                *(Decimal(given["minimum"]), status, [given["example"]] if failed else []),
                *("The statement took too long." if status == "ERROR" else None, dice.number(20, 4000), at),
            )
        )
        if i % 100 == 0:
            yield


def _outcome(dice: Dice, rows: int, minimum: Decimal) -> tuple[str, int]:
    """How a test of `rows` ends, and how many fail."""
    if dice.chance(3):
        return "ERROR", 0
    allowed = int(rows * (100 - minimum) / 100)
    if dice.chance(75):
        return "PASSED", dice.number(0, allowed)
    failed = allowed + dice.number(1, max(rows // 50, 2))
    return ("WARNING" if failed - allowed <= rows // 100 else "FAILED"), failed


def _events(office: Office) -> Iterator[None]:
    world, dice = office.world, office.dice
    put = world.bulk("business.business_events", *EVENT)
    kinds = [(given, house) for given in office.data["event"] for house in office.at(given["area"])]
    for i in range(world.times(EVENTS)):
        given, house = dice.pick(kinds)
        at = dice.between(world.start + OPENED, world.now - MINUTE)
        data = {key: dice.number(*of) if isinstance(of[0], int) else dice.pick(of) for key, of in given["data"].items()}
        if "store" in given and house.stores:
            data["store"] = dice.pick(house.stores)["code"]
        person = house.present(dice, at) if "person" in given else None
        put(
            (
                *(dice.id_at(at), at, house.row["id"], house.areas[given["area"]]["id"], person and person["id"]),
                *(given["type"], given["category"], given["severity"], data, dice.pick(ADDRESSES) if person else None),
            )
        )
        if i % 500 == 0:
            yield


def _step(world: World, series: Series) -> timedelta:
    long, short = STEPS[world.scale]
    return long if series.alert else short
