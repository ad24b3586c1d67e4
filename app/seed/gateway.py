"""The gateway of the sample data: endpoints, keys, limits and webhooks of the businesses.

What programs do with them is in app/seed/traffic.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from itertools import cycle
from typing import Any
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.traffic import make_traffic as make_traffic
from app.seed.world import Dice, Row, World, table_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SETTLED = 12 * DAY
"""How long after the beginning everybody had joined."""
NETWORK = IPv4Address("198.51.100.0")


@dataclass(slots=True)
class House:
    """A business with those who work in it."""

    row: Row
    kind: str
    crew: Crew
    parts: list[Row]
    """Its components that answer calls."""


@dataclass(slots=True)
class Gateway:
    """What everything here is made from."""

    world: World
    dice: Dice
    data: Any


def make_gateway(world: World) -> Iterator[None]:
    """The endpoints and limits of the platform and of each business, with its keys and webhooks."""
    gateway = Gateway(world, world.dice("gateway"), table_of("gateway"))
    _endpoints(gateway, None)
    yield
    states = cycle(("ACTIVE", "PAUSED", "ACTIVE", "FAILED"))
    for house in _houses(gateway):
        _endpoints(gateway, house)
        _keys(gateway, house)
        for given in gateway.data["limits"]["business"]:
            _limit(gateway, house, given)
        for row in world.kept["gateway.endpoints"]:
            if row["business_id"] == house.row["id"] and row["status"] == "DEPRECATED":
                _limit(gateway, house, gateway.data["limits"]["deprecated"], endpoint=row)
        for given in gateway.data["webhooks"][house.kind]:
            _webhook(gateway, house, given, next(states))
        yield
    for given in gateway.data["limits"]["platform"]:
        _limit(gateway, None, given)
    yield


def _houses(gateway: Gateway) -> Iterator[House]:
    world = gateway.world
    people = crews(world)
    areas = {area["id"]: area["business_id"] for area in world.kept["business.domains"]}
    answering = [row for row in world.kept["business.domain_components"] if row["type"] in ("API", "SERVICE")]
    for row in world.kept["business.businesses"]:
        kind = gateway.data["kinds"].get(row["slug"])
        if kind:
            parts = [part for part in answering if areas[part["domain_id"]] == row["id"]]
            yield House(row, kind, people[row["id"]], parts)


def _endpoints(gateway: Gateway, house: House | None) -> None:
    """Those of a kind of business, or the platform's own."""
    world, dice = gateway.world, gateway.dice
    made: dict[str, Row] = {}
    for kinds, method, path, version, title, scope, status, *_ in gateway.data["endpoints"]["rows"]:
        if (house.kind in kinds) if house else not kinds:
            old = status in ("DEPRECATED", "RETIRED")
            told = world.now - dice.wait(200 * DAY, 300 * DAY) if old else None
            at = world.start + DAY + dice.wait(HOUR, DAY)
            row = world.add(
                "gateway.endpoints",
                dice,
                at,
                updated_at=told or at,
                business_id=house.row["id"] if house else None,
                component_id=dice.pick(house.parts)["id"] if house and house.parts else None,
                agent_id=_answers(house, path),
                replaced_by_id=None,
                method=method,
                path=path,
                api_version=version,
                title=title,
                description=f"{title}. Needs the right {scope}." if scope else f"{title}.",
                status=status,
                is_public=not scope,
                scopes=[scope] if scope else [],
                request_schema=_schema(path) if "{" in path else None,
                cost=5 if path == "/graphql" else 1,
                cache_seconds=30 if method == "GET" and scope == "products:read" else 0,
                deprecated_at=told,
                retires_on=(told + 180 * DAY if status == "RETIRED" else world.now + 90 * DAY).date() if told else None,
            )
            made.setdefault(path, row)
    for old_path, new_path in gateway.data["endpoints"]["successors"].items():
        if old_path in made:
            world.set("gateway.endpoints", made[old_path]["id"], replaced_by_id=made[new_path]["id"])


def _answers(house: House | None, path: str) -> UUID | None:
    """The agent behind an endpoint: where agents run the shop, one whose name says so."""
    word = path.removeprefix("/")[:5]
    agents = house.crew.agents if house and house.row["slug"] == "multiagent" else ()
    return next((agent["id"] for agent in agents if word in agent["slug"]), None)


def _schema(path: str) -> dict[str, Any]:
    """What goes into the path."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return {"type": "object", "required": names, "properties": {name: {"type": "string"} for name in names}}


def _limit(
    gateway: Gateway, house: House | None, given: list[Any], key: Row | None = None, endpoint: Row | None = None
) -> None:
    world, dice = gateway.world, gateway.dice
    name, viewer, scope, unit, seconds, limit, burst, minimum, action = given
    adapted = world.now - dice.wait(MINUTE, 9 * HOUR) if minimum else None
    made = key["created_at"] + HOUR if key else world.start + SETTLED + dice.wait(HOUR, DAY)
    world.add(
        "gateway.rate_limits",
        dice,
        made,
        updated_at=adapted or made,
        business_id=house.row["id"] if house else None,
        api_key_id=key["id"] if key else None,
        endpoint_id=endpoint["id"] if endpoint else None,
        name=name,
        viewer=viewer,
        scope=scope,
        unit=unit,
        window_seconds=seconds,
        limit_count=limit,
        burst_count=burst,
        action=action,
        is_adaptive=bool(minimum),
        minimum_count=minimum or None,
        current_count=limit - (limit - minimum) // dice.pick((2, 4, 8)) if minimum else None,
        adapted_at=adapted,
        is_active=scope != "chat" or house is None,
        created_by_id=house.crew.manager(dice) if house else None,
    )


def _keys(gateway: Gateway, house: House) -> None:
    """A key for each program in use, one that was given up, one that ran out, and one for an agent."""
    dice = gateway.dice
    given = gateway.data["keys"][house.kind]
    for name, scopes, _, hourly, _ in given:
        _key(gateway, house, name, scopes, hourly, "ACTIVE")
    name, scopes, _, hourly, _ = dice.pick(given)
    _key(gateway, house, f"{name} (old)", scopes, hourly, "REVOKED")
    _key(gateway, house, f"{name} (trial)", scopes[:1], 100, "EXPIRED")
    if house.kind == "shop":
        _key(gateway, house, f"{name} (partner)", scopes[:1], 200, "SUSPENDED")
    agents = [agent for agent in house.crew.agents if agent["status"] == "ACTIVE"]
    if agents:
        agent = dice.pick(agents)
        key = _key(gateway, house, f"Tools of {agent['name']}", given[0][1], 3000, "ACTIVE", agent)
        limit = [f"Tools of {agent['name']}", "API_KEY", "*", "COST", 60, 2000, 500, 0, "DELAY"]
        _limit(gateway, house, limit, key)


def _key(
    gateway: Gateway, house: House, name: str, scopes: list[str], hourly: int, state: str, agent: Row | None = None
) -> Row:
    world, dice = gateway.world, gateway.dice
    made = dice.between(world.start + SETTLED, world.now - 200 * DAY)
    end = dice.between(made + 60 * DAY, world.now - DAY)
    revoked = end if state == "REVOKED" else None
    person = house.crew.manager(dice)
    bits = sha256(str(dice.number(0, 10**15)).encode()).hexdigest()
    return world.add(
        "gateway.api_keys",
        dice,
        made,
        updated_at=made if state in ("ACTIVE", "EXPIRED") else end,
        business_id=house.row["id"],
        agent_id=agent["id"] if agent else None,
        name=name,
        prefix=f"ag_{bits[:8]}",
        key_hash=sha256(bits.encode()).hexdigest(),
        scopes=scopes,
        rate_limit_per_hour=hourly,
        rate_limit_per_day=hourly * 10,
        allowed_ips=[f"{NETWORK + 16 * dice.number(0, 15)}/28"] if state == "ACTIVE" and dice.chance(50) else [],
        allowed_domains=[f"{house.row['slug']}.example"] if "front" in name else [],
        status="ACTIVE" if state == "EXPIRED" else state,
        expires_at={"EXPIRED": end, "ACTIVE": world.now + dice.wait(30 * DAY, 300 * DAY)}.get(state),
        revoked_at=revoked,
        revoked_reason=dice.pick(gateway.data["reasons"]["revoked"]) if revoked else None,
        created_by_id=person,
        updated_by_id=person,
    )


def _webhook(gateway: Gateway, house: House, given: list[Any], state: str) -> None:
    """One that is called; those that nobody's work hangs on may be paused, or given up as nobody answered."""
    world, dice = gateway.world, gateway.dice
    name, path, events, who = given
    status = state if path in ("books", "dealers") else "ACTIVE"
    made = dice.between(world.start + SETTLED, world.now - 300 * DAY)
    world.add(
        "gateway.webhooks",
        dice,
        made,
        updated_at=made if status == "ACTIVE" else world.now - dice.wait(5 * DAY, 40 * DAY),
        business_id=house.row["id"],
        name=name,
        description=who,
        url=f"https://hooks.{house.row['slug']}.example/{path}",
        event_types=events,
        retry_attempts=5 if path == "alerts" else 3,
        timeout_seconds=10 if path == "alerts" else 30,
        status=status,
        created_by_id=house.crew.manager(dice),
    )
