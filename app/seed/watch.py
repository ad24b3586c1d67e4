"""How the machines and services of the sample data were: what they noted, what was measured, and who was well."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.world import Dice, Row, World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVENTS, VALUES, LOOKS = 150, 30, 15
"""How many events there are, values of each measurement, and looks at each that is watched."""
MEASURED = 30 * DAY
"""For how long measurements and looks are kept."""
HOSTS = ("app-1", "app-2", "db-1", "db-2")
EVENT = (
    *("id", "business_id", "agent_id", "component_id", "type", "severity", "message", "details", "host", "request_id"),
    "created_at",
)
METRIC = (
    *("id", "business_id", "agent_id", "component_id", "service_name", "host", "name", "type", "value", "unit"),
    *("labels", "measured_at"),
)
LOOK = (
    *("id", "business_id", "agent_id", "component_id", "service_name", "status", "url", "response_code"),
    *("response_time_ms", "failures_in_a_row", "message", "details", "checked_at"),
)

Put = Callable[[tuple[Any, ...]], None]


def make_watch(world: World, data: Any) -> Iterator[None]:
    """Three years of events, and thirty days of measurements and looks."""
    dice = world.dice("watch")
    yield from _events(world, dice, data["event"]["rows"])
    put = world.bulk("ops.system_metrics", *METRIC)
    for given in data["metric"]["rows"]:
        yield from _values(world, dice, put, given)
    agents = [row for row in world.kept["agents.agents"] if row["status"] in ("ACTIVE", "MAINTENANCE")]
    areas = {row["id"]: row["business_id"] for row in world.kept["business.domains"]}
    look = world.bulk("ops.health_checks", *LOOK)
    for name, url, usual in data["metric"]["services"]:
        yield from _looks(world, dice, look, (None, None, None, name), (url or None, usual, "ACTIVE"), data)
    for agent in agents[-4:]:
        about = (agent["business_id"], agent["id"], None, None)
        yield from _looks(world, dice, look, about, (None, 240, agent["status"]), data)
    for part in _parts(world):
        about = (areas[part["domain_id"]], None, part["id"], None)
        yield from _looks(world, dice, look, about, (None, 35, part["status"]), data)


def _parts(world: World) -> list[Row]:
    """Some components, in each of their states."""
    rows = world.kept["business.domain_components"]
    some = {status: [row for row in rows if row["status"] == status] for status in ("ACTIVE", "BROKEN", "DEPRECATED")}
    return [*some["ACTIVE"][:3], *some["BROKEN"][:1], *some["DEPRECATED"][:1]]


def _events(world: World, dice: Dice, given: list[list[str]]) -> Iterator[None]:
    """What happens daily happens often, what is grave seldom."""
    put = world.bulk("ops.system_events", *EVENT)
    rows = [row for row in given for _ in range({"CRITICAL": 1, "ERROR": 2}.get(row[1], 6))]
    agents = [row for row in world.kept["agents.agents"] if row["created_at"] >= world.start]
    for i in range(world.times(EVENTS)):
        kind, severity, service, message = rows[i % len(rows)]
        agent = dice.pick(agents) if service == "agent" else None
        host, number = dice.pick(HOSTS[2:] if service == "postgres" else HOSTS[:2]), dice.number(900, 40_000)
        at = dice.between(max(world.start, agent["created_at"]) if agent else world.start, world.now)
        put(
            (
                *(dice.id_at(at), agent["business_id"] if agent else None, agent["id"] if agent else None, None, kind),
                *(severity, message.format(host=host, number=number), {"service": service, "number": number}, host),
                *(None, at),
            )
        )
        if i % 500 == 0:
            yield
    yield


def _values(world: World, dice: Dice, put: Put, given: list[Any]) -> Iterator[None]:
    """One measurement through the days: counters only go up."""
    name, unit, kind, service, host, usual, moves = given
    count = world.times(VALUES)
    step = MEASURED / count
    total = usual * 400
    for i in range(count):
        at = world.now - (count - i) * step + dice.number(0, 900) * timedelta(milliseconds=1)
        total += int(usual / 40 * dice.wobble(0.5))
        value = total if kind == "COUNTER" else round(usual * dice.wobble(moves), 2)
        put(
            (
                *(dice.id_at(at), None, None, None, service, host, name, kind, Decimal(str(value)), unit),
                *({"region": "eu-1"}, at),
            )
        )
        if i % 500 == 0:
            yield


def _looks(
    world: World,
    dice: Dice,
    put: Put,
    about: tuple[UUID | None, UUID | None, UUID | None, str | None],
    given: tuple[str | None, int, str],
    data: Any,
) -> Iterator[None]:
    """Each look at one that is watched: troubles last for some looks, what is broken stays so."""
    url, usual, state = given
    count, bad, left = world.times(LOOKS), 0, 0
    for i in range(count):
        at = world.now - (count - i) * (MEASURED / count)
        left = left - 1 if left else dice.number(1, 3) if dice.chance(5) else 0
        status = {"BROKEN": "UNHEALTHY", "MAINTENANCE": "UNHEALTHY", "DEPRECATED": "UNKNOWN"}.get(state)
        status = status or (("DEGRADED" if left == 1 else "UNHEALTHY") if left else "HEALTHY")
        bad = bad + 1 if status in ("DEGRADED", "UNHEALTHY") else 0
        silent = status in ("UNHEALTHY", "UNKNOWN")
        code = (503 if status == "UNHEALTHY" else 200) if url else None
        put(
            (
                *(dice.id_at(at), *about, status, url, code),
                *(None if silent else int(usual * dice.wobble(0.4) * (9 if bad else 1)), bad),
                *(dice.pick(data["metric"]["troubles"][silent:]) if bad else None, {}, at),
            )
        )
        if i % 500 == 0:
            yield
