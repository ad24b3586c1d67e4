"""How the orders of the sample data are paid and paid back, and what the books say of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.courses import Course
from app.seed.crew import Crew, crews
from app.seed.world import Row, World, table_of

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
PAYMENT = (
    *("id", "created_at", "updated_at", "business_id", "order_id", "customer_id", "gateway_id", "payment_method_id"),
    *("number", "provider_reference", "method", "method_label", "amount", "fee", "currency", "status", "failure_code"),
    *("failure_message", "ip_address", "authorized_at", "paid_at", "failed_at"),
)
REFUND = (
    *("id", "created_at", "updated_at", "payment_id", "return_id", "agent_id", "approved_by_id", "provider_reference"),
    *("amount", "currency", "reason", "note", "status", "failure_message", "processed_at"),
)
TRANSACTION = (
    *("id", "created_at", "business_id", "order_id", "payment_id", "refund_id", "customer_id", "agent_id", "budget_id"),
    *(
        "recorded_by_id",
        "number",
        "type",
        "category",
        "amount",
        "currency",
        "description",
        "payment_method",
        "booked_on",
    ),
)
ATTRIBUTION = (
    "id",
    "created_at",
    "transaction_id",
    "agent_id",
    "campaign_id",
    "model",
    "percentage",
    "touchpoint_data",
)
CREDITED = {"vividwalls": 60, "multiagent": 40, "agentshop": 30}
"""How many in a hundred payments are credited to agents, where those bring the customers."""
SHARES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("LAST_TOUCH", (100,)),
    ("LAST_TOUCH", (100,)),
    ("LAST_TOUCH", (100,)),
    ("FIRST_TOUCH", (100,)),
    ("LINEAR", (50, 50)),
    ("TIME_DECAY", (70, 30)),
    ("POSITION_BASED", (60, 40)),
    ("DATA_DRIVEN", (45, 35, 20)),
)
TOUCHES = ("email", "search", "social", "chat", "recommendation", "direct")
AT_ONCE = ("CREDIT_CARD",) * 9 + ("DEBIT_CARD",) * 3 + ("PAYPAL",) * 4 + ("WALLET",) * 3 + ("BUY_NOW_PAY_LATER",) * 2
OVER_THE_COUNTER = ("DEBIT_CARD",) * 9 + ("CREDIT_CARD",) * 6 + ("CASH",) * 4 + ("GIFT_CARD",)
LABELS = {"PAYPAL": "PayPal", "CASH": "Cash", "INVOICE": "On account", "BANK_TRANSFER": "Bank transfer"}
DISPUTED, FAILED_FIRST = 70, 23
"""Of how many payments one is disputed, and went wrong at first."""


class Bill(NamedTuple):
    """What is to be paid: an order as the till sees it, its amount in cents."""

    order: UUID
    business: UUID
    customer: UUID
    at: datetime
    cents: int
    currency: str
    status: str
    course: Course
    note: str
    """What is special about it: FAILED (the card was refused), half (the first half is paid)."""
    kind: str | None
    """With what it is paid if that is certain."""
    saved: Row | None
    ip_address: Any


class Back(NamedTuple):
    """What is paid back of a bill."""

    cents: int
    at: datetime
    """When somebody decided it."""
    reason: str
    return_id: UUID | None = None
    is_open: bool = False


class Paid(NamedTuple):
    """What the order says of its payment."""

    status: str
    payment: UUID | None
    at: datetime | None
    """When the whole of it was paid."""


class Till:
    """Takes what customers pay and gives back what is theirs."""

    def __init__(self, world: World) -> None:
        self._world, self._dice, self._words = world, world.dice("till"), table_of("finance")["words"]
        self._put = world.bulk("finance.payments", *PAYMENT)
        self._refund = world.bulk("finance.refunds", *REFUND)
        self._book = world.bulk("finance.transactions", *TRANSACTION)
        self._credit = world.bulk("finance.revenue_attributions", *ATTRIBUTION)
        self._crews, self._slugs = crews(world), {row["id"]: row["slug"] for row in world.kept["business.businesses"]}
        self._gateways: dict[tuple[UUID, str], Row] = {}
        for row in world.kept["finance.payment_gateways"]:
            for kind in row["methods"] if row["is_active"] and not row["is_test"] else ():
                self._gateways.setdefault((row["business_id"], kind), row)
        self._campaigns = _campaigns(world)
        self._numbers: Counter[tuple[str, UUID]] = Counter()
        self._count, self._backs = 0, 0

    def settle(self, bill: Bill, back: Back | None = None) -> Paid:
        """Write how `bill` is paid, as far as it is, and what goes `back` of it."""
        if not bill.cents:
            return Paid("PAID" if bill.status != "CANCELLED" else "VOIDED", None, bill.course.paid_at)
        paid_at = bill.course.paid_at
        match bill.status:
            case "PENDING" if bill.note == "FAILED":
                return Paid("FAILED", self._payment(bill, "FAILED"), None)
            case "PENDING":
                return Paid("PENDING", self._payment(bill, "PENDING"), None)
            case "ON_HOLD":
                return Paid("AUTHORIZED", self._payment(bill, "AUTHORIZED"), None)
            case "CANCELLED" if not paid_at or bill.order.int % 3:
                status = "FAILED" if bill.order.int % 3 == 1 else "VOIDED"
                return Paid(status, self._payment(bill, status), None)
        if not paid_at:
            if bill.note == "half":
                half = self._payment(bill, "PAID", bill.cents // 2, bill.at + 3 * DAY)
                self._payment(bill, "PENDING", bill.cents - bill.cents // 2)
                return Paid("PARTIALLY_PAID", half, None)
            return Paid("PENDING", self._payment(bill, "PENDING"), None)
        return self._paid(bill, paid_at, back)

    def _paid(self, bill: Bill, paid_at: datetime, back: Back | None) -> Paid:
        self._count += 1
        if self._count % FAILED_FIRST == 0 and bill.course.terms == "CARD" and bill.course.way != "STORE":
            self._payment(bill, "FAILED", at=bill.at)
        status = "PAID"
        if back and not back.is_open:
            status = "REFUNDED" if back.cents == bill.cents else "PARTIALLY_REFUNDED"
        is_disputed = self._count % DISPUTED == 5 and not back and bill.course.terms == "CARD"
        payment = self._payment(bill, "DISPUTED" if is_disputed else status, at=paid_at)
        if back:
            self._pay_back(bill, payment, back)
        return Paid(status, payment, paid_at)

    def _payment(self, bill: Bill, status: str, cents: int = 0, at: datetime | None = None) -> UUID:
        """One attempt to pay, that came to `status`."""
        dice, cents = self._dice, cents or bill.cents
        kind, gateway, saved = self._way(bill)
        came = status in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED", "DISPUTED")
        made = bill.at if bill.course.terms != "CARD" else max(bill.at, (at or bill.at) - SECOND * 3)
        ended = at or min(made + 4 * SECOND, self._world.now)
        if status == "VOIDED":
            ended = bill.course.cancelled_at or ended
        key = dice.id_at(made)
        number = self._number("P", bill.business)
        fee = _fee(gateway, cents) if came and gateway else 0
        code, message = dice.pick(self._words["declined"]) if status == "FAILED" else (None, None)
        cleared = min(made + 2 * SECOND, ended) if kind in ("CREDIT_CARD", "DEBIT_CARD", "WALLET") else None
        self._put(
            (
                *(key, made, ended, bill.business, bill.order, bill.customer, gateway["id"] if gateway else None),
                *(saved["id"] if saved else None, number, f"ch_{key.hex[8:]}" if gateway else None, kind),
                *(_label(kind, saved, key), _money(cents), _money(fee), bill.currency, status, code, message),
                *(bill.ip_address, None if status in ("FAILED", "PENDING") else cleared, ended if came else None),
                ended if status == "FAILED" else None,
            )
        )
        if came:
            self._earned(bill, key, kind, _money(cents), ended)
        return key

    def _way(self, bill: Bill) -> tuple[str, Row | None, Row | None]:
        """With what, through which gateway, and with which of the saved cards it is paid."""
        usual = {"ACCOUNT": "INVOICE", "TRANSFER": "BANK_TRANSFER"}.get(bill.course.terms)
        if bill.kind or usual:
            kind = bill.kind or usual or ""
            return kind, self._gateways.get((bill.business, kind)), None
        if bill.course.way == "STORE":
            kind = self._dice.pick(OVER_THE_COUNTER)
            return kind, self._gateways.get((bill.business, kind)), None
        saved = bill.saved
        if (
            saved
            and saved["created_at"] < bill.at
            and (not saved["expires_on"] or saved["expires_on"] > bill.at.date())
        ):
            found = self._gateways.get((bill.business, saved["type"]))
            if found and found["id"] == saved["gateway_id"]:
                return saved["type"], found, saved
        kind = self._dice.pick(AT_ONCE)
        if self._slugs[bill.business] == "agentshop" and self._dice.chance(9):
            kind = "CRYPTO"
        if (bill.business, kind) not in self._gateways:
            kind = "CREDIT_CARD"
        return kind, self._gateways.get((bill.business, kind)), None

    def _earned(self, bill: Bill, payment: UUID, kind: str, amount: Decimal, at: datetime) -> None:
        """The line in the books, and who is credited with it."""
        dice, key, slug = self._dice, self._dice.id_at(at), self._slugs[bill.business]
        crew, number = self._crews[bill.business], self._number("S", bill.business)
        category = "subscriptions" if bill.note == "subscription" else "sales"
        about = (bill.customer, None, None, None, number, "REVENUE", category, amount, bill.currency)
        self._book((key, at, bill.business, bill.order, payment, None, *about, "Payment of an order.", kind, at.date()))
        agents = [agent for agent in crew.agents if agent["created_at"] < at]
        if agents and dice.chance(CREDITED.get(slug, 0)):
            self._attribute(bill, key, agents, at)

    def _attribute(self, bill: Bill, transaction: UUID, agents: Sequence[Row], at: datetime) -> None:
        dice = self._dice
        model, shares = dice.pick(SHARES)
        chosen = dice.some(agents, len(shares))
        shares = shares if len(chosen) == len(shares) else (100,)
        running = [row for first, last, row in self._campaigns[bill.business] if first <= at.date() <= last]
        campaign = dice.pick(running)["id"] if running and dice.chance(70) else None
        for agent, share in zip(chosen, shares, strict=False):
            touches = {"contacts": dice.some(TOUCHES, dice.number(1, 3)), "days_before": dice.number(0, 21)}
            self._credit((dice.id_at(at), at, transaction, agent["id"], campaign, model, Decimal(share), touches))

    def _pay_back(self, bill: Bill, payment: UUID, back: Back) -> None:
        """A refund; some fail at first, some are given up because another was made."""
        dice, crew, now = self._dice, self._crews[bill.business], self._world.now
        self._backs += 1
        if self._backs % 9 == 4:
            failed = back.at + 2 * SECOND
            if failed < now:
                self._back(bill, payment, back, "FAILED", (back.at, failed), crew)
        if self._backs % 11 == 6:
            self._back(bill, payment, back, "CANCELLED", (back.at, None), crew)
        at = back.at + 6 * SECOND
        status = "PENDING" if back.is_open or at >= now else "SUCCEEDED"
        key = self._back(bill, payment, back, status, (back.at, None if back.is_open else min(at, now)), crew)
        if status == "SUCCEEDED":
            number, own = self._number("S", bill.business), dice.id_at(at)
            about = (bill.customer, None, None, None, number, "REFUND", "refunds", _money(back.cents), bill.currency)
            text = self._words["refunds"][back.reason]
            self._book((own, at, bill.business, bill.order, payment, key, *about, text, None, at.date()))

    def _back(
        self,
        bill: Bill,
        payment: UUID,
        back: Back,
        status: str,
        times: tuple[datetime, datetime | None],
        crew: Crew,
    ) -> UUID:
        dice, (made, ended) = self._dice, times
        key, by_agent = dice.id_at(made), dice.chance(40)
        agents = [agent["id"] for agent in crew.agents if agent["created_at"] < made]
        self._refund(
            (
                *(
                    key,
                    made,
                    ended or made,
                    payment,
                    back.return_id,
                    dice.pick(agents) if by_agent and agents else None,
                ),
                *(crew.manager(dice) if not by_agent else None, f"re_{key.hex[8:]}" if ended else None),
                *(_money(back.cents), bill.currency, back.reason, self._words["refunds"][back.reason], status),
                *(
                    "The card's bank refused it." if status == "FAILED" else None,
                    ended if status != "CANCELLED" else None,
                ),
            )
        )
        return key

    def _number(self, letter: str, business: UUID) -> str:
        """The next number of a payment or a booking in the books of `business`."""
        self._numbers[letter, business] += 1
        return f"{letter}-{self._numbers[letter, business]:07d}"


def _campaigns(world: World) -> dict[UUID, list[tuple[date, date, Row]]]:
    """The campaigns of each business with their days."""
    found: dict[UUID, list[tuple[date, date, Row]]] = defaultdict(list)
    for row in world.kept.get("marketing.campaigns", ()):
        if row.get("starts_on") and row["status"] not in ("DRAFT", "CANCELLED"):
            last = row.get("ends_on") or world.now.date()
            found[row["business_id"]].append((max(row["starts_on"], row["created_at"].date()), last, row))
    return found


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _fee(gateway: Row, cents: int) -> int:
    return min(cents, round(cents * float(gateway["fee_percentage"]) / 100) + int(gateway["fee_fixed"] * 100))


def _label(kind: str, saved: Row | None, key: UUID) -> str | None:
    """As receipts say it."""
    if saved and saved["last4"]:
        return f"{(saved['brand'] or 'Account').title()} ending in {saved['last4']}"
    if kind in ("CREDIT_CARD", "DEBIT_CARD"):
        return f"{'Visa' if key.int % 3 else 'Mastercard'} ending in {(key.int >> 9) % 10_000:04d}"
    return LABELS.get(kind)
