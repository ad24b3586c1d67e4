"""The money of the jobs of the sample data: milestones, escrows with their ledger, and the quarrels over them.

Every amount agrees with the others: an escrow holds what its movements add up to.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.seed.world import Dice, Row, World

CENT, NOTHING = Decimal("0.01"), Decimal(0)
FEE = Decimal("0.05")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
QUARREL = 10 * DAY
"""How much longer a stage takes that is settled by a mediator."""
MILESTONE = (
    *(
        "id",
        "created_at",
        "updated_at",
        "job_id",
        "position",
        "title",
        "description",
        "amount",
        "currency",
        "status",
        "due_at",
    ),
    *("submitted_at", "completed_at", "rejected_at", "deliverables", "feedback"),
)
EVIDENCE = (
    *("id", "dispute_id", "submitted_by_id", "type", "title", "statement", "file_url", "file_name", "media_type"),
    *("size_bytes", "sha256", "is_confidential", "submitted_at"),
)
PAYMENT = (
    *("id", "created_at", "updated_at", "business_id", "gateway_id", "payment_method_id", "number"),
    *("provider_reference", "method", "method_label", "amount", "fee", "currency", "status", "failure_code"),
    *("failure_message", "authorized_at", "paid_at", "failed_at"),
)
REFUND = (
    *("id", "created_at", "updated_at", "payment_id", "provider_reference", "amount", "currency", "reason", "note"),
    *("status", "processed_at"),
)
MOVEMENT = (
    *("id", "created_at", "escrow_id", "milestone_id", "dispute_id", "payment_id", "made_by_id", "type", "party"),
    *("amount", "currency", "reference", "note"),
)
PARTIES = {"FUNDED": "CLIENT", "RELEASED": "FREELANCER", "REFUNDED": "CLIENT", "FEE": "PLATFORM"}

Put = Callable[[tuple[Any, ...]], None]


@dataclass(slots=True)
class Books:
    """What the money of jobs is written into."""

    world: World
    dice: Dice
    data: dict[str, Any]
    operator: UUID
    """The business that runs the job market and is paid into."""
    gateway: Row | None
    methods: dict[UUID, Row]
    """The cards that people saved there."""
    mediators: list[UUID]
    milestone: Put
    evidence: Put
    payment: Put
    refund: Put
    movement: Put
    payments: int = 0


@dataclass(slots=True)
class Stage:
    """A milestone as far as its money is concerned."""

    id: UUID
    amount: Decimal
    approved: datetime | None

    @property
    def fee(self) -> Decimal:
        """The platform's part."""
        return (self.amount * FEE).quantize(CENT)


@dataclass(slots=True)
class Assigned:
    """A job that someone does or did, how its dispute stands or ended, and whether the client paid yet."""

    books: Books
    job: Row
    quarrel: str | None
    funded: bool
    stages: list[Stage] = field(default_factory=list)
    dispute: Row | None = None

    @property
    def dice(self) -> Dice:
        """Those of the market."""
        return self.books.dice


def books_of(world: World, dice: Dice, data: dict[str, Any]) -> Books:
    """The books of the job market; the tables are named in the order in which they must be written."""
    operator = next(row["id"] for row in world.kept["business.businesses"] if row["slug"] == "azora")
    gateways = [row for row in world.kept.get("finance.payment_gateways", ()) if row["business_id"] == operator]
    gateway = next((row for row in gateways if row.get("is_active", True)), None)
    methods = {
        row["user_id"]: row
        for row in world.kept.get("finance.payment_methods", ())
        if gateway and row.get("user_id") and row["gateway_id"] == gateway["id"]
    }
    members = [row for row in world.kept["identity.memberships"] if row["business_id"] == operator]
    mediators = [row["user_id"] for row in members if row["role"] in ("MANAGER", "STAFF")]
    milestone = world.bulk("freelance.milestones", *MILESTONE)
    world.bulk("freelance.escrows", "id")
    world.bulk("freelance.disputes", "id")
    evidence = world.bulk("freelance.dispute_evidences", *EVIDENCE)
    payment = world.bulk("finance.payments", *PAYMENT)
    refund = world.bulk("finance.refunds", *REFUND)
    movement = world.bulk("freelance.escrow_movements", *MOVEMENT)
    return Books(
        *(world, dice, data, operator, gateway, methods, mediators, milestone, evidence, payment, refund, movement)
    )


def pay(assigned: Assigned) -> None:
    """Milestones as far as the job came, the escrow that pays them, its dispute, and the job's end if it has one."""
    job, dice = assigned.job, assigned.dice
    hours = 1 if job["budget_type"] == "FIXED" else dice.number(8, 60)
    amounts = split(job["budget"] * hours, dice.number(2, len(assigned.books.data["stages"])))
    match job["status"]:
        case "COMPLETED":
            end = job["started_at"] + dice.wait(7 * DAY, 45 * DAY)
            _stages(assigned, amounts, len(amounts), end)
            end = assigned.stages[-1].approved or end
            job |= {"completed_at": end, "updated_at": end}
        case "CANCELLED":
            _stages(assigned, amounts, 0, job["started_at"] + 40 * DAY)
            job["updated_at"] = job["started_at"] + dice.wait(6 * DAY, 12 * DAY)
        case _:
            done = dice.number(0, len(amounts) - 1) if assigned.funded else 0
            _stages(assigned, amounts, done, assigned.books.world.now)
    _escrow(assigned)


def split(amount: Decimal, count: int) -> list[Decimal]:
    """`amount` in `count` parts to the cent; the last takes what is left over."""
    part = (amount / count).quantize(CENT)
    return [part] * (count - 1) + [amount - part * (count - 1)]


def _stages(assigned: Assigned, amounts: list[Decimal], done: int, end: datetime) -> None:
    """The first `done` approved, evenly until `end`; if the job goes on, the next one is being worked on."""
    job, dice, data = assigned.job, assigned.dice, assigned.books.data
    step = (end - job["started_at"]) / len(amounts)
    for i, amount in enumerate(amounts):
        approved = end if i + 1 == len(amounts) else _whole(job["started_at"] + step * (i + 1))
        submitted, rejected, feedback = approved - dice.wait(HOUR, 20 * HOUR), None, dice.pick(data["feedback"])
        status = "APPROVED" if i < done else _current(assigned) if i == done else "PENDING"
        due = approved if i < done else approved + 14 * DAY
        if status == "APPROVED" and assigned.quarrel and i + 1 == len(amounts):
            approved, rejected, feedback = approved + QUARREL, submitted + HOUR, dice.pick(data["objections"])
        if status in ("SUBMITTED", "REJECTED"):
            submitted = _whole(approved - step + step * 0.4)
            rejected = submitted + (approved - submitted) * 0.2 if status == "REJECTED" else None
            feedback = dice.pick(data["objections"]) if rejected else None
        handed_in = status in ("APPROVED", "SUBMITTED", "REJECTED")
        changed = approved if status == "APPROVED" else rejected or (submitted if handed_in else job["started_at"])
        stage = Stage(dice.id_at(job["started_at"]), amount, approved if status == "APPROVED" else None)
        assigned.stages.append(stage)
        assigned.books.milestone(
            (
                *(stage.id, job["started_at"], changed, job["id"], i + 1, *data["stages"][i], amount, job["currency"]),
                *(status, due, submitted if handed_in else None, stage.approved, rejected),
                [f"https://files.azora.example/{stage.id.hex[-10:]}.zip"] if handed_in else [],
                feedback if handed_in else None,
            )
        )


def _current(assigned: Assigned) -> str:
    """The state of the stage after those that are approved."""
    if assigned.job["status"] == "DISPUTED":
        return "REJECTED"
    if assigned.job["status"] == "IN_PROGRESS" and assigned.funded:
        return assigned.dice.pick(("IN_PROGRESS", "IN_PROGRESS", "SUBMITTED", "REJECTED"))
    return "PENDING"


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _escrow(assigned: Assigned) -> None:
    """The money: the platform's part is taken from each milestone when it is released."""
    job, dice, world = assigned.job, assigned.dice, assigned.books.world
    funded = job["started_at"] + dice.wait(MINUTE, HOUR) if assigned.funded else None
    approved = [stage.approved for stage in assigned.stages if stage.approved]
    status = _status(assigned, bool(approved))
    refunded = job["updated_at"] if status == "REFUNDED" else None
    escrow = world.add(
        "freelance.escrows",
        dice,
        job["started_at"],
        job_id=job["id"],
        client_id=job["client_id"],
        freelancer_id=job["freelancer_id"],
        amount=sum((stage.amount for stage in assigned.stages), NOTHING),
        fee=NOTHING if refunded else sum((stage.fee for stage in assigned.stages), NOTHING),
        currency=job["currency"],
        status=status,
        funded_at=funded,
        released_at=approved[-1] if status == "RELEASED" else None,
        refunded_at=refunded,
        frozen_at=None,
    )
    escrow["updated_at"] = refunded or (approved[-1] if approved else funded or job["started_at"])
    if assigned.quarrel:
        _dispute(assigned, escrow, approved)
    _ledger(assigned, escrow)


def _status(assigned: Assigned, released: bool) -> str:
    if not assigned.funded:
        return "PENDING"
    ended = {"COMPLETED": "RELEASED", "CANCELLED": "REFUNDED", "DISPUTED": "FROZEN"}
    return ended.get(assigned.job["status"], "PARTIALLY_RELEASED" if released else "FUNDED")


def _ledger(assigned: Assigned, escrow: Row) -> None:
    """Every movement of the escrow, in the order of time, and the payments behind them."""
    dispute, dice = assigned.dispute, assigned.dice
    payment = _payment(assigned, escrow)
    if escrow["funded_at"] is None:
        return
    _move(assigned, escrow, escrow["funded_at"], "FUNDED", escrow["amount"], payment=payment)
    last = assigned.stages[-1] if dispute and dispute["resolved_at"] else None
    back = escrow["amount"] if escrow["status"] == "REFUNDED" else NOTHING
    for stage in assigned.stages:
        if stage.approved:
            back += _release(assigned, escrow, stage, dispute if stage is last else None)
    if escrow["status"] == "REFUNDED":
        by = None if dispute else assigned.job["client_id"]
        _move(assigned, escrow, escrow["refunded_at"], "REFUNDED", -back, dispute=dispute, payment=payment, by=by)
    if back:
        cancelled = escrow["status"] == "REFUNDED"
        at: datetime = escrow["refunded_at"] if cancelled else escrow["released_at"]
        reason = "CANCELLATION" if cancelled else "NOT_DELIVERED"
        about = payment, f"re_{payment.hex[-14:]}", back, escrow["currency"], reason, "Back from the escrow of a job."
        assigned.books.refund((dice.id_at(at), at, at + MINUTE, *about, "SUCCEEDED", at + MINUTE))


def _release(assigned: Assigned, escrow: Row, stage: Stage, dispute: Row | None) -> Decimal:
    """Pay a stage; what of it goes back to the client after all."""
    assert stage.approved
    back, paid, kind = NOTHING, stage.amount, "RELEASED"
    if dispute and dispute["resolution"] == "SPLIT":
        back, paid, kind = dispute["client_amount"], dispute["freelancer_amount"], "SPLIT"
    elif dispute and dispute["resolution"] is None:
        dispute = None
    fee = (paid * FEE).quantize(CENT)
    escrow["fee"] += fee - stage.fee
    by = dispute["mediator_id"] if dispute else assigned.job["client_id"]
    _move(assigned, escrow, stage.approved, kind, fee - paid, stage.id, dispute, by=by, party="FREELANCER")
    _move(assigned, escrow, stage.approved, "FEE", -fee, stage.id, dispute)
    if back:
        _move(assigned, escrow, stage.approved, "SPLIT", -back, stage.id, dispute, by=by, party="CLIENT")
    return back


def _move(
    assigned: Assigned,
    escrow: Row,
    at: datetime,
    kind: str,
    amount: Decimal,
    stage: UUID | None = None,
    dispute: Row | None = None,
    *,
    payment: UUID | None = None,
    by: UUID | None = None,
    party: str | None = None,
) -> None:
    key = assigned.dice.id_at(at)
    assigned.books.movement(
        (
            *(key, at, escrow["id"], stage, dispute["id"] if dispute else None, payment, by, kind),
            *(party or PARTIES[kind], amount, escrow["currency"]),
            None if kind == "FEE" else f"{'ch' if kind == 'FUNDED' else 'tr'}_{key.hex[-14:]}",
            assigned.books.data["notes"][kind],
        )
    )


def _payment(assigned: Assigned, escrow: Row) -> UUID:
    """The client's payment into the escrow; without one that succeeded, one that failed or is on its way."""
    at = escrow["funded_at"] or assigned.job["started_at"] + 20 * MINUTE
    status = "PAID"
    if assigned.dispute and assigned.dispute["resolution"] == "SPLIT":
        status = "PARTIALLY_REFUNDED"
    if escrow["status"] == "REFUNDED":
        status = "REFUNDED"
    if escrow["funded_at"] is None:
        status = assigned.dice.pick(("FAILED", "PENDING"))
    return write_payment(
        assigned.books, at, assigned.job["client_id"], escrow["amount"], escrow["currency"], status, escrow
    )


def write_payment(
    books: Books, at: datetime, payer: UUID, amount: Decimal, currency: str, status: str, escrow: Row | None = None
) -> UUID:
    """A payment to the job market, into an escrow if one is given, with the card that the payer saved if any."""
    books.payments += 1
    key, method = books.dice.id_at(at - MINUTE), books.methods.get(payer)
    paid = None if status in ("FAILED", "PENDING") else at
    failed = at if status == "FAILED" else None
    kind = method["type"] if method else "CREDIT_CARD"
    share = books.gateway["fee_percentage"] if books.gateway else Decimal("2.90")
    fee = (amount * share / 100).quantize(CENT) if paid else NOTHING
    books.payment(
        (
            *(key, at - MINUTE, at, books.operator, books.gateway["id"] if books.gateway else None),
            *(method["id"] if method else None, f"AZ-{books.payments:07d}", f"pay_{key.hex[-14:]}", kind),
            f"{method['brand'].title()} ending in {method['last4']}" if method and method.get("last4") else None,
            *(amount, fee, currency, status, "card_declined" if failed else None),
            *("Your bank declined the payment." if failed else None, paid, paid, failed),
        )
    )
    if escrow:
        # Payments and escrows name each other, and the books of the other businesses are written first.
        books.world.set("finance.payments", key, escrow_id=escrow["id"])
    return key


def _dispute(assigned: Assigned, escrow: Row, approved: list[datetime]) -> None:
    """The quarrel over the last stage or, while the job goes on, over the current one."""
    job, dice, books = assigned.job, assigned.dice, assigned.books
    quarrels, state = books.data["quarrel"], assigned.quarrel or ""
    given = quarrels[len(books.world.kept.get("freelance.disputes", ())) % len(quarrels)]
    done = state in ("RELEASE", "SPLIT", "REFUND", "WITHDRAWN")
    stage = assigned.stages[-1] if done else assigned.stages[len(approved)]
    opened, resolved = _span(assigned, escrow, approved, stage)
    length = (resolved or books.world.now) - opened
    by_client = dice.chance(60)
    sides = [job["client_id"], job["freelancer_id"]]
    opener, respondent = sides if by_client else sides[::-1]
    amount = escrow["amount"] if state == "REFUND" else stage.amount
    back = {"REFUND": amount, "SPLIT": (amount * dice.number(2, 7) / 10).quantize(CENT)}.get(state, NOTHING)
    answered = state != "OPEN" and state != "WITHDRAWN"
    mediated = answered and state != "ANSWERED"
    mediators = [person for person in books.mediators if person not in sides]
    closing = resolved if done else None
    changed = closing or (opened + length * 0.6 if mediated else opened + length * 0.3 if answered else opened)
    assigned.dispute = row = books.world.add(
        "freelance.disputes",
        dice,
        opened,
        updated_at=_milliseconds(changed),
        job_id=job["id"],
        escrow_id=escrow["id"],
        milestone_id=None if state == "REFUND" else stage.id,
        opened_by_id=opener,
        respondent_id=respondent,
        mediator_id=dice.pick(mediators) if mediated else None,
        reason=given["reason"],
        description=given["description"],
        answer=given["answer"] if answered else None,
        status="WITHDRAWN" if state == "WITHDRAWN" else "RESOLVED" if done else state,
        disputed_amount=amount,
        resolution=state if done and state != "WITHDRAWN" else None,
        freelancer_amount=amount - back if state in ("RELEASE", "SPLIT") else NOTHING,
        client_amount=back,
        currency=escrow["currency"],
        decision=given["decision"] if done and state != "WITHDRAWN" else None,
        answer_due_at=opened + 5 * DAY,
        answered_at=_milliseconds(opened + length * 0.3) if answered else None,
        mediated_at=_milliseconds(opened + length * 0.6) if mediated else None,
        resolved_at=closing,
    )
    if not done:
        escrow |= {"frozen_at": opened, "updated_at": opened}
        job["updated_at"] = opened
    _evidence(assigned, row, given)


def _span(assigned: Assigned, escrow: Row, approved: list[datetime], stage: Stage) -> tuple[datetime, datetime | None]:
    """From when to when the quarrel goes on; an open one has no end."""
    if assigned.job["status"] == "COMPLETED":
        assert stage.approved
        end = stage.approved
        return end - QUARREL + HOUR * 2, end - DAY if assigned.quarrel == "WITHDRAWN" else end
    if assigned.job["status"] == "CANCELLED":
        return escrow["funded_at"] + DAY, assigned.job["updated_at"]
    since, now = (approved or [escrow["funded_at"]])[-1], assigned.books.world.now
    return _milliseconds(since + (now - since) * 0.6), None


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _evidence(assigned: Assigned, dispute: Row, given: dict[str, Any]) -> None:
    """What the one side put forward when it opened the dispute, and the other when it answered."""
    first, second = given["evidence"]
    sides = [(dispute["opened_by_id"], dispute["created_at"], "What happened", given["description"], first)]
    if dispute["answered_at"]:
        answered = dispute["answered_at"]
        sides.append((dispute["respondent_id"], answered, "The other view", given["answer"], second))
    for person, at, title, statement, (kind, shows, name, media) in sides:
        said, shown = assigned.dice.id_at(at + MINUTE), assigned.dice.id_at(at + 4 * MINUTE)
        nothing = (None,) * 5
        assigned.books.evidence(
            (said, dispute["id"], person, "STATEMENT", title, statement, *nothing, False, at + MINUTE)
        )
        assigned.books.evidence(
            (
                *(shown, dispute["id"], person, kind, shows, None),
                *(f"https://files.azora.example/disputes/{shown.hex[-12:]}/{name}", name or None, media or None),
                assigned.dice.number(9_000, 4_000_000) if name else None,
                sha256(shown.bytes).hexdigest() if name else None,
                *(kind == "DOCUMENT" and assigned.dice.chance(20), at + 4 * MINUTE),
            )
        )
