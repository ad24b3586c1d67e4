"""The milestones and the escrow of an assigned job of the sample data: every amount agrees with the others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.seed.world import Dice, Row, World

CENT = Decimal("0.01")
FEE = Decimal("0.05")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Assigned:
    """A job that someone does or did, and what its stages may be called."""

    world: World
    dice: Dice
    job: Row
    stages: list[str]


def make_payment(assigned: Assigned) -> None:
    """Milestones as far as the job came, the escrow that pays them, and the job's end if it has one."""
    job, dice = assigned.job, assigned.dice
    hours = 1 if job["budget_type"] == "FIXED" else dice.number(8, 60)
    amounts = split(job["budget"] * hours, dice.number(2, len(assigned.stages)))
    match job["status"]:
        case "COMPLETED":
            end = job["started_at"] + dice.wait(7 * DAY, 45 * DAY)
            milestones = _milestones(assigned, amounts, len(amounts), end)
            job |= {"completed_at": end, "updated_at": end}
        case "CANCELLED":
            milestones = _milestones(assigned, amounts, 0, job["started_at"] + 40 * DAY)
            job["updated_at"] = job["started_at"] + dice.wait(DAY, 9 * DAY)
        case _:
            done = dice.number(0, len(amounts) - 1)
            milestones = _milestones(assigned, amounts, done, assigned.world.now)
    _escrow(assigned, milestones)


def split(amount: Decimal, count: int) -> list[Decimal]:
    """`amount` in `count` parts to the cent; the last takes what is left over."""
    part = (amount / count).quantize(CENT)
    return [part] * (count - 1) + [amount - part * (count - 1)]


def _milestones(assigned: Assigned, amounts: list[Decimal], done: int, end: datetime) -> list[Row]:
    """The first `done` approved, evenly until `end`; if the job goes on, the next one is being worked on."""
    job, world = assigned.job, assigned.world
    step = (end - job["started_at"]) / len(amounts)
    current = {"IN_PROGRESS": "IN_PROGRESS", "DISPUTED": "REJECTED"}.get(job["status"], "PENDING")
    rows = []
    for i, amount in enumerate(amounts):
        approved = end if i + 1 == len(amounts) else _whole(job["started_at"] + step * (i + 1))
        submitted = approved - assigned.dice.wait(HOUR, 20 * HOUR)
        rows.append(
            world.add(
                "freelance.milestones",
                assigned.dice,
                job["started_at"],
                updated_at=approved if i < done else job["started_at"],
                job_id=job["id"],
                position=i + 1,
                title=assigned.stages[i],
                amount=amount,
                currency=job["currency"],
                status="APPROVED" if i < done else current if i == done else "PENDING",
                due_at=approved if i < done else approved + 14 * DAY,
                submitted_at=submitted if i < done else None,
                completed_at=approved if i < done else None,
            )
        )
    return rows


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _escrow(assigned: Assigned, milestones: list[Row]) -> None:
    """The money: the platform's part is taken from each milestone when it is released."""
    job = assigned.job
    refunded = job["status"] == "CANCELLED"
    approved = [row for row in milestones if row["status"] == "APPROVED"]
    amount = sum((row["amount"] for row in milestones), Decimal(0))
    status = _status(job["status"], bool(approved))
    last = max((row["completed_at"] for row in approved), default=None)
    assigned.world.add(
        "freelance.escrows",
        assigned.dice,
        job["started_at"],
        updated_at=job["updated_at"] if refunded else last or job["started_at"],
        job_id=job["id"],
        client_id=job["client_id"],
        freelancer_id=job["freelancer_id"],
        amount=amount,
        fee=Decimal(0) if refunded else sum((_fee(row) for row in milestones), Decimal(0)),
        released_amount=sum((row["amount"] - _fee(row) for row in approved), Decimal(0)),
        refunded_amount=amount if refunded else Decimal(0),
        currency=job["currency"],
        status=status,
        funded_at=job["started_at"] + assigned.dice.wait(timedelta(minutes=1), HOUR),
        released_at=last if status == "RELEASED" else None,
        refunded_at=job["updated_at"] if refunded else None,
    )


def _status(job: str, released: bool) -> str:
    ended = {"COMPLETED": "RELEASED", "CANCELLED": "REFUNDED", "DISPUTED": "FROZEN"}
    return ended.get(job, "PARTIALLY_RELEASED" if released else "FUNDED")


def _fee(milestone: Row) -> Decimal:
    fee: Decimal = (milestone["amount"] * FEE).quantize(CENT)
    return fee
