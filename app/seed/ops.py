"""How the whole is run in the sample data: settings, subscriptions and backups.

What was done and told to whom is in app/seed/trails.py, how everything was in app/seed/watch.py.
"""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.trails import make_trails
from app.seed.watch import make_watch
from app.seed.world import Dice, Row, World, table_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BACKUPS = 21
"""For how many days backups are on record."""
KEPT = 14
"""How many days a backup is kept."""
GIGABYTE = 1_000_000_000


def make_ops(world: World) -> Iterator[None]:
    """Settings, who is told of changes, backups, and then what happened, was told and measured."""
    dice, data = world.dice("ops"), table_of("ops")
    people = crews(world)
    root = next(user for user in world.kept["identity.users"] if user["is_superuser"])
    for i, given in enumerate(data["configuration"]["platform"]):
        _setting(world, dice, given, None, root["id"], i)
    _setting(world, dice, data["configuration"]["retired"], None, root["id"], 90, is_active=False)
    sellers = {row["business_id"] for row in world.kept["catalog.products"]}
    for business in world.kept["business.businesses"]:
        if business["id"] in sellers:
            for i, given in enumerate(data["configuration"]["business"]):
                _setting(world, dice, given, business, people[business["id"]].manager(dice), i, people[business["id"]])
    yield
    businesses = {row["slug"]: row["id"] for row in world.kept["business.businesses"]}
    for i, given in enumerate([*data["subscription"]["rows"], data["subscription"]["stopped"]]):
        _subscription(world, dice, given, businesses.get(given[2]), root["id"], i)
    _backups(world, dice, root["id"], businesses)
    yield
    yield from make_trails(world, people, data["subscription"]["errors"])
    yield from make_watch(world, data)


def _setting(
    world: World,
    dice: Dice,
    given: list[Any],
    business: Row | None,
    person: UUID | None,
    i: int,
    crew: Crew | None = None,
    *,
    is_active: bool = True,
) -> None:
    """A setting as it was made, or as a person or an agent changed it."""
    key, kind, group, value, usual, text = given
    since = max(business["created_at"], world.start) if business else world.start
    hidden = value == "hidden"
    at = since + 3 * DAY + i * MINUTE
    changed = dice.between(at, world.now) if value != usual else at
    by_agent = bool(crew and crew.agents) and not hidden and dice.chance(25)
    world.add(
        "ops.configurations",
        dice,
        at,
        business_id=business["id"] if business else None,
        updated_by_agent_id=crew.agent(dice, "director", "keeper", "manager") if crew and by_agent else None,
        key=key,
        value=None if hidden else value,
        secret_value=sha256(f"{key}/{since}".encode()).hexdigest() if hidden else None,
        description=text,
        data_type=kind,
        category=group,
        is_sensitive=hidden,
        is_encrypted=hidden,
        validation_rules={"type": "integer", "minimum": 1} if kind == "INTEGER" else None,
        default_value=None if hidden else usual,
        is_active=is_active,
        is_read_only=group == "retention",
        version=2 if value != usual else 1,
        created_by_id=person,
        updated_by_id=None if by_agent else person,
        updated_at=changed,
    )


def _subscription(world: World, dice: Dice, given: list[Any], business: UUID | None, person: UUID, i: int) -> None:
    service, entity, _, transport, address, operations, fields = given
    stopped = service == "data-lake"
    at = world.start + 6 * DAY + i * HOUR
    world.add(
        "ops.service_subscriptions",
        dice,
        at,
        business_id=business,
        service_name=service,
        entity_type=entity,
        operations=operations,
        transport=transport,
        address=address,
        signing_secret=sha256(service.encode()).hexdigest() if transport == "HTTP" else None,
        fields=fields,
        max_attempts=3,
        timeout_seconds=10 if service == "search-index" else 30,
        is_active=not stopped,
        created_by_id=person,
        updated_at=dice.between(at + 200 * DAY, world.now) if stopped else at,
    )


def _backups(world: World, dice: Dice, person: UUID, businesses: dict[str, UUID]) -> None:
    """One a night, a full one each week; older ones are gone; now and then one fails."""
    base: Row | None = None
    for back in range(BACKUPS, 0, -1):
        start = world.now - back * DAY + 2 * HOUR
        full = base is None or (BACKUPS - back) % 7 == 0
        row = _backup(world, dice, start, "FULL" if full else "INCREMENTAL", None if full else base, back=back)
        base = row if full and row["status"] != "FAILED" else base
    schema = world.now - 8 * DAY
    _backup(world, dice, schema, "SCHEMA", None, person=person, size=2_400_000)
    export = world.now - 5 * DAY
    _backup(world, dice, export, "EXPORT", None, person=person, business=businesses["vividwalls"], size=61_000_000)
    _backup(world, dice, world.now - 4 * MINUTE, "INCREMENTAL", base, running=True)


def _backup(
    world: World,
    dice: Dice,
    start: Any,
    kind: str,
    base: Row | None,
    *,
    person: UUID | None = None,
    business: UUID | None = None,
    size: int = 0,
    back: int = 0,
    running: bool = False,
) -> Row:
    failed, full = back == 9, kind == "FULL"
    gone = back > KEPT and not full
    done = None if running else start + dice.wait(2 * MINUTE, 50 * MINUTE if full else 9 * MINUTE)
    status = "RUNNING" if running else "FAILED" if failed else "REMOVED" if gone else "COMPLETED"
    there = done is not None and not failed
    bytes_ = size or int((38.2 if full else 1.1) * GIGABYTE * dice.wobble(0.1))
    name = f"{start:%Y-%m-%dT%H%M}-{kind.lower()}"
    verified = done + 9 * HOUR if there and full and done and done + 9 * HOUR < world.now else None
    removed = start + KEPT * DAY if gone else None
    return world.add(
        "ops.backups",
        dice,
        start,
        business_id=business,
        base_id=base["id"] if base else None,
        started_by_id=person,
        type=kind,
        status=status,
        location=f"s3://agora-backups/{name}" if not failed else None,
        size_bytes=bytes_ if there else None,
        row_count=bytes_ // 610 if there and kind != "SCHEMA" else None,
        checksum=sha256(name.encode()).hexdigest() if there else None,
        software_version="18.6",
        error="The storage refused the connection after 40 minutes." if failed else None,
        started_at=start,
        completed_at=done,
        verified_at=verified,
        expires_at=start + (60 if full else KEPT) * DAY if there else None,
        removed_at=removed,
        updated_at=removed or verified or done or start,
    )
