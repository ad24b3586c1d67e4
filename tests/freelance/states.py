"""What there is around one job, as far as the rules look at it. A state never changes: each step makes another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar


class Person(NamedTuple):
    """Somebody who acts, as far as the rules look at them."""

    name: str
    is_admin: bool = False
    is_verified: bool = False
    is_flagged: bool = False
    signed_in: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody asks for: the mutation, the row it is about, and the rest of its input."""

    do: str
    target: str | None = None
    """The name of an application or review (whose it is), a milestone, dispute or claim; None where it names no row."""
    given: Mapping[str, Any] = field(default_factory=dict)
    version: int | str | None = None
    """The version that it says; while it is only meant, whether that is the "newest" or a "stale" one."""
    milestone: str | None = None
    """The stage that a dispute is said to be about."""


class Application(NamedTuple):
    """An offer, called after who made it."""

    name: str
    amount: Decimal
    status: str = "PENDING"


class Milestone(NamedTuple):
    """A stage, called by its title, which no other plan has."""

    name: str
    amount: Decimal
    status: str = "PENDING"


class Escrow(NamedTuple):
    """The money of the job; what it holds is the sum of the ledger."""

    amount: Decimal
    fee: Decimal
    status: str = "PENDING"
    version: int = 1


class Movement(NamedTuple):
    """A line of the ledger."""

    type: str
    party: str
    amount: Decimal
    made_by: str
    dispute: str | None = None


class Dispute(NamedTuple):
    """A quarrel, called by its description."""

    name: str
    opened_by: str
    respondent: str
    disputed: Decimal
    milestone: str | None = None
    status: str = "OPEN"
    mediator: str | None = None
    resolution: str | None = None
    freelancer_amount: Decimal = Decimal(0)
    client_amount: Decimal = Decimal(0)
    version: int = 1


class Review(NamedTuple):
    """What one side said, called after who said it."""

    name: str
    reviewee: str
    rating: int
    is_public: bool
    response: str | None = None


class Claim(NamedTuple):
    """A person's claim to the skill that the job asks for, called after the person."""

    name: str
    status: str = "PENDING"
    level: str = "CLAIMED"


class State(NamedTuple):
    """A job and all around it."""

    client: str
    is_over: bool = False
    """Whether its deadline has passed."""
    status: str = "DRAFT"
    version: int = 1
    freelancer: str | None = None
    applications: tuple[Application, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    escrow: Escrow | None = None
    ledger: tuple[Movement, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    """In which dispute, and who put it forward."""
    reviews: tuple[Review, ...] = ()
    claims: tuple[Claim, ...] = ()


Row = TypeVar("Row", Application, Milestone, Dispute, Review, Claim)


# What is found in a state, and how one with another row is made.


def find(rows: Iterable[Row], name: str | None) -> Row | None:
    """The row of that name."""
    return next((row for row in rows if row.name == name), None)


def get(rows: Iterable[Row], name: str | None) -> Row:
    """The row of that name, which is there."""
    row = find(rows, name)
    assert row is not None
    return row


def put(rows: Iterable[Row], new: Row) -> tuple[Row, ...]:
    """The rows with `new` in the place of the one of its name."""
    return tuple(new if row.name == new.name else row for row in rows)


def add(rows: Iterable[Row], new: Row) -> tuple[Row, ...]:
    """The rows with `new` beside them; in which order they came makes no difference."""
    together = list(rows)
    together.append(new)
    return tuple(sorted(together, key=lambda row: row.name))


def held(state: State) -> Decimal:
    """What is in the escrow."""
    return sum((line.amount for line in state.ledger), Decimal(0))


def paid(state: State, *parties: str) -> Decimal:
    """What left the escrow towards `parties`."""
    return -sum((line.amount for line in state.ledger if line.party in parties and line.amount < 0), Decimal(0))
