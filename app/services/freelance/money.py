"""The ledger of an escrow: what each movement of its money is. Movements are the only truth, and never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import FromClause, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Base
from models.freelance import Escrow, EscrowMovement
from models.freelance.escrow import EscrowMovementParty, EscrowMovementType

MOVEMENTS = Base.metadata.tables["freelance.escrow_movements"]

CENT = Decimal("0.01")
FEE = Decimal("0.05")
"""The platform's part of what a freelancer earns."""

DIGITS = 60
"""More than an amount times a fee can have."""

NOTHING = Decimal(0)


class Line(NamedTuple):
    """One movement: above zero if paid in, below zero if paid out."""

    type: EscrowMovementType
    party: EscrowMovementParty
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """What an escrow was opened with, and what its movements add up to."""

    amount: Decimal
    fee: Decimal
    held: Decimal = NOTHING
    earned: Decimal = NOTHING
    """What went to the freelancer."""
    taken: Decimal = NOTHING
    """What the platform took."""

    @property
    def gross(self) -> Decimal:
        """What left towards freelancer and platform."""
        return self.earned + self.taken

    def part_of(self, released: Decimal) -> Decimal:
        """The platform's part of what is `released` next.

        It is what brings its share of all that was released to the fee's share of the amount, so that cents which were
        rounded away once are made up for later, and the whole fee is taken with the last of the money.
        """
        due = share(self.fee, self.gross + released, self.amount) - self.taken
        return min(max(due, NOTHING), released)


def rounded(amount: Decimal) -> Decimal:
    """To cents, half a cent up."""
    with localcontext(prec=DIGITS):
        return amount.quantize(CENT, ROUND_HALF_UP)


def share(whole: Decimal, part: Decimal, of: Decimal) -> Decimal:
    """What falls to `part` of `of`, in cents, if `whole` falls to all of it."""
    with localcontext(prec=DIGITS):
        return rounded(whole * part / of) if of else NOTHING


def fee_of(amount: Decimal) -> Decimal:
    """The platform's part of an escrow of `amount`."""
    return share(FEE, amount, Decimal(1))


def funding(amount: Decimal) -> list[Line]:
    """The client pays `amount` in."""
    return _moved(Line("FUNDED", "CLIENT", amount))


def releasing(ledger: Ledger, amount: Decimal) -> list[Line]:
    """`amount` goes to the freelancer, but for the platform's part."""
    part = ledger.part_of(amount)
    return _moved(Line("RELEASED", "FREELANCER", part - amount), Line("FEE", "PLATFORM", -part))


def refunding(amount: Decimal) -> list[Line]:
    """`amount` goes back to the client."""
    return _moved(Line("REFUNDED", "CLIENT", -amount))


def splitting(ledger: Ledger, freelancer: Decimal, client: Decimal) -> list[Line]:
    """`freelancer` goes to the freelancer, but for the platform's part, and `client` back to the client."""
    part = ledger.part_of(freelancer)
    return _moved(
        Line("SPLIT", "CLIENT", -client),
        Line("SPLIT", "FREELANCER", part - freelancer),
        Line("FEE", "PLATFORM", -part),
    )


def _moved(*lines: Line) -> list[Line]:
    """The lines that move anything."""
    return [line for line in lines if line.amount]


def sums() -> FromClause:
    """What the movements of an escrow add up to, beside the escrow in a statement: held, earned and taken."""
    amount, party = EscrowMovement.amount, EscrowMovement.party
    return (
        select(
            func.coalesce(func.sum(amount), NOTHING).label("held"),
            func.coalesce(-func.sum(amount).filter(party == "FREELANCER"), NOTHING).label("earned"),
            func.coalesce(-func.sum(amount).filter(party == "PLATFORM"), NOTHING).label("taken"),
        )
        .where(EscrowMovement.escrow_id == Escrow.id)
        .correlate(Escrow)
        .lateral("sums")
    )


async def move(
    session: AsyncSession,
    escrow: Escrow,
    lines: Iterable[Line],
    made_by: UUID,
    *,
    milestone_id: UUID | None = None,
    dispute_id: UUID | None = None,
    reference: str | None = None,
    note: str | None = None,
) -> None:
    """Write movements into the ledger, in one statement; its sums in the escrow follow by trigger."""
    about = {"escrow_id": escrow.id, "currency": escrow.currency, "made_by_id": made_by}
    about |= {"milestone_id": milestone_id, "dispute_id": dispute_id, "reference": reference, "note": note}
    rows = [{**line._asdict(), **about} for line in lines]
    if rows:
        await session.execute(insert(MOVEMENTS).values(rows))
