"""What was passed between shops and marketplaces in the sample data: the runs of ninety days, with the stock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.world import Dice, Row, World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEPT = 90 * DAY
"""How long runs are on record."""
AT_ONCE = 5
"""How many articles' stock one run passes on."""
LOG = (
    *("id", "created_at", "updated_at", "account_id", "agent_id", "started_by_id", "type", "direction", "trigger"),
    *("status", "record_count", "success_count", "failed_count", "cursor", "error", "failures", "started_at"),
    "completed_at",
)
SYNC = (
    *("id", "created_at", "updated_at", "listing_id", "warehouse_id", "sync_log_id", "status", "available_quantity"),
    *("buffer_quantity", "external_quantity", "attempt_count", "error", "synced_at"),
)
PLAN = (("INVENTORY", "EXPORT", 10), ("PRICES", "EXPORT", 3), ("LISTINGS", "EXPORT", 2), ("FEES", "IMPORT", 2))
"""What is synchronized, which way, and how often at the small scale."""

Put = Callable[[tuple[Any, ...]], None]


@dataclass(slots=True)
class Shelf:
    """An account with what is listed on it."""

    account: Row
    platform: str
    listings: list[Row]

    def live(self) -> list[Row]:
        """What buyers see."""
        return [row for row in self.listings if row["status"] == "ACTIVE"]


class Ended(NamedTuple):
    """How a run ended."""

    status: str
    records: int
    failed: int = 0
    error: str | None = None
    failures: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class Desk:
    """What the runs of an account are made from."""

    world: World
    dice: Dice
    shelf: Shelf
    words: Any
    log: Put
    sync: Put
    stock: dict[UUID, int]
    """What is there of each article."""

    def failed(self) -> bool:
        """Whether this run fails as a whole."""
        return self.dice.chance(3)


def make_runs(world: World, dice: Dice, shelf: Shelf, words: Any) -> Iterator[None]:
    """All runs of an account in the order of their times; what its listings offer is what the last one said."""
    log = world.bulk("channels.marketplace_sync_logs", *LOG)
    sync = world.bulk("channels.marketplace_inventory_syncs", *SYNC)
    stock = {row["id"]: dice.number(0, 90) for row in shelf.listings}
    desk = Desk(world, dice, shelf, words, log, sync, stock)
    if shelf.account["status"] in ("ACTIVE", "ERROR") and shelf.listings:
        for start, kind, direction in _times(desk):
            _run(desk, start, kind, direction)
        if shelf.account["status"] == "ACTIVE" and shelf.platform == "AMAZON":
            _running(desk)
    yield


def write_log(
    world: World, dice: Dice, put: Put, account: Row, kind: str, direction: str, start: datetime, end: Ended
) -> UUID:
    """The record of a run; its id."""
    key = dice.id_at(start)
    done = None if end.status == "RUNNING" else start + dice.wait(2 * SECOND, 40 * SECOND)
    by_hand = kind == "LISTINGS" and dice.chance(30)
    trigger = "MANUAL" if by_hand else "WEBHOOK" if kind == "ORDERS" else "EVENT" if kind == "PRICES" else "SCHEDULE"
    put(
        (
            *(key, start, done or start, account["id"], account["agent_id"]),
            *(account["created_by_id"] if by_hand else None, kind, direction, trigger, end.status),
            *(end.records, max(end.records - end.failed, 0) if done else 0, end.failed),
            f"{start:%Y%m%d%H%M%S}" if direction == "IMPORT" and not end.error else None,
            *(end.error, list(end.failures), start, done),
        )
    )
    return key


def _times(desk: Desk) -> list[tuple[datetime, str, str]]:
    """When which run began."""
    now, account = desk.world.now, desk.shelf.account
    first = max(account["connected_at"] + DAY, now - KEPT)
    last = now - (3 * DAY if account["status"] == "ERROR" else 5 * MINUTE)
    runs = [
        (desk.dice.between(first, last), kind, direction)
        for kind, direction, count in PLAN
        for _ in range(desk.world.times(count))
    ]
    return sorted(runs)


def _run(desk: Desk, start: datetime, kind: str, direction: str) -> None:
    """One run, and what it passed on."""
    dice, account = desk.dice, desk.shelf.account
    there = [row for row in desk.shelf.live() if row["published_at"] < start]
    if account["status"] == "ERROR" and start > desk.world.now - 4 * DAY:
        ended = Ended("FAILED", 0, 0, desk.words["expired"])
    elif desk.failed():
        ended = Ended("FAILED", 0, 0, dice.pick(desk.words["troubles"]))
    elif kind == "INVENTORY":
        _stock(desk, start, dice.some(there, AT_ONCE))
        return
    else:
        count = dice.number(1, 30)
        lost = there and count > 20 and kind != "FEES"
        failures = ({"sku": dice.pick(there)["sku"], "error": desk.words["unknown"]},) if lost else ()
        ended = Ended("PARTIAL" if lost else "COMPLETED", count, len(failures), None, failures)
    write_log(desk.world, dice, desk.log, account, kind, direction, start, ended)


def _stock(desk: Desk, start: datetime, listings: list[Row]) -> None:
    """Some articles' stock is passed on; one of them may be refused."""
    if not listings:
        return
    dice, refused = desk.dice, _refused(desk, listings)
    failures = tuple({"sku": row["sku"], "error": desk.words["unknown"]} for row in refused)
    ended = Ended("PARTIAL" if refused else "COMPLETED", len(listings), len(refused), None, failures)
    key = write_log(desk.world, dice, desk.log, desk.shelf.account, "INVENTORY", "EXPORT", start, ended)
    for row in listings:
        at = start + dice.wait(SECOND, 2 * SECOND)
        _passed(desk, key, row, at, row in refused)


def _refused(desk: Desk, listings: list[Row]) -> list[Row]:
    """Those of `listings` that the marketplace refuses this time."""
    return listings[:1] if desk.dice.chance(4) else []


def _passed(desk: Desk, log: UUID, row: Row, at: datetime, refused: bool) -> None:
    dice, account = desk.dice, desk.shelf.account
    before = row["quantity"] if row["last_synced_at"] else None
    left = max(desk.stock[row["id"]] - dice.number(0, 6), 0) or dice.number(20, 120)
    desk.stock[row["id"]] = left
    done = None if refused else at + dice.wait(SECOND, 9 * SECOND)
    status, error = ("FAILED", desk.words["unknown"]) if refused else ("SYNCED", None)
    desk.sync(
        (
            *(dice.id_at(at), at, done or at, row["id"], account["warehouse_id"], log, status, left),
            *(account["buffer_quantity"], before, 3 if refused else 1, error, done),
        )
    )
    if done:
        row |= {"quantity": max(left - account["buffer_quantity"], 0), "last_synced_at": done}
        row["updated_at"] = max(row["updated_at"], done)


def _running(desk: Desk) -> None:
    """A run that is under way, with what it has yet to pass on."""
    dice, account, start = desk.dice, desk.shelf.account, desk.world.now - 20 * SECOND
    some = [row for row in desk.shelf.live() if row["published_at"] < start][:AT_ONCE]
    ended = Ended("RUNNING", len(some))
    key = write_log(desk.world, dice, desk.log, account, "INVENTORY", "EXPORT", start, ended)
    for row in some:
        at = start + SECOND
        before = row["quantity"] if row["last_synced_at"] else None
        desk.sync(
            (
                *(dice.id_at(at), at, at, row["id"], account["warehouse_id"], key, "PENDING", desk.stock[row["id"]]),
                *(account["buffer_quantity"], before, 0, None, None),
            )
        )
