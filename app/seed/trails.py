"""What was done in the sample data: the events, the changes that services were told of, and who changed what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.courses import Courses
from app.seed.crew import Crew
from app.seed.world import Dice, Row, World

MS, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVENTS, AUDITS, FULL_SYNCS = 500, 450, 6
KEPT = 540 * DAY
"""How long it is on record what services were told."""
NETWORK = IPv4Address("203.0.113.0")
EVENT = (
    *("id", "business_id", "user_id", "agent_id", "name", "service_name", "entity_type", "entity_id", "row_count"),
    *("payload", "correlation_id"),
)
SYNC = (
    *("id", "created_at", "updated_at", "business_id", "subscription_id", "event_id", "service_name", "entity_type"),
    *("entity_id", "operation", "data", "status", "attempt_count", "last_error", "next_attempt_at", "started_at"),
    "completed_at",
)
AUDIT = (
    *("id", "business_id", "user_id", "api_key_id", "agent_id", "action", "entity_type", "entity_id", "row_count"),
    *(
        "first_id",
        "last_id",
        "changed_fields",
        "before",
        "after",
        "operation",
        "request_id",
        "ip_address",
        "user_agent",
    ),
)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PROGRAM = "agora-python/1.4"

Line = tuple[Any, ...]
Put = Callable[[Line], None]


class Happening(NamedTuple):
    """Something that happened to a row."""

    at: datetime
    name: str
    business: UUID | None
    user: UUID | None
    entity: str
    id: UUID
    payload: dict[str, Any]

    @property
    def operation(self) -> str:
        """What that means for the row."""
        return "CREATE" if self.name.endswith((".created", ".registered")) else "UPDATE"


@dataclass(slots=True)
class Trail:
    """What is written down, and for whom."""

    world: World
    dice: Dice
    people: dict[UUID, Crew]
    errors: list[str]
    event: Put
    sync: Put
    told: dict[str, list[Row]] = field(default_factory=dict)
    """The subscriptions by entity."""
    sellers: dict[UUID, UUID] = field(default_factory=dict)
    """The business of each account on a marketplace."""
    count: int = 0
    """How often a service was told."""


def make_trails(world: World, people: dict[UUID, Crew], errors: list[str]) -> Iterator[None]:
    """Events with what services were told of them, then who changed what."""
    event, sync = world.bulk("ops.event_logs", *EVENT), world.bulk("ops.service_syncs", *SYNC)
    trail = Trail(world, world.dice("trails"), people, errors, event, sync)
    for row in world.kept["ops.service_subscriptions"]:
        if row["is_active"]:
            trail.told.setdefault(row["entity_type"], []).append(row)
    trail.sellers = {row["id"]: row["business_id"] for row in world.kept["channels.marketplace_accounts"]}
    total = 2 * len(world.sales) + sum(len(world.kept.get(table, ())) for table in SOURCES)
    share = 100 * world.times(EVENTS) / max(total, 1)
    for i, found in enumerate(_happenings(trail)):
        if trail.dice.chance(share):
            _event(trail, found)
        if i % 2000 == 0:
            yield
    _full(trail)
    yield
    yield from _audits(trail)


SOURCES = (
    *("identity.users", "catalog.products", "customers.customers", "freelance.jobs"),
    "channels.marketplace_listings",
)


def _happenings(trail: Trail) -> Iterator[Happening]:
    """What happened to rows that are there: each row's beginning, and the end of orders."""
    world = trail.world
    for user in world.kept["identity.users"]:
        told = {"username": user["username"], "country": user["country"]}
        yield Happening(user["created_at"], "user.registered", None, user["id"], "User", user["id"], told)
    for row in world.kept["catalog.products"]:
        told = {"sku": row["sku"], "name": row["name"]}
        yield Happening(row["created_at"], "product.created", row["business_id"], None, "Product", row["id"], told)
    for row in world.kept["customers.customers"]:
        yield Happening(row["created_at"], "customer.created", row["business_id"], None, "Customer", row["id"], {})
    for job in world.kept.get("freelance.jobs", ()):
        at, told = job["published_at"], {"title": job["title"]}
        if at:
            yield Happening(at, "job.published", job["business_id"], job["client_id"], "Job", job["id"], told)
    for row in world.kept["channels.marketplace_listings"]:
        business, at, told = trail.sellers[row["account_id"]], row["published_at"], {"sku": row["sku"]}
        if at:
            yield Happening(at, "listing.published", business, None, "MarketplaceListing", row["id"], told)
    yield from _orders(world)


def _orders(world: World) -> Iterator[Happening]:
    """When each order was placed, and the last that happened to it."""
    courses = Courses(world)
    for sale in world.sales:
        told = {"order_number": sale.number, "total": str(sale.total), "currency": sale.currency}
        yield Happening(sale.at, "order.created", sale.business_id, None, "Order", sale.id, told)
        course = courses.of(sale)
        ends = {"cancelled": course.cancelled_at, "refunded": course.refunded_at, "paid": course.paid_at}
        name, at = next(((name, at) for name, at in ends.items() if at), ("", None))
        if at and at < world.now - SECOND:
            yield Happening(at, f"order.{name}", sale.business_id, None, "Order", sale.id, told)


def _event(trail: Trail, found: Happening) -> None:
    """An event, and each service that is told of it."""
    dice = trail.dice
    key, crew = dice.id_at(found.at + 5 * MS), trail.people.get(found.business) if found.business else None
    agent = crew.agent(dice, "order", "keeper", "sales") if crew and not found.user and dice.chance(30) else None
    request = f"req_{key.hex[-12:]}"
    trail.event(
        (
            *(key, found.business, found.user, agent, found.name, "agora", found.entity, found.id, 1, found.payload),
            request,
        )
    )
    if found.at > trail.world.now - KEPT:
        for row in trail.told.get(found.entity, ()):
            if found.operation in row["operations"] and row["business_id"] in (None, found.business):
                _told(trail, row, found, key)


def _told(trail: Trail, row: Row, found: Happening, event: UUID) -> None:
    """A change that the service took, at once or after some attempts; or never."""
    dice = trail.dice
    trail.count += 1
    failed, attempts = trail.count % 37 == 9, dice.pick((1,) * 12 + (2, 3))
    at = found.at + dice.number(20, 900) * MS
    begun = min(at + (attempts - 1) * 5 * MINUTE + SECOND, trail.world.now)
    done = min(begun + dice.number(30, 4000) * MS, trail.world.now)
    status, error = ("FAILED", dice.pick(trail.errors)) if failed else ("COMPLETED", None)
    trail.sync(
        (
            *(dice.id_at(at), at, done, found.business, row["id"], event, row["service_name"], found.entity, found.id),
            *(found.operation, {"id": str(found.id), **found.payload}, status, 3 if failed else attempts),
            *(error or (dice.pick(trail.errors) if attempts > 1 else None), None, begun, None if failed else done),
        )
    )


def _full(trail: Trail) -> None:
    """The search index is being filled anew: one row is with it, one is tried again, the others wait."""
    world, dice = trail.world, trail.dice
    row = next(one for one in trail.told["Product"] if "SYNC" in one["operations"])
    for i, product in enumerate(dice.some(world.kept["catalog.products"], FULL_SYNCS)):
        at = world.now - 90 * SECOND + i * SECOND
        data = {"id": str(product["id"]), "name": product["name"], "tags": product["tags"]}
        tried = i < 2
        again = world.now + (2 * MINUTE if tried else SECOND)
        trail.sync(
            (
                *(dice.id_at(at), at, at + tried * SECOND, product["business_id"], row["id"], None),
                *(row["service_name"], "Product", product["id"], "SYNC", data, "PENDING" if i else "PROCESSING"),
                *(int(tried), trail.errors[0] if i == 1 else None, again if i else None),
                *(at + SECOND if tried else None, None),
            )
        )


def _audits(trail: Trail) -> Iterator[None]:
    """Changes by people, programs and agents, and now and then a batch."""
    world, dice = trail.world, trail.dice
    put = world.bulk("ops.audit_logs", *AUDIT)
    keys = [key for key in world.kept["gateway.api_keys"] if key["status"] == "ACTIVE"]
    makers = (_product, _product, _listing, _promotion, _profile, _order, _job, _removal)
    for i in range(world.times(AUDITS)):
        if i % 20 == 9:
            put(_batch(trail, dice.pick(keys)))
        elif i % 50 == 11:
            put(_export(trail))
        else:
            put(makers[i % len(makers)](trail))
        if i % 500 == 0:
            yield
    yield


def _line(trail: Trail, at: datetime, business: UUID | None, user: UUID | None, what: Line) -> Line:
    """A line about one row: action, entity, id, fields, before, after and operation."""
    dice = trail.dice
    action, entity, key, fields, before, after, operation = what
    own = dice.id_at(at)
    address = NETWORK + dice.number(1, 250)
    return (
        *(own, business, user, None, None, action, entity, key, 1, None, None, fields, before, after, operation),
        *(f"req_{own.hex[-12:]}", address, BROWSER),
    )


def _product(trail: Trail) -> Line:
    dice, row = trail.dice, trail.dice.pick(trail.world.kept["catalog.products"])
    at = dice.between(row["created_at"] + MS, row["updated_at"])
    before, after = {"meta_title": row["name"]}, {"meta_title": row["meta_title"]}
    what: Line = ("UPDATE", "Product", row["id"], ["meta_title"], before, after, "updateProduct")
    return _line(trail, at, row["business_id"], trail.people[row["business_id"]].clerk(dice), what)


def _listing(trail: Trail) -> Line:
    dice, row = trail.dice, trail.dice.pick(trail.world.kept["channels.marketplace_listings"])
    business = trail.sellers[row["account_id"]]
    at = dice.between(row["created_at"] + MS, row["updated_at"])
    before, after = {"price": str(row["price"] + Decimal(2))}, {"price": str(row["price"])}
    what: Line = ("UPDATE", "MarketplaceListing", row["id"], ["price"], before, after, "updateMarketplaceListing")
    return _line(trail, at, business, trail.people[business].clerk(dice), what)


def _promotion(trail: Trail) -> Line:
    row = trail.dice.pick(trail.world.kept["catalog.promotions"])
    after = {"name": row["name"], "type": row["type"], "value": str(row["value"])}
    what: Line = ("CREATE", "Promotion", row["id"], [], None, after, "createPromotion")
    return _line(trail, row["created_at"] + MS, row["business_id"], row["created_by_id"], what)


def _profile(trail: Trail) -> Line:
    """Somebody moves to another time zone."""
    row = trail.dice.pick(trail.world.kept["identity.users"])
    at = trail.dice.between(row["created_at"] + MS, row["updated_at"])
    before, after = {"time_zone": "UTC"}, {"time_zone": row["time_zone"]}
    return _line(
        trail, at, None, row["id"], ("UPDATE", "User", row["id"], ["time_zone"], before, after, "updateProfile")
    )


def _order(trail: Trail) -> Line:
    """An agent puts an order into another state."""
    dice = trail.dice
    if not trail.world.sales:
        return _product(trail)
    sale = dice.pick(trail.world.sales)
    at = min(sale.at + dice.wait(MINUTE, DAY), trail.world.now - SECOND)
    own, agent = dice.id_at(at), trail.people[sale.business_id].agent(dice, "order", "sales")
    before, after = {"internal_notes": None}, {"internal_notes": "Address checked."}
    return (
        *(own, sale.business_id, None, None, agent, "UPDATE", "Order", sale.id, 1, None, None, ["internal_notes"]),
        *(before, after, "updateOrder", f"req_{own.hex[-12:]}", None, PROGRAM),
    )


def _job(trail: Trail) -> Line:
    jobs = trail.world.kept.get("freelance.jobs")
    if not jobs:
        return _product(trail)
    row = trail.dice.pick(jobs)
    after = {"title": row["title"]}
    what: Line = ("CREATE", "Job", row["id"], [], None, after, "createJob")
    return _line(trail, row["created_at"] + MS, row["business_id"], row["client_id"], what)


def _removal(trail: Trail) -> Line:
    """A draft that nobody needed any more."""
    dice, row = trail.dice, trail.dice.pick(trail.world.kept["catalog.categories"])
    at = dice.between(row["created_at"], trail.world.now)
    gone = dice.id_at(at - HOUR)
    before = {"name": f"{row['name']} (copy)", "slug": f"{row['slug']}-copy"}
    what: Line = ("DELETE", "Category", gone, [], before, None, "deleteCategory")
    return _line(trail, at, row["business_id"], trail.people[row["business_id"]].manager(dice), what)


def _batch(trail: Trail, key: Row) -> Line:
    """A program writes many rows at once: one line for all of them."""
    dice, world = trail.dice, trail.world
    at = dice.between(key["created_at"], world.now - SECOND)
    first, last = sorted((dice.id_at(at - 40 * DAY), dice.id_at(at - MINUTE)))
    own, entity = dice.id_at(at), dice.pick(("InventoryLevel", "ProductVariant", "MarketplaceListing"))
    return (
        *(own, key["business_id"], None, key["id"], key["agent_id"], "UPDATE", entity, None, dice.number(20, 4000)),
        *(first, last, ["quantity"] if entity != "ProductVariant" else ["cost"], None, None, f"update{entity}s"),
        *(f"req_{own.hex[-12:]}", NETWORK + dice.number(1, 250), PROGRAM),
    )


def _export(trail: Trail) -> Line:
    """Somebody takes the customers' addresses out."""
    dice, world = trail.dice, trail.world
    row = dice.pick(world.kept["customers.customers"])
    at = dice.between(row["created_at"], world.now)
    own, business = dice.id_at(at), row["business_id"]
    first = min(row["id"], dice.id_at(at))
    return (
        *(own, business, trail.people[business].manager(dice), None, None, "EXPORT", "Customer", None),
        *(dice.number(40, 900), first, own, [], None, None, "exportCustomers", f"req_{own.hex[-12:]}"),
        *(NETWORK + dice.number(1, 250), BROWSER),
    )
