"""What comes back of the orders of the sample data: wishes, parcels, and what was found in them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from app.seed.basket import Basket
from app.seed.courses import Course
from app.seed.world import World

if TYPE_CHECKING:
    from app.seed.shops import Buyer, Shop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RMA = (
    *("id", "created_at", "updated_at", "business_id", "order_id", "item_id", "customer_id", "agent_id"),
    *("decided_by_id", "number", "reason", "description", "image_urls", "quantity", "resolution", "status"),
    *("decided_at", "decision_note", "expires_at"),
)
RETURN = (
    *("id", "created_at", "updated_at", "business_id", "order_id", "rma_request_id", "warehouse_id", "agent_id"),
    *("inspected_by_id", "number", "reason", "resolution", "status", "restocking_fee", "shipping_amount", "currency"),
    *("notes", "shipped_at", "received_at", "inspected_at", "completed_at"),
)
ITEM = (
    *("id", "created_at", "updated_at", "return_id", "item_id", "exchange_variant_id", "quantity", "reason"),
    *("condition", "disposition", "refund_amount", "currency", "notes"),
)
WAY_BACK = (0.15, 0.25, 0.4, 0.8, 0.9, 1.0)
"""When, on the way from delivery to the end, it is asked, granted, sent, received, looked at and settled."""
STATES = ("REQUESTED", "EXPECTED", "IN_TRANSIT", "RECEIVED", "INSPECTED", "COMPLETED")
"""Of a return that came so far."""
ENDS = (
    ("COMPLETED", "REFUND"),
    ("COMPLETED", "REFUND"),
    ("REJECTED", "REFUND"),
    ("COMPLETED", "EXCHANGE"),
    ("COMPLETED", "REFUND"),
    ("REFUSED", "REFUND"),
    ("COMPLETED", "STORE_CREDIT"),
    ("EXPIRED", "REFUND"),
    ("COMPLETED", "REPAIR"),
    ("CANCELLED", "REFUND"),
    ("WITHDRAWN", "EXCHANGE"),
)
"""How returns end, one after the other."""
FOUND = {
    "CHANGED_MIND": ("UNOPENED", "RESTOCK"),
    "DEFECTIVE": ("DEFECTIVE", "TO_SUPPLIER"),
    "DAMAGED_IN_TRANSIT": ("DAMAGED", "DISCARD"),
    "WRONG_ITEM": ("UNOPENED", "RESTOCK"),
    "NOT_AS_DESCRIBED": ("OPENED", "RESTOCK"),
    "ARRIVED_LATE": ("UNOPENED", "RESTOCK"),
    "WRONG_SIZE": ("OPENED", "RESTOCK"),
    "WARRANTY": ("USED", "REFURBISH"),
    "OTHER": ("MISSING", "DISCARD"),
}
"""In what state things mostly come back, and what is done with them."""
SHARE = 13
"""Of how many delivered parcels something comes back of one."""


class Case(NamedTuple):
    """Something that comes back, or should."""

    key: UUID
    """The id of the return, if there is one."""
    state: str
    resolution: str
    reason: str
    times: tuple[datetime | None, ...]
    """When each step of WAY_BACK was taken."""
    places: tuple[int, ...]
    """Which lines of the order."""
    refund: int
    """What is to be paid back for it, in cents."""
    fee: int
    is_whole: bool
    latest: datetime
    """When the last step was taken."""

    @property
    def refunded_at(self) -> datetime | None:
        """When the money went back, or was about to."""
        if self.resolution != "REFUND" or self.state not in ("COMPLETED", "INSPECTED"):
            return None
        return self.times[5] or self.times[4]

    @property
    def is_open(self) -> bool:
        """Whether the gateway has not answered yet."""
        return self.state == "INSPECTED"

    def is_back(self, place: int) -> bool:
        """Whether the line at that place came back for good."""
        return self.state == "COMPLETED" and place in self.places and self.resolution != "REPAIR"

    def told(self) -> list[tuple[datetime, str, bool]]:
        """What the order's history says of it."""
        kinds = ((self.times[0], "RETURN_REQUESTED"), (self.times[3], "RETURNED"))
        return [(at, kind, True) for at, kind in kinds if at]


class Returns:
    """All that comes back."""

    def __init__(self, world: World, data: dict[str, Any]) -> None:
        self._world, self._dice = world, world.dice("returns")
        self._reasons: dict[str, list[str]] = data["reason"]["physical"]
        self._words = data["returns"]
        self._rma = world.bulk("sales.rma_requests", *RMA)
        self._return = world.bulk("sales.order_returns", *RETURN)
        self._item = world.bulk("sales.return_items", *ITEM)
        self._ends = 0
        self._asked = 0
        self._counts: Counter[str] = Counter()

    def plan(self, basket: Basket, course: Course, delivered: datetime | None, note: str) -> Case | None:
        """What comes back of an order: all of one that was paid back, a line of one in some; None if nothing does."""
        if course.refunded_at and course.delivered_at and course.way != "DOWNLOAD":
            return self._whole(basket, course, course.delivered_at, course.refunded_at)
        if delivered is None or not basket.total:
            return None
        self._asked += 1
        wanted = note if note in (*STATES, "REFUND") else ""
        if not wanted and (self._asked % SHARE or note):
            return None
        return self._part(basket, delivered, wanted, bool(course.paid_at and course.paid_at <= delivered))

    def _whole(self, basket: Basket, course: Course, delivered: datetime, refunded: datetime) -> Case:
        """All lines, settled when the money went back; what was bought in a store is brought there."""
        span = refunded - delivered
        times: list[datetime | None] = [_whole_second(delivered + span * part) for part in WAY_BACK[:5]]
        if course.way == "STORE":
            times = [None, None, None, refunded, refunded]
        places = tuple(range(len(basket.lines)))
        key = self._dice.id_at(times[1] or refunded)
        told = (key, "COMPLETED", "REFUND", self._reason(), (*times, refunded), places, basket.total, 0, True, refunded)
        return Case(*told)

    def _part(self, basket: Basket, delivered: datetime, wanted: str, is_paid: bool) -> Case | None:
        """One line, in the state that is `wanted`, or in that to which it came by now."""
        dice, now = self._dice, self._world.now
        span = dice.wait(7 * DAY, 24 * DAY)
        end, resolution = "COMPLETED", "REFUND"
        if wanted in STATES[:5]:
            place = STATES.index(wanted)
            span = (now - delivered) / ((WAY_BACK[place] + WAY_BACK[place + 1]) / 2)
        elif not wanted:
            end, resolution = ENDS[self._ends % len(ENDS)]
        if resolution == "REFUND" and not is_paid:
            resolution = "STORE_CREDIT"
        times = [_whole_second(delivered + span * part) for part in WAY_BACK]
        reached = sum(at < now for at in times)
        if not reached:
            return None
        self._ends += not wanted
        state = STATES[reached - 1] if reached < 6 else end
        kept = {"REJECTED": 2, "EXPIRED": 2, "WITHDRAWN": 1, "CANCELLED": 2}.get(state, reached)
        kept = 5 if state == "REFUSED" else kept
        taken = (*times[:kept], *[None] * (6 - kept))
        place, reason = dice.number(0, len(basket.lines) - 1), self._reason()
        refund = basket.worth(place)
        fee = refund // 10 if reason == "CHANGED_MIND" and refund > 20_000 else 0
        latest = times[kept - 1]
        key = dice.id_at(times[1] if kept > 1 else latest)
        is_all = len(basket.lines) == 1 and refund >= basket.total
        refund = refund - fee if not is_all else min(refund, basket.total) * 9 // 10
        fee = fee if not is_all else min(basket.worth(place), basket.total) - refund
        return Case(key, state, resolution, reason, taken, (place,), refund, fee, False, latest)

    def _reason(self) -> str:
        self._counts["reason"] += 1
        return list(self._reasons)[self._counts["reason"] % len(self._reasons)]

    def write(
        self, shop: Shop, order: UUID, buyer: Buyer, items: list[UUID], basket: Basket, course: Course, case: Case
    ) -> None:
        """The wish, and the return if it was granted."""
        asked, decided = case.times[:2]
        rma = None
        if asked:
            rma = self._wish(shop, order, buyer, items, basket, case, asked, decided)
        if case.state in ("REQUESTED", "REJECTED", "EXPIRED", "WITHDRAWN"):
            return
        made = decided or case.latest
        dice, crew = self._dice, shop.crew
        self._counts[f"return {shop.key}"] += 1
        shipping = basket.total - sum(map(basket.worth, case.places)) if case.is_whole else 0
        self._return(
            (
                *(case.key, made, case.latest, shop.key, order, rma, shop.warehouse if asked else None),
                *(shop.agent(made), crew.clerk(dice) if case.times[4] else None),
                f"{shop.given['prefix']}-R{self._counts[f'return {shop.key}']:05d}",
                *(case.reason, case.resolution, case.state, _money(case.fee), _money(max(shipping, 0)), shop.currency),
                *(dice.pick(self._words["stock"]) if case.times[4] and dice.chance(50) else None, *case.times[2:]),
            )
        )
        left = basket.total - max(shipping, 0) if case.is_whole else case.refund + case.fee
        for i, place in enumerate(case.places):
            worth = left if i + 1 == len(case.places) else min(basket.worth(place), left)
            left -= worth
            self._back(shop, items[place], basket, place, case, made, worth)

    def _wish(
        self,
        shop: Shop,
        order: UUID,
        buyer: Buyer,
        items: list[UUID],
        basket: Basket,
        case: Case,
        asked: datetime,
        decided: datetime | None,
    ) -> UUID:
        dice, key = self._dice, self._dice.id_at(asked)
        self._counts[f"wish {shop.key}"] += 1
        states = {"REQUESTED": "REQUESTED", "REJECTED": "REJECTED", "EXPIRED": "EXPIRED", "WITHDRAWN": "CANCELLED"}
        status = states.get(case.state, "APPROVED")
        notes = self._words["refused" if status == "REJECTED" else "granted"]
        place = case.places[0]
        has_pictures = case.reason in ("DEFECTIVE", "DAMAGED_IN_TRANSIT", "WRONG_ITEM")
        self._rma(
            (
                *(key, asked, decided or asked, shop.key, order, None if case.is_whole else items[place], buyer.id),
                *(shop.agent(asked), shop.crew.clerk(dice) if decided else None),
                f"{shop.given['prefix']}-RMA{self._counts[f'wish {shop.key}']:05d}",
                *(case.reason, dice.pick(self._reasons[case.reason])),
                [f"https://cdn.returns.example/{key.hex[-12:]}.jpg"] if has_pictures else [],
                *(None if case.is_whole else basket.lines[place].quantity, case.resolution, status, decided),
                dice.pick(notes) if decided else None,
                decided + 30 * DAY if decided and status != "REJECTED" else None,
            )
        )
        return key

    def _back(self, shop: Shop, item: UUID, basket: Basket, place: int, case: Case, made: datetime, worth: int) -> None:
        dice, line = self._dice, basket.lines[place]
        condition, disposition = FOUND[case.reason]
        if case.state == "REFUSED":
            condition, disposition = "USED", "TO_CUSTOMER"
        seen = case.times[4] is not None
        exchanged = case.resolution == "EXCHANGE" and case.state == "COMPLETED"
        pays = case.resolution == "REFUND" and case.state not in ("REFUSED", "CANCELLED")
        self._item(
            (
                *(dice.id_at(made), made, case.latest, case.key, item, line.good.id if exchanged else None),
                *(line.quantity, case.reason, condition if seen else None, disposition if seen else None),
                *(_money(worth if pays else 0), shop.currency),
                dice.pick(self._words["stock"]) if seen and dice.chance(30) else None,
            )
        )


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
