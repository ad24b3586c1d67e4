"""What programs did at the gateway of the sample data: the requests they made, and the calls that webhooks got."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from itertools import accumulate
from typing import Any
from uuid import UUID

from app.seed.world import Dice, Row, World, table_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REQUESTS = 1050
KEPT = 90 * DAY
"""How long deliveries are on record."""
PEOPLE, NOBODY = 45, 14
"""How often people's browsers call, and those who show nothing at all."""
NETWORK = IPv4Address("203.0.113.0")
LOG = (
    *("id", "business_id", "api_key_id", "user_id", "endpoint_id", "method", "path", "operation", "request_headers"),
    *("request_body", "request_bytes", "response_code", "response_body", "response_bytes", "response_time_ms"),
    *("error_code", "cost", "ip_address", "user_agent", "request_id"),
)
DELIVERY = (
    *("id", "created_at", "updated_at", "webhook_id", "event_type", "entity_type", "entity_id", "payload", "status"),
    *("attempt_count", "next_attempt_at", "last_attempt_at", "response_code", "response_body", "error", "duration_ms"),
    "delivered_at",
)
PAUSES = [20 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR]
"""How long after each attempt the next one comes."""

Named = tuple[list[datetime], list[str]]
Put = Callable[[tuple[Any, ...]], None]
Event = tuple[datetime, str, str, UUID, dict[str, Any]]
"""When what happened to a row of which entity, and what webhooks are told of it."""


@dataclass(frozen=True, slots=True)
class Call:
    """An endpoint as it is called."""

    endpoint: Row
    weight: int
    usual: int
    """Milliseconds that an answer takes."""
    placeholder: str | None
    """What must be filled into the path."""


@dataclass(slots=True)
class Caller:
    """Somebody who makes requests, from `first` to `last`."""

    business: UUID | None
    key: UUID | None
    calls: list[Call]
    weight: int
    agents: list[str]
    addresses: list[IPv4Address]
    first: datetime
    last: datetime
    people: bool = False
    used: tuple[datetime, IPv4Address] | None = None
    steps: list[int] = field(default_factory=list)
    """The calls' weights, added up."""

    def __post_init__(self) -> None:
        self.steps = list(accumulate(call.weight for call in self.calls))


@dataclass(slots=True)
class Traffic:
    """What requests are made from."""

    world: World
    dice: Dice
    data: Any
    hours: list[int]
    users: Named
    names: dict[tuple[UUID | None, str], Named]
    """What can be filled into paths, and since when: by business and placeholder."""
    answers: list[tuple[int, str] | None]


def make_traffic(world: World) -> Iterator[None]:
    """Three years of requests, more every month, and the deliveries of the last ninety days."""
    dice, data = world.dice("traffic"), table_of("gateway")
    users = sorted((user["created_at"], str(user["id"])) for user in world.kept["identity.users"])
    answers = [(code, error) for code, error, share in data["answers"]["rows"] for _ in range(share)]
    traffic = Traffic(
        world,
        dice,
        data["answers"],
        [hour for hour, weight in enumerate(data["answers"]["hours"]) for _ in range(weight)],
        ([at for at, _ in users], [key for _, key in users]),
        _names(world),
        [*answers, *[None] * (100 - len(answers))],
    )
    callers = _callers(traffic, data)
    yield from _requests(traffic, callers)
    for caller in callers:
        if caller.key and caller.used:
            world.set("gateway.api_keys", caller.key, last_used_at=caller.used[0], last_used_ip=caller.used[1])
    yield from _deliveries(world, dice)


def _names(world: World) -> dict[tuple[UUID | None, str], Named]:
    found: dict[tuple[UUID | None, str], list[tuple[datetime, str]]] = defaultdict(list)
    for product in world.kept.get("catalog.products", ()):
        found[product["business_id"], "sku"].append((product["created_at"], product["sku"]))
    for sale in world.sales:
        found[sale.business_id, "number"].append((sale.at, sale.number))
    for alert in world.kept.get("business.alerts", ()):
        found[alert["business_id"], "alert"].append((alert["triggered_at"], str(alert["id"])))
    for job in world.kept.get("freelance.jobs", ()):
        if job["published_at"]:
            found[None, "job"].append((job["published_at"], str(job["id"])))
    named = {}
    for key, pairs in found.items():
        pairs.sort()
        named[key] = ([at for at, _ in pairs], [name for _, name in pairs])
    return named


def _callers(traffic: Traffic, data: Any) -> list[Caller]:
    """Every key, people's browsers, and programs without a key."""
    world, dice = traffic.world, traffic.dice
    usual = {(method, path): (weight, ms) for _, method, path, *_, weight, ms in data["endpoints"]["rows"]}
    by_business: dict[UUID | None, list[Call]] = defaultdict(list)
    for row in world.kept["gateway.endpoints"]:
        weight, ms = usual[row["method"], row["path"]]
        name = row["path"].partition("{")[2].rstrip("}") or None
        if weight:
            by_business[row["business_id"]].append(Call(row, weight, ms, name))
    own = by_business.pop(None)
    graphql = [call for call in own if call.endpoint["path"] == "/graphql"]
    about = {given[0]: given for kind in data["keys"].values() for given in kind}
    begins = world.start + 12 * DAY
    callers = [
        Caller(None, None, own[:2], PEOPLE, data["answers"]["browsers"], _home(), begins, world.now, people=True),
        Caller(None, None, own[2:-1], NOBODY, ["curl/8.9", "uptime-check/3"], _home(), begins, world.now),
    ]
    for key in world.kept["gateway.api_keys"]:
        given = about.get(key["name"].partition(" (")[0])
        allowed = [call for call in by_business[key["business_id"]] if set(call.endpoint["scopes"]) <= {*key["scopes"]}]
        last = min(key["revoked_at"] or world.now, key["expires_at"] or world.now)
        if key["status"] == "SUSPENDED":
            last = key["updated_at"]
        callers.append(
            Caller(
                key["business_id"],
                key["id"],
                [*allowed, *graphql] if key["agent_id"] else allowed,
                given[2] if given and given[0] == key["name"] else 4,
                [given[4] if given else "agent-tools/1.3 python-httpx/0.28"],
                _addresses(dice, key),
                key["created_at"] + HOUR,
                last - MINUTE,
            )
        )
    return callers


def _home() -> list[IPv4Address]:
    return [NETWORK + i for i in range(60, 200)]


def _addresses(dice: Dice, key: Row) -> list[IPv4Address]:
    """Where a program runs, within what its key allows."""
    if key["allowed_ips"]:
        return dice.some(list(IPv4Network(key["allowed_ips"][0]).hosts()), 3)
    return [NETWORK + dice.number(200, 250) for _ in range(3)]


def _requests(traffic: Traffic, callers: list[Caller]) -> Iterator[None]:
    world, dice = traffic.world, traffic.dice
    put = world.bulk("gateway.api_logs", *LOG)
    turns = [caller for caller in callers for _ in range(caller.weight)]
    for i in range(world.times(REQUESTS)):
        caller = dice.pick(turns)
        _request(traffic, caller, _moment(traffic, caller), put)
        if i % 500 == 0:
            yield


def _moment(traffic: Traffic, caller: Caller) -> datetime:
    """A time of the day at which programs are busy; later days are busier."""
    dice = traffic.dice
    days = (caller.last - caller.first) / DAY
    day = int(days * (dice.number(0, 10**6) / 10**6) ** 0.7)
    morning = (caller.first + day * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    at = morning + dice.pick(traffic.hours) * HOUR + timedelta(milliseconds=dice.number(0, 3_599_999))
    return at if caller.first < at < caller.last else dice.between(caller.first, caller.last)


def _request(traffic: Traffic, caller: Caller, at: datetime, put: Put) -> None:
    dice = traffic.dice
    call = caller.calls[bisect_left(caller.steps, dice.number(1, caller.steps[-1]))]
    path, call = _path(traffic, caller, call, at)
    endpoint, key = call.endpoint, dice.id_at(at)
    address = dice.pick(caller.addresses)
    if caller.used is None or caller.used[0] < at:
        caller.used = at, address
    user = None
    if caller.people:
        times, users = traffic.users
        user = UUID(users[dice.number(0, max(bisect_left(times, at), 1) - 1)])
    operation = dice.pick(traffic.data["operations"]) if endpoint["path"].startswith("/graphql") else None
    body = None
    if endpoint["method"] != "GET":
        body = f'{{"operationName": "{operation}"}}' if operation else f'{{"reference": "{dice.number(1000, 99999)}"}}'
    code, error = dice.pick(traffic.answers) or (201 if endpoint["method"] == "POST" and not operation else 200, None)
    if (code == 404 and not call.placeholder) or (endpoint["is_public"] and code in (401, 403)):
        code, error = 400, "BAD_USER_INPUT"
    known = code != 401
    took = 1 if code in (401, 403, 429) else int(call.usual * (0.4 + 1.2 * dice.wobble(0.9) ** 2))
    put(
        (
            *(key, caller.business if known else None, caller.key if known else None, user, endpoint["id"]),
            *(endpoint["method"], path, operation),
            {"accept": "application/json", "accept-encoding": "gzip"},
            *(body, len(body) * 7 if body else 0, code, f'{{"code": "{error}"}}' if error else None),
            *(64 if error else dice.number(180, 24_000), took, error, endpoint["cost"]),
            *(address, dice.pick(caller.agents), f"req_{key.hex[-12:]}"),
        )
    )


def _path(traffic: Traffic, caller: Caller, call: Call, at: datetime) -> tuple[str, Call]:
    """The path with something in it that was there by then; if nothing was, another call."""
    if call.placeholder is None:
        return call.endpoint["path"], call
    business = None if call.placeholder == "job" else caller.business
    times, names = traffic.names.get((business, call.placeholder), ([], []))
    there = bisect_left(times, at)
    if there:
        name = names[traffic.dice.number(0, there - 1)]
        return call.endpoint["path"].replace(f"{{{call.placeholder}}}", name), call
    other = next((other for other in caller.calls if other.placeholder is None), None)
    return (other.endpoint["path"], other) if other else (call.endpoint["path"].replace("{", "").replace("}", ""), call)


def _deliveries(world: World, dice: Dice) -> Iterator[None]:
    put = world.bulk("gateway.webhook_deliveries", *DELIVERY)
    for i, webhook in enumerate(world.kept["gateway.webhooks"]):
        end = world.now if webhook["status"] == "ACTIVE" else webhook["updated_at"]
        events = [event for event in _events(world, webhook, end - KEPT) if event[0] < end - 2 * HOUR]
        events.sort(key=lambda event: (event[0], event[3]))
        lost = events[-6:] if webhook["status"] == "FAILED" else []
        for n, event in enumerate(events):
            attempts, status = _fate(dice, webhook)
            if n >= len(events) - len(lost):
                attempts, status = webhook["retry_attempts"] + 1, "FAILED"
            put(_delivery(dice, webhook, event, attempts, status))
            if n % 500 == 0:
                yield
        if lost:
            failures = len(lost) * (webhook["retry_attempts"] + 1)
            world.set("gateway.webhooks", webhook["id"], failures_in_a_row=failures)
        if events and webhook["status"] == "ACTIVE" and i % 2 == 0:
            _on_the_way(world, dice, webhook, events[-1], put)
        yield


def _events(world: World, webhook: Row, since: datetime) -> Iterator[Event]:
    """What happened since then that the webhook wants to know."""
    wanted, business = webhook["event_types"], webhook["business_id"]
    if "alert.triggered" in wanted:
        for alert in world.kept.get("business.alerts", ()):
            if alert["business_id"] == business and alert["triggered_at"] > since:
                about = {"severity": alert["severity"], "title": alert["title"]}
                yield alert["triggered_at"], "alert.triggered", "Alert", alert["id"], about
    if "job.published" in wanted:
        for job in world.kept.get("freelance.jobs", ()):
            about = {"title": job["title"], "skills": job["skills"]}
            for name in ("published", "completed"):
                at = job[f"{name}_at"]
                if at and at > since:
                    yield at, f"job.{name}", "Job", job["id"], about
    for sale in world.sales:
        if sale.business_id == business and sale.at > since:
            about = {"number": sale.number, "total": str(sale.total), "currency": sale.currency}
            names = {"order.created": SECOND, "order.paid": 3 * MINUTE, "order.cancelled": 5 * HOUR}
            if sale.status != "COMPLETED":
                del names["order.paid"]
            if sale.status != "CANCELLED":
                del names["order.cancelled"]
            for name, later in names.items():
                if name in wanted:
                    yield sale.at + later, name, "Order", sale.id, about


def _fate(dice: Dice, webhook: Row) -> tuple[int, str]:
    """How many attempts it took, and how it ended."""
    if dice.chance(93):
        return 1, "DELIVERED"
    if dice.chance(75):
        return dice.number(1, webhook["retry_attempts"]) + 1, "DELIVERED"
    return webhook["retry_attempts"] + 1, "FAILED"


def _delivery(
    dice: Dice, webhook: Row, event: Event, attempts: int, status: str, due: datetime | None = None
) -> tuple[Any, ...]:
    happened, kind, entity, key, about = event
    made = happened + timedelta(milliseconds=dice.number(200, 4000))
    took = dice.number(40, 900) if status == "DELIVERED" else dice.number(5_000, webhook["timeout_seconds"] * 1000)
    tried = made + sum(PAUSES[: max(attempts - 1, 0)], timedelta()) + timedelta(milliseconds=took) if attempts else None
    good = status == "DELIVERED"
    code = 200 if good else dice.pick((500, 502, 503, None)) if attempts else None
    return (
        *(dice.id_at(made), made, tried or made, webhook["id"], kind, entity, key),
        {"event": kind, "at": happened.isoformat(), "id": str(key), entity.lower(): about},
        *(status, attempts, due, tried, code, "ok" if good else None),
        *(
            None if good or not attempts else f"HTTP {code}" if code else "No answer in time.",
            took if attempts else None,
        ),
        tried if good else None,
    )


def _on_the_way(world: World, dice: Dice, webhook: Row, event: Event, put: Put) -> None:
    """The latest event once more, as somebody wanted, and one that is not through yet."""
    kind, entity, key, about = event[1:]
    again = (world.now - 5 * SECOND, kind, entity, key, about | {"replay": True})
    put(_delivery(dice, webhook, again, 0, "PENDING", world.now + 10 * SECOND))
    stuck = (world.now - 14 * MINUTE, kind, entity, key, about | {"replay": True})
    put(_delivery(dice, webhook, stuck, 2, "RETRYING", world.now + 6 * MINUTE))
