"""The job market of the sample data: jobs in every state, the applications for them, and reviews both ways.

What is paid for jobs is in app/seed/escrow.py, what freelancers learn in app/seed/skills.py.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.escrow import Assigned, Books, books_of, pay
from app.seed.known import ADA, JOB
from app.seed.skills import make_skills
from app.seed.world import Dice, Row, World, table_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RATINGS_OF_FREELANCERS = (5, 5, 5, 5, 5, 4, 4, 4, 3, 2)
RATINGS_OF_CLIENTS = (5, 5, 5, 5, 4, 4, 4, 3)
APPLICATION = (
    *("id", "created_at", "updated_at", "job_id", "freelancer_id", "cover_letter", "proposed_amount", "currency"),
    *("estimated_days", "status", "decided_at"),
)
REVIEW = (
    *("id", "created_at", "updated_at", "job_id", "reviewer_id", "reviewee_id", "rating", "comment", "response"),
    "is_public",
)

Put = Callable[[tuple[Any, ...]], None]


@dataclass(frozen=True, slots=True)
class State:
    """A state of jobs: how many are in it, how many days ago they were made, and how they ended or quarrel."""

    status: str
    count: int
    oldest: int
    newest: int
    assigned: bool = True
    quarrel: str | None = None
    """How the dispute stands or ended, if there is one."""
    funded: bool = True


STATES = (
    State("COMPLETED", 70, 1000, 70),
    State("COMPLETED", 3, 1000, 70, quarrel="RELEASE"),
    State("COMPLETED", 3, 1000, 70, quarrel="SPLIT"),
    State("COMPLETED", 3, 1000, 70, quarrel="WITHDRAWN"),
    State("IN_PROGRESS", 26, 40, 15),
    State("IN_PROGRESS", 3, 14, 13, funded=False),
    State("DISPUTED", 3, 40, 20, quarrel="OPEN"),
    State("DISPUTED", 3, 40, 20, quarrel="ANSWERED"),
    State("DISPUTED", 4, 40, 20, quarrel="IN_MEDIATION"),
    State("CANCELLED", 6, 1000, 70),
    State("CANCELLED", 4, 1000, 70, quarrel="REFUND"),
    State("CANCELLED", 8, 1000, 70, assigned=False),
    State("OPEN", 34, 30, 3, assigned=False),
    State("DRAFT", 10, 60, 1, assigned=False),
)


@dataclass(slots=True)
class Market:
    """What jobs are made from."""

    world: World
    dice: Dice
    data: dict[str, Any]
    clients: list[Row]
    """Those who offer jobs, in the order in which they joined."""
    freelancers: dict[str, list[Row]]
    employers: dict[UUID, UUID]
    """The business of each member."""
    books: Books
    apply: Put
    review: Put


def make_freelance(world: World) -> Iterator[None]:
    """All jobs, Ada's known one first, with who applied, what was paid and what was said; then who learns what."""
    data = table_of("market")
    # Tables are written in the order in which they are first named.
    world.bulk("freelance.jobs", "id")
    put = world.bulk("freelance.applications", *APPLICATION)
    dice = world.dice("market")
    books = books_of(world, dice, data)
    review = world.bulk("freelance.reviews", *REVIEW)
    people = [user for user in world.kept["identity.users"] if user["is_active"] and not user["is_superuser"]]
    market = Market(world, dice, data, [], defaultdict(list), _employers(world), books, put, review)
    for user in people:
        (market.freelancers[user["headline"]] if user["hourly_rate"] else market.clients).append(user)
    for state in STATES:
        for _ in range(world.times(state.count)):
            _job(market, state)
            yield
    yield from make_skills(world, books)


def _employers(world: World) -> dict[UUID, UUID]:
    return {member["user_id"]: member["business_id"] for member in world.kept["identity.memberships"]}


def _job(market: Market, state: State) -> None:
    world, dice = market.world, market.dice
    first = "freelance.jobs" not in world.kept
    trade = market.data["trade"][0] if first else dice.pick(market.data["trade"])
    made = dice.between(world.now - state.oldest * DAY, world.now - state.newest * DAY)
    client = market.clients[0] if first else dice.pick(_present(market.clients, made))
    job = _brief(market, trade, made, client)
    if first:
        job |= {"id": JOB, "title": "Build a storefront on GraphQL"}
    if state.status == "DRAFT":
        if len(world.kept["freelance.jobs"]) % 5 == 0:
            job |= dict.fromkeys(("deleted_at", "updated_at"), dice.between(made, world.now))
        return
    job |= {"status": state.status, "published_at": made + dice.wait(HOUR, 2 * DAY)}
    chosen, decided = _applications(market, state, trade, job)
    job["updated_at"] = decided or job["published_at"]
    if state.assigned:
        job |= {"freelancer_id": chosen["id"], "started_at": decided}
        pay(Assigned(market.books, job, state.quarrel, state.funded))
    if state.status == "COMPLETED":
        _reviews(market, job)


def _present(people: list[Row], moment: datetime) -> list[Row]:
    """Those of `people` who had joined by then; all joined in this order."""
    low, high = 0, len(people)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if people[middle]["created_at"] < moment else (low, middle)
    return people[:low]


def _brief(market: Market, trade: dict[str, Any], made: datetime, client: Row) -> Row:
    """A job as its client writes it."""
    dice = market.dice
    title = dice.pick(trade["titles"]).format(thing=dice.pick(market.data["things"]))
    hourly = dice.chance(25) and client["id"] != ADA
    fixed = 10 * dice.number(trade["low"] // 10, trade["high"] // 10)
    remote = dice.chance(85)
    return market.world.add(
        "freelance.jobs",
        dice,
        made,
        client_id=client["id"],
        freelancer_id=None,
        business_id=market.employers.get(client["id"]),
        title=title,
        description=f"{title}: we have texts and pictures ready and look for someone who takes it from there.",
        category=trade["name"],
        skills=dice.some(trade["skills"], dice.number(1, 3)),
        budget=Decimal(round(trade["rate"] * dice.wobble(0.3)) if hourly else fixed),
        currency=client["currency"],
        budget_type="HOURLY" if hourly else "FIXED",
        experience_level=dice.pick(("ENTRY", "INTERMEDIATE", "EXPERT")),
        status="DRAFT",
        is_remote=remote,
        location=None if remote else client["time_zone"].rpartition("/")[2].replace("_", " "),
        published_at=None,
        deadline=made + dice.wait(70 * DAY, 120 * DAY),
        started_at=None,
        completed_at=None,
        deleted_at=None,
    )


def _applications(market: Market, state: State, trade: dict[str, Any], job: Row) -> tuple[Row, datetime | None]:
    """Those who apply, in the order of time; who was chosen, if anyone was, and when it was decided."""
    world, dice = market.world, market.dice
    present = _present(market.freelancers[trade["name"]], job["published_at"])
    until = min(job["published_at"] + dice.wait(2 * DAY, 9 * DAY), world.now)
    times = sorted(dice.between(job["published_at"], until) for _ in range(dice.number(2, 6)))
    applicants = dice.some(present, len(times))
    chosen = dice.pick(applicants)
    decided = None if state.status == "OPEN" else until + dice.wait(HOUR, DAY)
    for applicant, at in zip(applicants, times, strict=False):
        accepted = state.assigned and applicant is chosen
        _application(market, job, applicant, at, decided, accepted)
    return chosen, decided


def _application(
    market: Market, job: Row, applicant: Row, at: datetime, decided: datetime | None, accepted: bool
) -> None:
    dice = market.dice
    status = "ACCEPTED" if accepted else "REJECTED" if decided else dice.pick(("PENDING", "PENDING", "SHORTLISTED"))
    if not accepted and dice.chance(7):
        status, decided = "WITHDRAWN", dice.between(at, decided or market.world.now)
    asked = job["budget"] if accepted else Decimal(round(float(job["budget"]) * dice.wobble(0.2)))
    market.apply(
        (
            *(dice.id_at(at), at, decided or at, job["id"], applicant["id"], dice.pick(market.data["letters"])),
            *(asked, job["currency"], dice.number(5, 40), status, decided),
        )
    )


def _reviews(market: Market, job: Row) -> None:
    """What client and freelancer say of each other in the days after."""
    dice, data, now = market.dice, market.data, market.world.now
    sides = (
        ("client_id", "freelancer_id", RATINGS_OF_FREELANCERS, data["reviews_of_freelancers"]),
        ("freelancer_id", "client_id", RATINGS_OF_CLIENTS, data["reviews_of_clients"]),
    )
    for reviewer, reviewee, ratings, comments in sides:
        at = dice.between(job["completed_at"] + HOUR, min(job["completed_at"] + 5 * DAY, now - HOUR))
        answer = dice.pick(data["answers"]) if dice.chance(30) else None
        answered = dice.between(at, min(at + 3 * DAY, now)) if answer else at
        market.review(
            (
                *(dice.id_at(at), at, answered, job["id"], job[reviewer], job[reviewee], dice.pick(ratings)),
                *(dice.pick(comments), answer, not dice.chance(4)),
            )
        )
